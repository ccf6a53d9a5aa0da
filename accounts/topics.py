"""The news of the lowest floor: what the outbox carries up about people."""

MEMBER_JOINED = "member.joined"
MEMBER_ERASED = "member.erased"
MEMBER_CHANGED = "member.changed"
"""A profile said more than before, or something else: what, is not in the news."""

ALL = frozenset({MEMBER_JOINED, MEMBER_ERASED, MEMBER_CHANGED})
