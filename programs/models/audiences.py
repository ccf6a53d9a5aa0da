"""Who stands in which audience, and since when."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Merchant


class AudienceMember(models.Model):
    """A member's dated place in a named audience (pilot, holdout, segment); filled by analytics."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    audience = models.SlugField(_("audience"), max_length=40)
    member = models.ForeignKey("accounts.Member", models.CASCADE, related_name="audiences")
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"), null=True)

    class Meta:
        verbose_name = _("audience member")
        verbose_name_plural = _("audience members")
        constraints = [
            models.UniqueConstraint(
                fields=["audience", "member"],
                condition=Q(until__isnull=True),
                name="once_in_an_audience_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.audience} · {self.member_id}"
