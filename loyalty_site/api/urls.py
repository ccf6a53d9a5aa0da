"""The addresses of the API, each known with and without a slash at its end; the schema names the bare one."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, include, path, re_path, register_converter

from loyalty_site.api import (
    adjustments,
    balances,
    bulk,
    causes,
    contests,
    deliveries,
    events,
    gatherings,
    gift_cards,
    goals,
    histories,
    identity,
    insight,
    leaving,
    members,
    memberships,
    practice,
    presence,
    programme,
    proofs,
    purchase_lists,
    purchases,
    receipts,
    redemptions,
    referrals,
    refunds,
    rewards,
    terms,
    tiers,
    webhooks,
)
from loyalty_site.api.operation import NoSuchAddress, together
from loyalty_site.api.schema import Docs, Schema
from loyalty_site.api.start import Start
from loyalty_site.api.telling import Telling


class Readable:
    """A number or code in an address: no slash, no control characters, at most 64 characters."""

    regex = r"[^/\x00-\x1f\x7f]{1,64}"

    def to_python(self, value: str) -> str:
        """Take it as it is."""
        return value

    def to_url(self, value: str) -> str:
        """Write it as it is."""
        return value


register_converter(Readable, "readable")

ADDRESSES: dict[str, Callable[..., Any]] = {
    # What tills send all day stands first: an address is looked for from the top.
    "purchases": together(purchase_lists.ListPurchases, purchases.RecordPurchase),
    "purchases/bulk": together(bulk.RecordPurchases),
    "purchases/quote": together(purchases.QuotePurchase),
    "purchases/<readable:order>": together(purchase_lists.ReadPurchase),
    "purchases/<readable:order>/delivered": together(deliveries.RecordDelivery),
    "members": together(members.FindMember, members.JoinMember),
    "members/<readable:number>": together(members.ReadMember, members.ChangeMember, leaving.EraseMember),
    "members/<readable:number>/merge": together(identity.MergeRecords),
    "members/<readable:number>/merge/preview": together(identity.PreviewMerge),
    "members/<readable:number>/merges/<int:merge>/undo": together(identity.UndoMerge),
    "members/<readable:number>/detach": together(leaving.DetachMember),
    "members/<readable:number>/attach": together(leaving.AttachMember),
    "members/<readable:number>/consents": together(members.RecordConsent),
    "members/<readable:number>/balance": together(balances.ReadBalance),
    "members/<readable:number>/tier": together(tiers.ReadTier),
    "members/<readable:number>/insight": together(insight.ReadInsight),
    "members/<readable:number>/redemptions": together(histories.ListRedemptions),
    "members/<readable:number>/refunds": together(histories.ListRefunds),
    "members/<readable:number>/points": together(proofs.ReadProof),
    "members/<readable:number>/statement": together(balances.ReadStatement),
    "members/<readable:number>/rewards": together(rewards.ReadRewards),
    "members/<readable:number>/cards": together(goals.ReadCards),
    "members/<readable:number>/contests/<readable:code>/join": together(contests.JoinContest),
    "members/<readable:number>/contests/<readable:code>/leave": together(contests.LeaveContest),
    "members/<readable:number>/upgrades": together(rewards.ReadUpgrades),
    "members/<readable:number>/gift-cards": together(gift_cards.ReadGiftCards),
    "members/<readable:number>/memberships": together(memberships.ReadMembership, memberships.BeginTrial),
    "members/<readable:number>/memberships/payments": together(memberships.RecordFee),
    "members/<readable:number>/memberships/refunds": together(memberships.RefundFee),
    "members/<readable:number>/memberships/cancel": together(memberships.CancelMembership),
    "members/<readable:number>/referrals": together(referrals.ReadReferrals),
    "members/<readable:number>/one-time-codes": together(presence.SendOneTimeCode),
    "members/<readable:number>/cause": together(causes.ReadChoice, causes.ChooseCause),
    "members/<readable:number>/donations": together(causes.GivePoints),
    "causes": together(causes.ListCauses),
    "member-events": together(gatherings.ListEvents),
    "member-events/<readable:code>/places": together(gatherings.SignUp),
    "member-events/<readable:code>/places/<readable:number>/cancel": together(gatherings.CancelPlace),
    "member-events/<readable:code>/places/<readable:number>/attended": together(gatherings.CheckIn),
    "members/<readable:number>/adjustments": together(histories.ListAdjustments, adjustments.AdjustPoints),
    "events": together(events.RecordEvent),
    "receipts": together(receipts.RecordReceipt),
    "receipts/<readable:order>": together(receipts.ReadReceipt),
    "receipts/<readable:order>/cancel": together(receipts.CancelReceipt),
    "refunds": together(refunds.RecordRefund),
    "redemptions": together(redemptions.IssueCode),
    "redemptions/<readable:code>": together(redemptions.ReadCode),
    "redemptions/<readable:code>/use": together(redemptions.UseCode),
    "redemptions/<readable:code>/cancel": together(redemptions.CancelCode),
    "gift-cards": together(gift_cards.IssueGiftCard),
    "gift-cards/<readable:code>": together(gift_cards.ReadGiftCard),
    "gift-cards/<readable:code>/cancel": together(gift_cards.CancelGiftCard),
    "tiers": together(tiers.ListTiers),
    "programme": together(programme.ReadProgramme),
    "webhooks": together(webhooks.ListWebhooks, webhooks.CreateWebhook),
    "webhooks/<readable:webhook>": together(
        webhooks.ReadWebhook, webhooks.ChangeWebhook, webhooks.DeleteWebhook
    ),
    "webhooks/<readable:webhook>/rotate": together(webhooks.RotateSecret),
    "webhooks/<readable:webhook>/test": together(webhooks.TestWebhook),
    "webhooks/<readable:webhook>/deliveries": together(webhooks.ListMessages),
    "webhooks/<readable:webhook>/deliveries/<readable:message>/replay": together(webhooks.ReplayMessage),
    "terms": together(terms.ReadTerms),
    "practice/reset": together(practice.ResetPractice),
}

v1: list[URLPattern] = [
    *(path(address + slash, view) for address, view in ADDRESSES.items() for slash in ("", "/")),
    re_path("", NoSuchAddress.as_view()),
]

urlpatterns = [
    path("v1/", include(v1)),
    path("schema/", Schema.as_view(), name="api-schema"),
    path("docs/start/", Start.as_view(), name="api-start"),
    path("docs/webhooks/", Telling.as_view(), name="api-telling"),
    path("docs/", Docs.as_view(), name="api-docs"),
]
