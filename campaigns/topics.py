"""The news of this floor."""

from typing import Final

POINTS_EXPIRING: Final = "points.expiring"
"""Points of many members die soon: ``{"members": [[id, {"points", "worth_minor", "expiring"}], …]}``."""
WEBHOOK_SWITCHED_OFF: Final = "webhook.switched_off"
"""An address of the merchant's is told nothing any more: ``{"endpoint_id"}``."""

ALL: Final = frozenset({POINTS_EXPIRING, WEBHOOK_SWITCHED_OFF})
