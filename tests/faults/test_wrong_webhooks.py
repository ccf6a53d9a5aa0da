"""Webhooks that cannot be: an address nobody may call, news nobody tells, what is another's or nobody's."""

import pytest

from tests.faults.calls import Row
from tests.faults.desk import Desk, operations_of

NONE, RIVALS = {"@webhook": "wh_0000000000000000"}, {"@webhook": "{rival_webhook}"}

ROWS: list[Row] = [
    ("ListWebhooks", {"key": "read"}, "403 forbidden"),
    ("ListWebhooks", {"key": "till"}, "403 forbidden"),
    ("CreateWebhook", {"url": "http://9.9.9.9/a"}, "422 address_refused /url"),
    ("CreateWebhook", {"url": "https://10.0.0.1/a"}, "422 address_refused /url"),
    ("CreateWebhook", {"url": "https://nobody:here@9.9.9.9/a"}, "422 address_refused /url"),
    ("CreateWebhook", {"url": "https://9.9.9.9/known"}, "409 webhook_known /url"),
    ("CreateWebhook", {"topics": []}, "422 min_length /topics"),
    ("CreateWebhook", {"topics": ["points.stolen"]}, "422 invalid_choice /topics/0"),
    ("CreateWebhook", {"topics": ...}, "422 required /topics"),
    ("CreateWebhook", {"key": "shop"}, "403 forbidden"),
    ("ReadWebhook", NONE, "404 not_found"),
    ("ReadWebhook", RIVALS, "404 not_found"),
    ("ChangeWebhook", NONE, "404 not_found"),
    ("ChangeWebhook", RIVALS, "404 not_found"),
    ("ChangeWebhook", {"url": "https://127.0.0.1/"}, "422 address_refused /url"),
    ("ChangeWebhook", {"active": "no"}, "422 invalid /active"),
    ("DeleteWebhook", NONE, "404 not_found"),
    ("DeleteWebhook", RIVALS, "404 not_found"),
    ("DeleteWebhook", {"key": "read"}, "403 forbidden"),
    ("RotateSecret", NONE, "404 not_found"),
    ("RotateSecret", RIVALS, "404 not_found"),
    ("TestWebhook", NONE, "404 not_found"),
    ("TestWebhook", RIVALS, "404 not_found"),
    ("ListMessages", NONE, "404 not_found"),
    ("ListMessages", RIVALS, "404 not_found"),
    ("ListMessages", {"?limit": 0}, "422 min_value /limit"),
    ("ListMessages", {"?cursor": "zz"}, "422 invalid /cursor"),
    ("ReplayMessage", NONE, "404 not_found"),
    ("ReplayMessage", RIVALS, "404 not_found"),
    ("ReplayMessage", {"@message": "msg_none"}, "404 not_found"),
    ("ReplayMessage", {"@message": "{waiting}"}, "409 not_replayable"),
]


@pytest.mark.parametrize("operation", operations_of(ROWS))
def test_what_cannot_be_told_is_refused(desk: Desk, operation: str) -> None:
    desk.look_at(ROWS, operation)
