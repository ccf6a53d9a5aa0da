"""The news of the lowest floor: what the outbox carries up about people."""

MEMBER_JOINED = "member.joined"
MEMBER_ERASED = "member.erased"

ALL = frozenset({MEMBER_JOINED, MEMBER_ERASED})
