"""The back office's own pages: route, view, name (under ``admin:``)."""

from collections.abc import Callable
from typing import Final

from django.http.response import HttpResponseBase

from loyalty_site.backoffice import (
    adjustments,
    balances,
    card_payments,
    controls,
    identity,
    imports,
    launch,
    launch_pilot,
    liability,
    outreach,
    proofs,
    publishing,
    rewind,
    seals,
    sectors,
    takeouts,
)
from loyalty_site.backoffice.kit import views as kit

View = Callable[..., HttpResponseBase]

PAGES: Final[tuple[tuple[str, View, str], ...]] = (
    ("at-risk/", outreach.at_risk, "at_risk"),
    ("lost/", outreach.lost, "lost"),
    ("approvals/", outreach.approvals, "approvals"),
    ("approvals/<int:run_id>/", outreach.approval, "approval"),
    ("approvals/<int:run_id>/decide/", outreach.decide, "approval_decide"),
    ("adjustments/", adjustments.listing, "adjustments"),
    ("adjustments/<int:request_id>/", adjustments.detail, "adjustment"),
    ("adjustments/<int:request_id>/decide/", adjustments.decide, "adjustment_decide"),
    ("members/<int:member_id>/adjust/", adjustments.form, "member_adjust"),
    ("members/<int:member_id>/points/", proofs.points, "member_points"),
    ("controls/", controls.settings_page, "controls"),
    ("margin/", publishing.margin, "margin"),
    ("terms/", publishing.listing, "publish_requests"),
    ("terms/<int:asked_id>/", publishing.detail, "publish_request"),
    ("terms/<int:asked_id>/decide/", publishing.decide, "publish_request_decide"),
    ("launch/", launch.overview, "launch"),
    ("launch/pilot/", launch_pilot.choose, "pilot"),
    ("launch/review/", launch_pilot.review, "pilot_review"),
    ("sectors/", sectors.gallery, "sectors"),
    ("sectors/<slug:code>/", sectors.sector, "sector"),
    ("kit/", kit.overview, "kit"),
    ("kit/<slug:piece>.<slug:language>.<slug:kind>", kit.file, "kit_file"),
    ("rewind/", rewind.overview, "rewind"),
    ("rewind/<int:rewind_id>/", rewind.detail, "rewind_run"),
    ("rewind/<int:rewind_id>/<int:place>/", rewind.members, "rewind_members"),
    ("rewind/<int:rewind_id>/<int:place>/file/", rewind.members_file, "rewind_file"),
    ("card-payments/", card_payments.keys_page, "moyasar"),
    ("liability/", liability.overview, "liability"),
    ("liability/report/", liability.report_file, "liability_file"),
    ("liability/journal/", liability.journal_file, "liability_journal"),
    ("members/merged/", identity.merges, "merges"),
    ("members/merged/<int:merge_id>/undo/", identity.undo, "merge_undo"),
    ("members/<int:member_id>/merge/", identity.merge, "member_merge"),
    ("members/<int:member_id>/detach/", identity.detach_page, "member_detach"),
    ("members/<int:member_id>/erase/", identity.erase_page, "member_erase"),
    ("seals/", seals.overview, "seals"),
    ("seals/heads.csv", seals.heads_file, "heads_file"),
    ("import/", imports.DOOR.upload, "import_upload"),
    ("import/preview/", imports.DOOR.preview, "import_preview"),
    ("import/balances/", balances.DOOR.upload, "balances_upload"),
    ("import/balances/preview/", balances.DOOR.preview, "balances_preview"),
    ("takeout/", takeouts.start, "takeout"),
    ("takeout/<int:pk>/file/", takeouts.download, "takeout_file"),
)
