"""What every page shares on which points are set aside: how much can be chosen, and one press being one."""

from typing import Final

from accounts.errors import Invalid
from ledger.queries import Account
from loyalty_site.portal.forms import RedeemForm
from loyalty_site.portal.visits import Visit

SOURCE: Final = "portal"
CHOICES: Final = 6


def choices(standing: Account) -> list[tuple[int, int]]:
    """Return up to six amounts a member may redeem: (points, minor units), the smallest first."""
    if standing.terms is None or standing.offer is None or not standing.offer.is_open:
        return []
    block, value = standing.terms.block_points, standing.terms.block_value_minor
    most = standing.offer.points // block
    steps = range(1, most + 1) if most <= CHOICES else [*range(1, CHOICES), most]
    return [(blocks * block, blocks * value) for blocks in steps]


def press_of(visit: Visit, form: RedeemForm) -> str:
    """Return the name of one press of a button: pressed twice, or sent again, it is still one."""
    if not form.is_valid() and "token" in form.errors:
        raise Invalid(field="token")
    return f"{visit.signed_in.pk}:{form.cleaned_data['token']}"
