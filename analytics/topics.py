"""The news of this floor."""

from typing import Final

RISK_RAISED: Final = "risk.raised"
"""Members are at risk who were not before: ``{"model_id", "members": [id, …]}``."""

ALL: Final = frozenset({RISK_RAISED})
