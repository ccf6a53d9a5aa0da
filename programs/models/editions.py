"""The page of terms as members read it: editions that stay as they were, and who agreed to which."""

from datetime import datetime
from typing import Any, Final, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.languages import LANGUAGES
from accounts.models import Member, Merchant
from programs.models.versions import ProgrammeVersion

LONGEST_BLOCK: Final = 2_000


class Kept(models.Model):
    """A row that is added and never rewritten."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add it; what members were shown, and what they answered, stays."""
        if not self._state.adding:
            raise ValidationError(_("What members were shown stays as it was."))
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Never."""
        raise ValidationError(_("What members were shown stays as it was."))


class TermsAdditions(Kept):
    """What a merchant says beside the programme itself, in both languages, from ``effective_from`` on.

    The newest row whose time has come stands. ``is_worse`` is the merchant's own word: it takes something
    from members, so it begins after the notice that the programme promises.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", verbose_name=_("merchant"))
    company = models.CharField(_("company's name in the commercial register"), max_length=160, blank=True)
    registration = models.CharField(_("commercial registration number"), max_length=40, blank=True)
    vat_number = models.CharField(_("VAT number"), max_length=40, blank=True)
    contact_ar = models.TextField(_("contact, in Arabic"), max_length=LONGEST_BLOCK, blank=True)
    contact_en = models.TextField(_("contact, in English"), max_length=LONGEST_BLOCK, blank=True)
    complaints_ar = models.TextField(_("complaints, in Arabic"), max_length=LONGEST_BLOCK, blank=True)
    complaints_en = models.TextField(_("complaints, in English"), max_length=LONGEST_BLOCK, blank=True)
    law_ar = models.TextField(_("law, in Arabic"), max_length=LONGEST_BLOCK, blank=True)
    law_en = models.TextField(_("law, in English"), max_length=LONGEST_BLOCK, blank=True)
    more_ar = models.TextField(_("more, in Arabic"), max_length=LONGEST_BLOCK, blank=True)
    more_en = models.TextField(_("more, in English"), max_length=LONGEST_BLOCK, blank=True)
    is_worse = models.BooleanField(_("takes something from members"), default=False)
    effective_from = models.DateTimeField(_("in force from"), editable=False)
    said_at = models.DateTimeField(_("said"), editable=False)
    said_by = models.CharField(_("said by"), max_length=60, editable=False)

    class Meta:
        verbose_name = _("additions to the terms")
        verbose_name_plural = _("additions to the terms")
        indexes = [models.Index(fields=["merchant", "-effective_from", "-id"], name="additions_in_force")]

    def __str__(self) -> str:
        return f"{self.merchant_id}: {self.effective_from:%Y-%m-%d}"


class EditionQuerySet(models.QuerySet["TermsEdition"]):
    """Questions about editions."""

    def in_force_at(self, moment: datetime) -> Self:
        """Those that had begun at ``moment``, the one that stood first."""
        return self.filter(effective_from__lte=moment).order_by("-effective_from", "-number")


class TermsEdition(Kept):
    """The page of terms from one instant on, word for word in both languages.

    ``text`` and ``changes`` hold a list per language: of sections (``{"key", "title", "lines"}``, a line is
    ``[key, text]``), and of sentences on what is other than in the edition before. ``digest`` is of ``text``;
    where an edition takes something from members, ``is_worse`` says so.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", verbose_name=_("merchant"))
    number = models.PositiveIntegerField(_("number"))
    version = models.ForeignKey(
        ProgrammeVersion, models.PROTECT, related_name="editions", verbose_name=_("version")
    )
    additions = models.ForeignKey(
        TermsAdditions, models.PROTECT, null=True, related_name="+", verbose_name=_("additions to the terms")
    )
    text = models.JSONField(_("text"))
    changes = models.JSONField(_("what changed"), default=dict)
    is_worse = models.BooleanField(_("takes something from members"), default=False)
    digest = models.CharField(max_length=64)
    effective_from = models.DateTimeField(_("in force from"))
    made_at = models.DateTimeField(_("made"))

    objects = EditionQuerySet.as_manager()

    class Meta:
        verbose_name = _("edition of the terms")
        verbose_name_plural = _("editions of the terms")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["merchant", "number"], name="edition_number_per_merchant")
        ]
        indexes = [models.Index(fields=["merchant", "-effective_from"], name="editions_in_force")]

    def __str__(self) -> str:
        return f"{self.merchant_id} #{self.number}"

    @property
    def sections(self) -> list[dict[str, Any]]:
        """The text in the reader's language."""
        return self._in_language(self.text)

    @property
    def said_changes(self) -> list[str]:
        """What changed, in the reader's language."""
        return self._in_language(self.changes)

    def _in_language(self, by_language: dict[str, list[Any]]) -> list[Any]:
        wanted = (get_language() or "ar")[:2]
        return by_language.get(wanted) or next(iter(by_language.values()), [])


class TermsAnswer(Kept):
    """What a member answered to an edition: agreed, or "not now" (so that nobody is asked twice)."""

    member = models.ForeignKey(Member, models.PROTECT, related_name="terms_answers", verbose_name=_("member"))
    edition = models.ForeignKey(
        TermsEdition, models.PROTECT, related_name="answers", verbose_name=_("edition of the terms")
    )
    agreed = models.BooleanField(_("agreed"))
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES)
    source = models.CharField(_("source"), max_length=20)
    actor = models.CharField(_("actor"), max_length=60)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("answer to the terms")
        verbose_name_plural = _("answers to the terms")
        indexes = [
            models.Index(fields=["member", "-at"], name="terms_answers_of_member"),
            models.Index(fields=["edition", "member"], name="terms_answers_of_edition"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} · {self.edition_id}"
