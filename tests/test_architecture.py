"""The shape of the house, kept by reading its sources: floors, rooms, purity, gates, what is committed."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ["accounts", "programs", "ledger", "analytics", "campaigns", "loyalty_site"]
HEIGHT = {name: height for height, name in enumerate(FLOORS)}
ROOMS = ["portal", "till", "api", "backoffice"]
RELATIONS = {"ForeignKey", "OneToOneField", "ManyToManyField", "get_model"}
# Plain values in, plain values out: no tables, no settings, no clock.
PURE = [
    "accounts/digits.py",
    "accounts/money.py",
    "accounts/phones.py",
    "analytics/btyd.py",
    "analytics/dormancy.py",
    "analytics/features.py",
    "analytics/measures.py",
    "analytics/plain_rule.py",
    "analytics/reasons.py",
    "analytics/rewind/behaviour.py",
    "analytics/rewind/facts.py",
    "analytics/rewind/lives.py",
    "analytics/rewind/replaying.py",
    "analytics/rewind/results.py",
    "analytics/rewind/sums.py",
    "analytics/scorecard.py",
    "analytics/value.py",
    "analytics/visits.py",
    "ledger/liability/breakage.py",
    "ledger/liability/journals.py",
    "loyalty_site/backoffice/logical_css.py",
    "programs/burning.py",
    "programs/calendars.py",
    "programs/capping.py",
    "programs/clawing.py",
    "programs/conditions.py",
    "programs/happenings.py",
    "programs/occasions.py",
    "programs/margin.py",
    "programs/margin_meetings.py",
    "programs/reach.py",
    "programs/reasons.py",
    "programs/rules.py",
    "programs/telling.py",
    "programs/terms.py",
    "programs/tiering.py",
]
IMPURE_MODULES = ("django.db", "django.conf", "django.utils.timezone", "django.apps", "django.core.cache")
CLOCKS = {"now", "today", "utcnow", "time", "monotonic", "localtime", "localdate"}
CLOCK_OWNERS = {"datetime", "date", "timezone", "time"}
JUNK_DRAWERS = {"utils", "util", "common", "core", "helpers", "misc", "lib", "shared"}
SIGNALS = {"receiver", "pre_save", "post_save", "pre_delete", "post_delete", "m2m_changed", "Signal"}
FETCHING = {"get", "first", "last", "earliest", "latest", "in_bulk", "aget", "afirst"}
FETCHING |= {"create", "get_or_create", "update_or_create", "bulk_create", "update", "delete"}
CHOOSING = {"filter", "exclude"}
BEFORE_ANYBODY_IS_KNOWN = {"loyalty_site/api/keys.py"}  # it finds out who asks
LONG, TOO_LONG = 300, 400


def sources(*folders: str) -> Iterator[tuple[Path, ast.Module]]:
    """Parse every module of the given folders, except migrations."""
    for folder in folders or FLOORS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name) for every import, those inside functions included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"line {node.lineno}: a relative import hides its floor"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def mentioned(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name) for imports, string relations and get_model alike."""
    yield from imported(tree)
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        first = call.args[0] if call.args else None
        if name in {*RELATIONS, "import_module", "import_string"} and isinstance(first, ast.Constant):
            yield call.lineno, str(first.value)


def test_no_floor_knows_a_higher_one() -> None:
    climbs = [
        f"{path}:{line} {path.parts[0]} must not know {name}"
        for path, tree in sources()
        for line, name in mentioned(tree)
        if HEIGHT.get(name.split(".")[0], -1) > HEIGHT[path.parts[0]]
    ]
    assert not climbs


def test_the_guard_of_the_floors_sees_its_back_doors() -> None:
    source = "def f():\n  import campaigns.a\nForeignKey('ledger.Lot')\nx.get_model('analytics', 'Touch')"
    assert [name.split(".")[0] for _, name in mentioned(ast.parse(source))] == [
        "campaigns",
        "ledger",
        "analytics",
    ]


def test_rooms_do_not_know_each_other() -> None:
    found = [
        f"{path}:{line} {room} must not know {name}"
        for room in ROOMS
        for path, tree in sources(f"loyalty_site/{room}")
        for line, name in imported(tree)
        for other in ROOMS
        if other != room and name.startswith(f"loyalty_site.{other}")
    ]
    assert not found


def test_rooms_hold_no_models() -> None:
    found = [
        f"{path}:{node.lineno}"
        for path, tree in sources("loyalty_site")
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and any("models.Model" in ast.unparse(base) for base in node.bases)
    ]
    assert not found


@pytest.mark.parametrize("name", PURE)
def test_pure_modules_touch_no_table_no_setting_and_no_clock(name: str) -> None:
    tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
    impure = [f"{line}: {module}" for line, module in imported(tree) if module.startswith(IMPURE_MODULES)]
    impure += [
        f"{node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and (
            node.attr == "objects"
            or (node.attr in CLOCKS and ast.unparse(node.value).split(".")[-1] in CLOCK_OWNERS)
        )
    ]
    assert not impure


def test_there_is_no_junk_drawer() -> None:
    assert not [str(path) for path, _ in sources() if JUNK_DRAWERS & {path.stem, *path.parts[:-1]}]


def test_no_signals_of_our_own() -> None:
    found = [
        f"{path}:{line} {name}"
        for path, tree in sources()
        for line, name in imported(tree)
        if name.startswith(("django.db.models.signals", "django.dispatch"))
    ]
    assert not found


def test_files_stay_short() -> None:
    lengths = {
        str(path): len((ROOT / path).read_text(encoding="utf-8").splitlines())
        for path, _ in sources(*FLOORS, "tests")
    }
    assert not {path: lines for path, lines in lengths.items() if lines > TOO_LONG}
    for path, lines in lengths.items():
        if lines > LONG:
            print(f"long: {path} has {lines} lines")


def test_settings_stay_on_two_pages() -> None:
    assert len((ROOT / "loyalty_site/settings.py").read_text().splitlines()) <= 200


def managers(tree: ast.AST) -> Iterator[tuple[int, list[str]]]:
    """Yield (line, methods) for every chain `Model.objects.a(…).b(…)`, the longest of each."""
    seen: set[ast.AST] = set()
    for node in ast.walk(tree):  # outer nodes first
        if node in seen:
            continue
        methods, link = [], node
        while isinstance(link, (ast.Call, ast.Attribute)):
            seen.add(link)
            if isinstance(link, ast.Attribute):
                methods.append(link.attr)
            link = link.func if isinstance(link, ast.Call) else link.value
        if {"objects", "_default_manager"} & set(methods):
            yield getattr(node, "lineno", 0), methods[::-1]


def test_no_room_fetches_around_the_gates() -> None:
    """A room may say how rows are read; which rows is for `accounts.access` and `queries` to say."""
    found = [
        f"{path}:{line} {'.'.join(methods)}"
        for room in ROOMS
        for path, tree in sources(f"loyalty_site/{room}")
        for line, methods in managers(tree)
        if set(methods) & (FETCHING if room == "backoffice" else FETCHING | CHOOSING)
        and str(path) not in BEFORE_ANYBODY_IS_KNOWN
    ]
    found += [
        f"{path}:{line} {name}"
        for room in ROOMS
        for path, tree in sources(f"loyalty_site/{room}")
        for line, name in imported(tree)
        if name.endswith(("get_object_or_404", "get_list_or_404"))
    ]
    assert not found


def test_the_guard_of_the_gates_sees_chains() -> None:
    source = (
        "own(actor, Lot.objects.order_by('id'))\nmember = Member.objects.select_related('merchant').get(pk=1)"
    )
    assert sorted(methods for _, methods in managers(ast.parse(source))) == [
        ["objects", "order_by"],
        ["objects", "select_related", "get"],
    ]


def test_every_module_says_what_it_is() -> None:
    assert not [str(path) for path, tree in sources() if not ast.get_docstring(tree)]


def test_requirements_are_pinned_by_hash_and_name_no_index() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        packages = re.findall(r"^[\w.\-\[\]]+==[^\\\n]*(?:\\\n[^\\\n]*)*", text, re.MULTILINE)
        assert packages
        assert not [package for package in packages if "--hash=sha256:" not in package]
        assert not re.search(
            r"^\s*(-i|--index-url|--extra-index-url|--find-links|-f)\b|://", text, re.MULTILINE
        )


def test_the_repository_names_no_machine() -> None:
    """No path of somebody's machine, no secret, nothing that a run makes."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout.split("\0")
    here = Path(__file__).relative_to(ROOT)
    paths = re.compile("|".join(["/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/\\w", "/Us" + "ers/\\w"]))
    found = []
    for name in filter(None, listed):
        path = ROOT / name
        if not path.is_file() or path == here or path.stat().st_size > 2**20:
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{name}: {match.group()}" for match in paths.finditer(text)]
    assert not found
    assert not [
        name for name in listed if name.startswith("var/") or name.endswith((".mo", ".sqlite3", ".pyc"))
    ]
