"""From purchases in the ledger to scores in use and to the CSV, through the commands a merchant runs."""

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Member, Merchant
from analytics import scoring, tasks
from analytics.models import DormancyModel, DormancyScore, Snapshot
from analytics.purchases import purchases_before
from analytics.queries import at_risk, lost, model_in_use
from analytics.visits import history_of
from ledger.events import RefundMade
from ledger.models import Purchase
from ledger.posting import post
from tests.analytics.logs import START, purchase_log
from tests.cast import Shop, open_shop

LAST_DAY = 210
TODAY = date(2026, 11, 15)
NOW = datetime(2026, 11, 15, 9, 0, tzinfo=UTC)
FIRST = TODAY - timedelta(days=LAST_DAY)


def bring_in(shop: Shop, folder: Path, *, members: int = 130, prefix: str = "c") -> None:
    """Import the made-up log, which ends the day before today, by the command."""
    log = purchase_log(members=members, days=LAST_DAY)
    path = folder / f"{shop.merchant.slug}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["external_id", "member_id", "occurred_at", "amount"])
        for number, (member, day, minor) in enumerate(log.itertuples(index=False), start=1):
            at = FIRST + timedelta(days=int(day) - START)
            rows.writerow([number, f"{prefix}{member}", f"{at}T13:00:00", f"{minor / 100:.2f}"])
    call_command("import_purchases", str(path), merchant=shop.merchant.slug, award=False, verbosity=0)


@pytest.fixture
def shop(db: None, tmp_path: Path) -> Shop:
    opened = open_shop("oasis", "0501234567")
    bring_in(opened, tmp_path)
    return opened


@pytest.fixture(autouse=True)
def _today(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


def scores_csv(path: Path, **asked: Any) -> list[dict[str, str]]:
    wishes = {"merchant": "oasis", "as_of": str(TODAY), "output": path, "verbosity": 0} | asked
    call_command("score_dormancy", **wishes)
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_csv_has_one_row_per_member_of_the_last_90_days(shop: Shop, tmp_path: Path) -> None:
    day = TODAY - timedelta(days=40)
    path = tmp_path / "scores.csv"
    rows = scores_csv(path, as_of=str(day))
    assert path.read_text().splitlines()[0] == "member_id,cutoff,p_dormant"
    seen = Purchase.objects.filter(business_date__gte=day - timedelta(days=90), business_date__lt=day)
    assert {row["member_id"] for row in rows} == set(seen.values_list("member__external_id", flat=True))
    assert len(rows) == len({row["member_id"] for row in rows})
    assert {row["cutoff"] for row in rows} == {str(day)}
    assert all(0 < float(row["p_dormant"]) < 1 for row in rows)
    assert DormancyModel.objects.get().method == "lightgbm"
    assert not DormancyModel.objects.get().is_current
    assert not DormancyScore.objects.exists()


def test_the_past_is_scored_the_same_whatever_came_after(shop: Shop, tmp_path: Path) -> None:
    day = TODAY - timedelta(days=40)
    first = scores_csv(tmp_path / "a.csv", as_of=str(day))
    again = scores_csv(tmp_path / "b.csv", as_of=str(day))
    assert DormancyModel.objects.count() == 1, "the model of this cut-off is used again"
    rival = open_shop("rival", "0507654321")
    log = purchase_log(members=130, days=LAST_DAY)
    past = log[log["day"] < START + LAST_DAY - 40]
    copy_into(rival, past)
    elsewhere = scores_csv(tmp_path / "c.csv", merchant="rival", as_of=str(day))
    assert first == again == elsewhere


def copy_into(shop: Shop, log: Any) -> None:
    members = {
        number: Member.objects.create(
            merchant=shop.merchant, external_id=f"c{number}", number=f"R{number}", referral_code=f"R{number}",
            joined_at=NOW,
        )
        for number in sorted(set(log["member"]))
    }  # fmt: skip
    Purchase.objects.bulk_create(
        Purchase(
            merchant=shop.merchant, member=members[member], source="copy", external_id=str(number),
            currency="SAR", occurred_at=NOW, recorded_at=NOW,
            business_date=FIRST + timedelta(days=int(day) - START), total_minor=minor, spend_minor=minor,
        )
        for number, (member, day, minor) in enumerate(log.itertuples(index=False))
    )  # fmt: skip


def test_a_purchase_added_to_the_past_is_learnt_from(shop: Shop, tmp_path: Path) -> None:
    scores_csv(tmp_path / "a.csv")
    bring_in(shop, tmp_path, members=140)  # the same 130 again, and ten more
    rows = scores_csv(tmp_path / "b.csv")
    assert DormancyModel.objects.count() == 2
    assert {"c1131", "c1136"} <= {row["member_id"] for row in rows}


def test_a_run_comes_into_force_at_once_and_replaces_the_one_before(shop: Shop) -> None:
    first = scoring.refresh_dormancy(merchant=shop.merchant, now=NOW)
    scores = list(DormancyScore.objects.order_by("member").values_list("member", "probability"))
    second = scoring.refresh_dormancy(merchant=shop.merchant, now=NOW + timedelta(minutes=5))
    assert model_in_use(shop.merchant) == second
    assert list(DormancyScore.objects.order_by("member").values_list("member", "probability")) == scores
    assert not first.scores.exists()
    assert all(len(row.reasons) == 3 and row.value_minor >= 0 for row in second.scores.all())
    risky = list(at_risk(shop.merchant))
    assert risky
    assert [row.probability for row in risky] == sorted((row.probability for row in risky), reverse=True)
    gone = lost(shop.merchant, now=NOW)
    assert gone.exists()
    assert not second.scores.filter(member__in=gone).exists()


def test_an_older_cutoff_never_replaces_a_newer_one(shop: Shop) -> None:
    newest = scoring.refresh_dormancy(merchant=shop.merchant, now=NOW)
    scoring.refresh_dormancy(merchant=shop.merchant, now=NOW - timedelta(days=3))
    assert model_in_use(shop.merchant) == newest
    assert newest.scores.exists()


def test_money_in_reasons_names_its_currency(shop: Shop) -> None:
    scoring.refresh_dormancy(merchant=shop.merchant, now=NOW)
    told = [reason for row in DormancyScore.objects.all() for reason in row.reasons]
    of_money = [reason for reason in told if reason["code"].startswith(("spend_", "basket_"))]
    assert of_money
    assert {reason["currency"] for reason in of_money} == {"SAR"}
    assert not any("currency" in reason for reason in told if reason not in of_money)


def test_merchants_learn_from_their_own_members_only(shop: Shop) -> None:
    rival = open_shop("rival", "0507654321")
    model = scoring.refresh_dormancy(merchant=rival.merchant, now=NOW)
    assert (model.method, model.why) == ("plain_rule", "no_history")
    assert not DormancyScore.objects.exists()
    assert tasks.refresh_dormancy() == 2
    assert not DormancyScore.objects.exclude(member__merchant=shop.merchant).exists()
    assert tasks.refresh_snapshots() == 2
    assert Snapshot.objects.get(merchant=shop.merchant).values["at_risk"] == at_risk(shop.merchant).count()
    assert Snapshot.objects.get(merchant=rival.merchant).values["at_risk"] == 0


def test_a_small_shop_gets_the_plain_rule_and_the_reason_why(db: None, tmp_path: Path) -> None:
    small = open_shop("kiosk", "0501234567")
    bring_in(small, tmp_path, members=30)
    model = scoring.refresh_dormancy(merchant=small.merchant, now=NOW)
    assert (model.method, model.why) == ("plain_rule", "few_members")
    assert model.scores.filter(is_slipping=True).exists()
    for row in model.scores.all():
        assert row.is_slipping == (row.probability >= 0.5)
        assert row.is_slipping or row.days_silent < 45
        assert not row.is_slipping or row.days_silent >= 30


def test_what_was_wholly_refunded_is_no_purchase(shop: Shop) -> None:
    order = Purchase.objects.filter(member__external_id="c1000").order_by("-business_date").first()
    assert order is not None
    before = len(purchases_before(shop.merchant, TODAY))
    post(
        RefundMade(
            merchant_id=shop.merchant.pk, member_id=order.member_id, occurred_at=NOW - timedelta(days=2),
            source="till", key="back", actor="test", purchase_source=order.source,
            purchase_key=order.external_id, amount_minor=order.total_minor,
        ),
        now=NOW,
    )  # fmt: skip
    assert len(purchases_before(shop.merchant, TODAY)) == before - 1
    early = purchases_before(shop.merchant, TODAY - timedelta(days=2))
    assert int(history_of(early).purchases.sum()) == len(early)
    known = Purchase.objects.filter(business_date__lt=TODAY - timedelta(days=2)).count()
    assert len(early) == known, "the refund was not known then"


def test_erased_members_are_not_scored(shop: Shop, tmp_path: Path) -> None:
    Member.objects.filter(external_id="c1002").update(erased_at=NOW)
    model = scoring.refresh_dormancy(merchant=shop.merchant, now=NOW)
    assert not model.scores.filter(member__external_id="c1002").exists()
    assert "c1002" not in {row["member_id"] for row in scores_csv(tmp_path / "s.csv")}


def test_a_merged_records_purchases_count_for_the_survivor(shop: Shop) -> None:
    gone, kept = (Member.objects.get(external_id=name) for name in ("c1000", "c1002"))
    before = purchases_before(shop.merchant, TODAY)
    Member.objects.filter(pk=gone.pk).update(merged_into=kept)
    after = purchases_before(shop.merchant, TODAY)
    assert len(after) == len(before)
    assert (after["member"] == kept.pk).sum() == before["member"].isin([gone.pk, kept.pk]).sum()


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ({"merchant": "nobody"}, "no merchant “nobody”"),
        ({"as_of": "2026-02-30"}, "is not a day"),
        ({"as_of": "15/11/2026"}, "is not a day"),
        ({"as_of": "2026-11-16"}, "has not begun yet"),
        ({"as_of": "2020-01-01"}, "no purchases before"),
        ({"output": Path("/nowhere/scores.csv")}, "no folder"),
        ({"output": Path("/tmp")}, "is a folder"),
    ],
)
def test_bad_questions_are_refused_and_write_nothing(
    db: None, tmp_path: Path, asked: dict[str, Any], answer: str
) -> None:
    Merchant.objects.create(slug="oasis", name_ar="واحة", name_en="Oasis")
    path = tmp_path / "scores.csv"
    path.write_text("as it was")
    with pytest.raises(CommandError, match=answer):
        scores_csv(path, **asked)
    assert path.read_text() == "as it was"
    assert list(tmp_path.iterdir()) == [path]


def test_a_horizon_nobody_measured_is_refused(db: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="invalid choice"):
        call_command(
            "score_dormancy",
            "--merchant=oasis",
            "--as-of=2026-11-01",
            "--horizon=31",
            f"--output={tmp_path}/s",
        )


def test_training_without_a_day_puts_the_scores_in_use(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("train_dormancy", merchant="oasis", horizon=45)
    told = capsys.readouterr().out
    assert "Learnt from your own history" in told
    assert "roc_auc" in told
    model = model_in_use(shop.merchant)
    assert model is not None
    assert model.horizon == 45
    assert model.scores.exists()
    call_command("train_dormancy", merchant="oasis", as_of="2026-10-01")
    assert model_in_use(shop.merchant) == model
