"""Seals on the books: per merchant a chain of blocks, which rows each holds, and how far sealing has come.

Blocks and entries are append-only. What is hashed, and how, stands in ``ledger.seals.canon``.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Merchant


class SealBlock(models.Model):
    """One link of a merchant's chain: ``root`` covers its rows, ``hash`` its own fields and the link before.

    All hashes are SHA-256 in hexadecimal. ``points`` is the sum of its movements.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", verbose_name=_("merchant"))
    number = models.BigIntegerField(_("block"))
    previous = models.CharField(max_length=64, blank=True)
    root = models.CharField(max_length=64)
    hash = models.CharField(_("seal"), max_length=64)
    lines = models.PositiveIntegerField(_("entries"))
    points = models.BigIntegerField(_("points"))
    sealed_at = models.DateTimeField(_("sealed"))

    class Meta:
        verbose_name = _("sealed block")
        verbose_name_plural = _("sealed blocks")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "number"], name="one_block_per_number"),
            models.UniqueConstraint(fields=["merchant", "hash"], name="one_block_per_seal"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.hash[:12]}"


class SealEntry(models.Model):
    """That a row is sealed, and in which block. ``digest`` only helps to find which row of a block changed.

    No foreign key is checked in the database: the chain's verification checks both ends.
    """

    pk = models.CompositePrimaryKey("kind", "row_id")
    kind = models.PositiveSmallIntegerField()
    row_id = models.BigIntegerField()
    block = models.ForeignKey(
        SealBlock, models.PROTECT, related_name="entries", db_constraint=False, db_index=False
    )
    digest = models.CharField(max_length=16)

    def __str__(self) -> str:
        return f"{self.kind}/{self.row_id}"


class SealHorizon(models.Model):
    """How far one kind of row is sealed: no row up to ``sealed_to`` is missing or can still appear.

    ``candidate`` is the next value: it holds once every transaction before ``candidate_xid`` has ended, on
    the cluster where it was noted (PostgreSQL; SQLite writes one transaction after another).
    """

    kind = models.PositiveSmallIntegerField(primary_key=True)
    sealed_to = models.BigIntegerField(default=0)
    candidate = models.BigIntegerField(null=True)
    candidate_xid = models.BigIntegerField(null=True)
    cluster = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return f"{self.kind} ≤ {self.sealed_to}"


class Verification(models.Model):
    """One night's proof of a merchant's books: right, or where they are not. Open while it runs."""

    merchant = models.ForeignKey(
        Merchant, models.CASCADE, related_name="verifications", verbose_name=_("merchant")
    )
    night = models.DateField(_("day"))
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True)
    is_right = models.BooleanField(_("the books are right"), null=True)
    difference = models.JSONField(_("first difference"), default=dict, blank=True)
    block_number = models.BigIntegerField(_("newest block"), default=0)
    head = models.CharField(_("seal"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("proof of the books")
        verbose_name_plural = _("proofs of the books")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "night"], name="one_verification_per_night")
        ]

    def __str__(self) -> str:
        return f"{self.night} {self.is_right}"
