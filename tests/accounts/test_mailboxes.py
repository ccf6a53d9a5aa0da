"""One mailbox, however its address is spelled (RULES 38, 44); two mailboxes stay two."""

from hypothesis import given
from hypothesis import strategies as st

from accounts.one_person import mailbox

NAMES = st.text("abcdefghij0123456789_-", min_size=1, max_size=12)
HOSTS = st.sampled_from(["example.com", "mail.example.sa", "outlook.com"])
TAGS = st.text("abc+.0123", max_size=8)


@given(NAMES, HOSTS, TAGS)
def test_a_tag_and_capitals_change_nothing(name: str, host: str, tag: str) -> None:
    assert mailbox(f"{name}+{tag}@{host}") == mailbox(f" {name.upper()}@{host.upper()}") == f"{name}@{host}"


@given(NAMES, NAMES, TAGS)
def test_dots_mean_nothing_at_google_and_everything_elsewhere(first: str, last: str, tag: str) -> None:
    plain = f"{first}{last}@gmail.com"
    assert mailbox(f"{first}.{last}+{tag}@googlemail.com") == mailbox(plain) == plain
    assert mailbox(f"{first}.{last}@example.com") != mailbox(f"{first}{last}@example.com")


@given(NAMES, NAMES, HOSTS, TAGS)
def test_two_people_stay_two(one: str, other: str, host: str, tag: str) -> None:
    assert (mailbox(f"{one}@{host}") == mailbox(f"{other}+{tag}@{host}")) == (one == other)


@given(st.text(max_size=30))
def test_it_settles_whatever_is_typed(typed: str) -> None:
    assert mailbox(mailbox(typed)) == mailbox(typed)


def test_what_only_looks_like_a_tag_is_a_name() -> None:
    assert mailbox("+966@example.com") == "+966@example.com"
    assert mailbox("...@gmail.com") == "...@gmail.com"
