"""Every command of ours is told nonsense: a refusal in words that names it, and no row differs.

The commands are read from the installation: one without an entry here fails.
"""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import BaseCommand, CommandError, call_command, get_commands, load_command_class

from tests.cast import Cast, Shop
from tests.faults.conftest import everything
from tests.loop.walking import FLOORS

BAD_TEXT = ("", "nobody", "OASIS ", "'; DROP TABLE x; --", "a\x00b", "\ud800", "\u202eoasis", "x" * 100_000)
BAD_DAYS = ("2026-02-30", "2026-13-01", "yesterday", "9999-12-31", "0001-01-01", "١٢", "\x00", "1e400")
BAD_NUMBERS = ("0", "-1", "NaN", "Infinity", "1e400", "1.5", "x", "\x00", "½")
NOWHERE = ("/no/such/folder/file.csv", "a\x00b", "x" * 5_000)

DJANGOS = vars(BaseCommand().create_parser("manage.py", "x").parse_args([]))
Entry = dict[str, tuple[str, ...]]
FOR_A_MERCHANT: dict[str, tuple[list[str], Entry]] = {
    "erase_member": (["--member", "?", "--yes"], {"--member": BAD_TEXT}),
    "export_heads": ([], {"--out": NOWHERE}),
    "export_merchant": (
        ["--output", "{folder}/export"],
        {"--output": NOWHERE, "--encrypt-to": ("", "nobody", "age1x", "a\x00b")},
    ),
    "import_balances": (["{file}"], {"--source": ("", "a\x00b", "x" * 100)}),
    "import_purchases": (["{file}"], {"--source": ("", "a\x00b", "x" * 100), "--workers": BAD_NUMBERS}),
    "liability": (
        ["--output", "{folder}/out.csv"],
        {"--as-of": BAD_DAYS, "--output": (*NOWHERE, "{folder}/out.exe"), "--language": ("fr", "")},
    ),
    "score_dormancy": (
        ["--as-of", "2026-11-15", "--output", "{folder}/scores.csv"],
        {"--as-of": BAD_DAYS, "--output": (*NOWHERE, "{folder}"), "--horizon": BAD_NUMBERS},
    ),
    "train_dormancy": ([], {"--as-of": BAD_DAYS, "--horizon": BAD_NUMBERS}),
    "verify_ledger": ([], {"--expected-head": ("x", "{folder}/none.csv", "a\x00b")}),
}
"""What is said rightly beside the merchant, and every option with what it cannot be."""

OTHERS: dict[str, list[list[str]]] = {
    "apply_recipe": [["oasis", "yacht"], ["nobody", "cafe"], ["a\x00b", "cafe"], ["", ""]],
    "audit": [],
    "backup": [["--output", path] for path in NOWHERE] + [["--encrypt-to", key] for key in ("", "age1x")],
    "backup_key": [["--output", path] for path in NOWHERE],
    "bench": [["nothing"], ["\x00"]],
    "bench_pages": [],
    "bench_step": [["nothing.at_all", "{}"], ["os.system", '"true"'], ["x", "{"], ["", "[]"]],
    "evaluate_dormancy": [
        ["--dataset", "x"], ["--dataset", "cdnow"], ["--dataset", "cdnow", "--file", "/no/such"],
        ["--horizon", "NaN"], ["--active", "1"],
    ],
    "grant_app_role": [["nobody"], ["a\x00b"], ['"; DROP TABLE x; --']],
    "finish_restore": [],
    "install_guards": [],
    "load_demo": [["--csv", path] for path in NOWHERE],
    "messages": [],
    "prepare": [],
    "rehearse_restore": [],
    "replay_erasures": [["/no/such/file"], ["a\x00b"], ["{folder}"]],
    "restore": [["/no/such/file"], ["a\x00b"], ["{folder}"], ["{file}"]],
    "simulate": [[f"--{name}", bad] for name in ("seeds", "workers") for bad in BAD_NUMBERS]
    + [["--seed", "NaN"], ["--from", "x"]],
    "up": [["--port", bad] for bad in ("x", "-1", "70000", "NaN")] + [["--only", "nothing"]],
}  # fmt: skip
"""Commands about no merchant, or about the house: what they cannot be asked."""


def ours() -> set[str]:
    """Every command of the installation that is ours."""
    rooms = {*FLOORS, "loyalty_site"}
    return {name for name, app in get_commands().items() if app.partition(".")[0] in rooms}


@pytest.fixture
def said(tmp_path: Path, shop: Shop) -> dict[str, str]:
    """What stands for the places in braces: a folder, and a file that is no file of ours."""
    file = tmp_path / "nonsense.csv"
    file.write_bytes(b"\x00\xff\xfe,\n")
    return {"folder": str(tmp_path), "file": str(file)}


def test_every_command_has_an_entry() -> None:
    assert ours() == {*FOR_A_MERCHANT, *OTHERS}
    for name, (right, wrong) in FOR_A_MERCHANT.items():
        parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
        own = [action for action in parser._actions if action.dest not in DJANGOS and action.nargs != 0]
        named = {option for action in own for option in action.option_strings[:1]} - {"--merchant"}
        assert named <= {*wrong, *right}, name


def refused(name: str, arguments: list[str]) -> str:
    """Return the refusal of a call; what is no refusal is returned as such."""
    try:
        call_command(name, *arguments, stdout=StringIO(), stderr=StringIO())
    except CommandError as refusal:
        return "" if str(refusal).strip() else "refused without a word"
    except BaseException as error:  # noqa: BLE001 (whatever else it is, it is a crash)
        return f"crashed: {error!r:.200}"
    return "did it"


def nonsense(name: str, said: dict[str, str]) -> Iterator[list[str]]:
    """Yield every call of a command that has to be refused."""
    yield ["--no-such-option"]
    if name in OTHERS:
        for arguments in OTHERS[name]:
            yield [_filled(argument, said) for argument in arguments]
        return
    right, wrong = FOR_A_MERCHANT[name]
    right = [_filled(argument, said) for argument in right]
    for slug in BAD_TEXT:
        yield [*right, "--merchant", slug]
    for option, values in wrong.items():
        for value in values:
            yield [*right, "--merchant", "oasis", option, _filled(value, said)]


def _filled(argument: str, said: dict[str, str]) -> str:
    for place, value in said.items():
        argument = argument.replace(f"{{{place}}}", value)
    return argument


@pytest.mark.parametrize("name", sorted({*FOR_A_MERCHANT, *OTHERS}))
def test_a_command_refuses_what_it_cannot_be_told(
    stage: Cast, said: dict[str, str], name: str, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    before = everything()
    found = [(arguments, refused(name, arguments)) for arguments in nonsense(name, said)]
    bad = [f"{[argument[:40] for argument in arguments]}: {how}" for arguments, how in found if how]
    assert not bad, "\n".join(bad)
    assert everything() == before
