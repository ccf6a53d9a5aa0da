"""What a friend brings, below a version."""

from accounts.tenant_admin import TenantStackedInline
from programs.admin.parts import PartMixin
from programs.forms_of_referrals import ReferralForm
from programs.models import ReferralOffer


class ReferralInline(PartMixin, TenantStackedInline):
    """What who brings a friend gets, and what the friend gets."""

    model = ReferralOffer
    form = ReferralForm
    max_num = 1
    extra = 0
    fields = (
        ("bringer_points", "friend_points"),
        ("bringer_reward", "friend_reward"),
        ("window_days", "least_minor"),
        "most_per_month",
    )
