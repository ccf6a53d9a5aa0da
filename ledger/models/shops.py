"""Online shops and tills of others: how each is known, what it told, which of its orders is which purchase.

What a shop told stands in ``ShopNews`` as it came, once it is proved; the work is done from that row. Its raw
body holds personal data: it is emptied some days after the work is done, and when the person is erased.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, Merchant
from ledger.models.purchases import Purchase
from ledger.models.redemptions import Redemption


class ShopLink(models.Model):
    """A merchant's shop at one source. Secrets and the key to its API are encrypted (``accounts.sealed``).

    After the secret was changed the one before it is honoured until ``old_until``. ``shop_id`` is the shop's
    own number there: where the owner wrote it, news of another shop is refused. ``joins``: a customer nobody
    knows becomes a member, if the phone is a real one; otherwise the order waits unclaimed. ``pulled_at``: up
    to when the shop was asked itself; ``tried_at`` is when somebody last began to.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="shops", verbose_name=_("merchant"))
    source = models.CharField(_("source"), max_length=20)
    secret = models.CharField(max_length=600, blank=True)
    old_secret = models.CharField(max_length=600, blank=True)
    old_until = models.DateTimeField(null=True)
    shop_id = models.CharField(_("shop's number"), max_length=80, blank=True)
    api_url = models.CharField(_("shop's address"), max_length=200, blank=True)
    api_token = models.TextField(blank=True)
    joins = models.BooleanField(_("customers become members"), default=False)
    is_on = models.BooleanField(_("on"), default=True)
    changed_at = models.DateTimeField(_("changed"))
    changed_by = models.CharField(_("changed by"), max_length=60, blank=True)
    heard_at = models.DateTimeField(_("last heard"), null=True)
    pulled_at = models.DateTimeField(_("last asked"), null=True)
    tried_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("shop")
        verbose_name_plural = _("shops")
        constraints = [models.UniqueConstraint(fields=["merchant", "source"], name="one_shop_per_source")]

    def __str__(self) -> str:
        return f"{self.merchant_id} {self.source}"


class ShopOrder(models.Model):
    """What is known of one order of a shop, from whatever came so far, in whatever order it came.

    ``told_at`` and ``rank`` are of the newest news: what is older changes nothing. ``refunds``: number →
    {"minor", "lines"}; ``lines`` are the shop's numbers of the lines, in the purchase's order.
    ``claimed_until``: a worker is at it. ``opens_at``: points that are certain wait for this moment. The
    hashes say whose it is (``accounts.contacts``) as long as nobody else does.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", verbose_name=_("merchant"))
    link = models.ForeignKey(ShopLink, models.PROTECT, related_name="orders", verbose_name=_("shop"))
    order_key = models.CharField(_("order number"), max_length=64)
    member = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+", verbose_name=_("member"))
    purchase = models.ForeignKey(
        Purchase,
        models.PROTECT,
        db_constraint=False,
        null=True,
        related_name="+",
        verbose_name=_("purchase"),
    )
    status = models.CharField(_("state"), max_length=9, blank=True)
    told_at = models.DateTimeField(null=True)
    rank = models.PositiveSmallIntegerField(default=0)
    lines = models.JSONField(default=list)
    refunds = models.JSONField(default=dict)
    is_gone = models.BooleanField(default=False)
    claimed_until = models.DateTimeField(null=True)
    opens_at = models.DateTimeField(null=True)
    phone_hash = models.CharField(max_length=64, blank=True)
    email_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("shop's order")
        verbose_name_plural = _("shops' orders")
        constraints = [models.UniqueConstraint(fields=["link", "order_key"], name="one_shop_order")]
        indexes = [
            models.Index(fields=["opens_at"], condition=Q(opens_at__isnull=False), name="shop_order_opening"),
            models.Index(
                fields=["merchant", "phone_hash"], condition=~Q(phone_hash=""), name="shop_order_of_phone"
            ),
            models.Index(
                fields=["merchant", "email_hash"], condition=~Q(email_hash=""), name="shop_order_of_email"
            ),
        ]

    def __str__(self) -> str:
        return self.order_key


class NewsState(models.TextChoices):
    """What became of something that a shop told."""

    WAITING = "waiting", _("Waits")
    DONE = "done", _("Done")
    UNCLAIMED = "unclaimed", _("Nobody's yet")
    IGNORED = "ignored", _("Not needed")
    REFUSED = "refused", _("Refused")
    STUCK = "stuck", _("Stuck")


class ShopNews(models.Model):
    """One thing that a shop told: proved, kept as it came, worked on from here. ``once`` is its name.

    ``is_pulled``: we asked the shop's API for it. ``result`` is a word of ``ledger.shops.results``.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", verbose_name=_("merchant"))
    link = models.ForeignKey(ShopLink, models.PROTECT, related_name="news", verbose_name=_("shop"))
    once = models.CharField(max_length=120)
    name = models.CharField(_("event"), max_length=60, blank=True)
    order_key = models.CharField(_("order number"), max_length=64, blank=True)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    is_pulled = models.BooleanField(default=False)
    received_at = models.DateTimeField(_("received"))
    state = models.CharField(_("state"), max_length=9, choices=NewsState, default=NewsState.WAITING)
    act_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(_("worked on"), null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    result = models.CharField(_("result"), max_length=40, blank=True)
    order = models.ForeignKey(ShopOrder, models.PROTECT, null=True, related_name="news")

    class Meta:
        verbose_name = _("news of a shop")
        verbose_name_plural = _("news of shops")
        constraints = [models.UniqueConstraint(fields=["link", "once"], name="shop_news_once")]
        indexes = [
            models.Index(fields=["act_at"], condition=Q(act_at__isnull=False), name="shop_news_waits"),
            models.Index(fields=["link", "-received_at"], name="shop_news_of_link"),
            models.Index(fields=["received_at"], condition=~Q(body=""), name="shop_news_with_body"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.order_key}"


class CouponState(models.TextChoices):
    """How a coupon at a shop stands."""

    WANTED = "wanted", _("Being made")
    MADE = "made", _("Ready at the shop")
    USED = "used", _("Used")
    VOIDED = "voided", _("Withdrawn there")
    FAILED = "failed", _("Could not be made")
    STUCK = "stuck", _("Could not be taken back")


class ShopCoupon(models.Model):
    """A redemption's twin at a shop: a coupon with the same code, made by the shop's own API, used once.

    The redemption says whose it is, what it is worth and how long it lives; ``number`` is the coupon's at the
    shop. ``give_up_at``: not made by then, the redemption is cancelled. ``asked_back_at``: the member wants
    the points back, and gets them once the coupon is gone there.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", verbose_name=_("merchant"))
    link = models.ForeignKey(ShopLink, models.PROTECT, related_name="coupons", verbose_name=_("shop"))
    redemption = models.OneToOneField(
        Redemption, models.PROTECT, related_name="coupon", verbose_name=_("redemption")
    )
    state = models.CharField(_("state"), max_length=6, choices=CouponState, default=CouponState.WANTED)
    number = models.CharField(max_length=64, blank=True)
    wanted_at = models.DateTimeField(_("wanted"))
    asked_back_at = models.DateTimeField(_("asked back"), null=True)
    give_up_at = models.DateTimeField()
    act_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("coupon at a shop")
        verbose_name_plural = _("coupons at shops")
        indexes = [
            models.Index(fields=["act_at"], condition=Q(act_at__isnull=False), name="shop_coupon_waits"),
            models.Index(
                fields=["redemption"], condition=Q(state__in=["wanted", "made"]), name="shop_coupon_alive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.link_id} {self.state}"
