"""The little language of templates."""

import pytest

from campaigns.wording import Gender, Problem, ValueMissing, problems, render

KNOWN = ("name", "points")


@pytest.mark.parametrize(("gender", "said"), [("f", "ابدئي الآن"), ("m", "ابدأ الآن"), ("n", "البدء الآن")])
def test_a_member_is_addressed_by_gender(gender: Gender, said: str) -> None:
    assert render("{f:ابدئي|m:ابدأ|n:البدء} الآن", {}, gender) == said


def test_what_stands_in_brackets_is_left_out_with_its_missing_value() -> None:
    text = "أهلًا[ {name}]،[ لديك {points}.]"
    assert render(text, {"name": "سارة", "points": "3 نقاط"}, "n") == "أهلًا سارة، لديك 3 نقاط."
    assert render(text, {}, "n") == "أهلًا،"


def test_a_missing_value_stops_the_message_and_is_named() -> None:
    with pytest.raises(ValueMissing, match="points") as missing:
        render("You have {points}", {"points": ""}, "n")
    assert missing.value.name == "points"


def test_a_value_is_never_read_as_a_template() -> None:
    assert render("Hello {name}", {"name": "{points} [x] %s {0.__class__}"}, "n").endswith("{0.__class__}")


@pytest.mark.parametrize(
    ("text", "code", "what"),
    [
        ("Hi {nmae}", "unknown", "{nmae}"),
        ("{name.__class__}", "unknown", "{name.__class__}"),
        ("{}", "unknown", "{}"),
        ("{f:ابدئي|m:ابدأ}", "variants", "{f:ابدئي|m:ابدأ}"),
        ("{f:a|m:b|x:c}", "variants", "{f:a|m:b|x:c}"),
        ("Hi {name", "unbalanced", "{name"),
        ("Hi [ {name}", "unbalanced", "[ "),
        ("Hi [a [b] c]", "unbalanced", "[a  c]"),
    ],
)
def test_a_text_that_could_not_be_rendered_is_found_out(text: str, code: str, what: str) -> None:
    assert Problem(code, what) in problems(text, KNOWN)  # type: ignore[arg-type]


def test_a_good_text_has_no_problems() -> None:
    assert not problems("أهلًا[ {name}]، {f:لديكِ|m:لديكَ|n:الرصيد} {points}", KNOWN)
