"""A typed Python client is made from the schema alone, and earns points: what the schema says is so."""

import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.cast import open_shop

NAME = "walaa_client"


@pytest.fixture
def client_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Generate the client into a folder of its own; returns what imports its modules."""
    pytest.importorskip("openapi_python_client", reason="the client's generator is not installed")
    schema = tmp_path / "openapi.json"
    schema.write_bytes(Client().get("/api/schema/?format=json").content)
    command = ["generate", "--path", str(schema), "--output-path", str(tmp_path / NAME), "--meta", "none"]
    made = subprocess.run(
        [sys.executable, "-m", "openapi_python_client", *command], capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stdout + made.stderr
    for complaint in ("Unable to", "Cannot parse", "WARNING parsing"):
        assert complaint not in made.stdout + made.stderr
    monkeypatch.syspath_prepend(str(tmp_path))
    return lambda name: importlib.import_module(f"{NAME}.{name}")


def test_a_generated_client_earns_points(transactional_db: None, live_server: Any, client_of: Any) -> None:
    shop = open_shop("oasis", "0501234567")
    models = client_of("models")
    caller = client_of("client").AuthenticatedClient(
        base_url=live_server.url, token=shop.key(), prefix="Api-Key", raise_on_unexpected_status=True
    )
    join, record, many, balance = (
        client_of(f"api.{name}").sync
        for name in (
            "members.join_member",
            "purchases.record_purchase",
            "purchases.record_purchases",
            "members.read_balance",
        )
    )
    member = join(client=caller, body=models.JoinInputRequest(phone="0551112222"))
    assert isinstance(member, models.MemberOutput)
    order = models.PurchaseInputRequest(order="A-1", member=member.number, amount="100.00")
    earned = record(client=caller, body=order)
    assert isinstance(earned, models.EarnedOutput)
    assert (earned.points, earned.balance.available, earned.tier.after) == (100, 100, earned.tier.before)
    two = [
        models.PurchaseInputRequest(order=f"B-{n}", member=member.number, amount="1.5x"[: 3 + n])
        for n in (0, 1)
    ]
    told = many(client=caller, body=models.BulkInputRequest(orders=two))
    assert isinstance(told, models.BulkOutput)
    assert [one.status for one in told.results] == [201, 422]
    assert isinstance(told.results[1].problem, models.Problem)
    refused = record(
        client=caller, body=models.PurchaseInputRequest(order="A-1", member=member.number, amount="1")
    )
    assert isinstance(refused, models.Problem)
    assert (refused.status, refused.code) == (409, "key_conflict")
    standing = balance(member.number, client=caller)
    assert isinstance(standing, models.BalanceOutput)
    assert standing.available == 101
    assert standing.lots[0].remaining == 100
