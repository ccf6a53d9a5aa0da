"""What every test may ask for."""

import sys
import threading
import traceback
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connections
from pytest_django import DjangoDbBlocker

if TYPE_CHECKING:
    from tests.cast import Cast, Shop

CHROMIUM = Path("/usr/bin/chromium")
ON_BOTH_DATABASES = {
    *("accounts", "imports", "erasing", "ledger", "campaigns", "api", "till", "concurrency", "safekeeping"),
    *("faults", "simulation"),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the rooms whose tests run again on PostgreSQL, and skip browsers that are not there."""
    no_browser = pytest.mark.skip(reason=f"browser tests skipped: no Chromium at {CHROMIUM}")
    for item in items:
        if item.path.parent.name in ON_BOTH_DATABASES and not item.get_closest_marker("browser"):
            item.add_marker("postgres")
        if item.get_closest_marker("browser") and not CHROMIUM.exists():
            item.add_marker(no_browser)
    # What starts whole installations takes longest: begun last, it would leave the other worker idle.
    items.sort(key=lambda item: item.get_closest_marker("processes") is None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Show where every thread of the site stood when a browser waited in vain."""
    report: Any = yield
    if report.failed and item.get_closest_marker("browser"):
        names = {thread.ident: thread.name for thread in threading.enumerate()}
        stood = [
            f"{names.get(ident)}\n{''.join(traceback.format_stack(frame)[-12:])}"
            for ident, frame in sys._current_frames().items()
        ]
        report.sections.append(("threads", "\n".join(stood)))
    return report


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile the Arabic catalogues once, before any worker reads them."""
    if not hasattr(session.config, "workerinput"):
        from loyalty_site.catalogues import compile_stale

        compile_stale()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Throw away what the run's databases left, once all workers are done."""
    if hasattr(session.config, "workerinput"):
        return
    from tests import databases

    databases.finish()


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Give this process its migrated database; see `tests.databases`."""
    from tests import databases

    with django_db_blocker.unblock():
        maker = databases.copies()
        databases.install(maker, maker.start())
        yield
        connections.close_all()


@pytest.fixture(autouse=True)
def _clean_cache() -> None:
    """Start every test without counted attempts or remembered answers."""
    from programs.queries import forget_terms

    cache.clear()
    forget_terms()


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Stand still at noon of 15 November 2026 in Riyadh; `clock.move_to(...)` travels."""
    from tests.cast import NOW

    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def stage(db: None, clock: time_machine.Traveller) -> "Cast":
    """Everybody."""
    from tests.cast import the_cast

    return the_cast()


@pytest.fixture
def shop(stage: "Cast") -> "Shop":
    """Our shop."""
    return stage.shop


@pytest.fixture
def database_url(transactional_db: None) -> str:
    """The address of this test's own database, for processes it starts."""
    from tests import databases

    return databases.url()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium of the system, driven by Playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def new_page(browser: Any, live_server: Any) -> Iterator[Any]:
    """Open pages on the running site: `new_page("ar")`, `new_page("en", width=390)`.

    Every page is a person of their own; a script's error or a refusal by the policy fails the test.
    """
    contexts, complaints = [], []

    def complain(message: Any) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            complaints.append(message.text)

    def open_page(language: str = "ar", *, width: int = 1280, height: int = 900, **options: Any) -> Any:
        context = browser.new_context(
            base_url=live_server.url,
            locale={"ar": "ar-SA", "en": "en-GB"}[language],
            viewport={"width": width, "height": height},
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", complain)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, complaints
