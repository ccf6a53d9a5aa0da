"""JSON in one compact spelling, for values by the hundred thousand.

What ``json`` writes with ``separators=(",", ":")`` and Unicode left as it is; its own encoder is made once
here instead of once per value, which is most of the price of a short one.
"""

import json
from collections.abc import Callable
from typing import Any

Spell = Callable[[Any], str]


def speller(*, sort_keys: bool = False) -> Spell:
    """Return the function that spells a JSON value. Raises ``TypeError`` for what is none."""
    plain = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=sort_keys)
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return plain.encode
    quoted = json.encoder.encode_basestring
    encode = make(None, plain.default, quoted, None, ":", ",", sort_keys, False, True)
    return lambda value: "".join(encode(value, 0))
