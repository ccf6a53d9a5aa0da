"""`manage.py up`: the whole installation in one terminal."""

import os
import shutil
from argparse import ArgumentParser
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from accounts.arguments import whole
from loyalty_site.supervisor import Supervisor, answers, port_is_free, programs
from loyalty_site.tasks import prepare_broker

NAMES = ("web", "worker", "beat")


class Command(BaseCommand):
    """Runs web, worker and beat until Ctrl-C."""

    help = "Run web, worker and beat in the foreground; restart what dies; end all on Ctrl-C."
    requires_migrations_checks = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=whole(1, 65_535), default=settings.PORT, help="PORT by default")
        parser.add_argument("--host", default=os.environ.get("HOST_TO_BIND", "0.0.0.0"))  # noqa: S104
        parser.add_argument(
            "--threads", type=whole(1, 1_000), default=4, help="threads of a web process and of the worker"
        )
        parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, help="run these alone")

    def handle(self, *args: Any, port: int, host: str, threads: int, only: list[str], **options: Any) -> None:
        if "web" in only and not port_is_free(host, port):
            raise CommandError(f"Port {port} is taken. Choose another: PORT={port + 1} make run")
        prepare_broker(settings.CELERY_BROKER_URL)
        chosen = [
            program for program in programs(bind=f"{host}:{port}", threads=threads) if program.name in only
        ]
        supervisor = Supervisor(chosen, environment=child_environment(port), out=self.stdout)
        supervisor.run(
            when_ready=lambda: self.greet(port), is_ready=lambda: "web" not in only or answers(port)
        )
        self.stdout.write("Ended.")

    def greet(self, port: int) -> None:
        """Print where to go and how to sign in."""
        site = settings.SITE_URL if settings.PRODUCTION else f"http://localhost:{port}"
        lines = [f"Walaa runs at {site}/", f"  back office  {site}/admin/", f"  till         {site}/till/"]
        self.stdout.write("\n".join(["", *lines, *sign_ins(site), "  Ctrl-C ends everything.", ""]))
        self.stdout.flush()


def child_environment(port: int) -> dict[str, str]:
    """Return the children's environment: ours, the port, a folder where web processes add up metrics."""
    environment = os.environ | {"PORT": str(port), "DJANGO_SETTINGS_MODULE": "loyalty_site.settings"}
    if settings.METRICS_TOKEN:
        folder = settings.VAR_DIR / "metrics"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        environment["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    return environment


def sign_ins(site: str) -> list[str]:
    """Return the demo's ways in, one a line; none where no demo was loaded."""
    if not settings.LOAD_DEMO:
        return []
    try:
        demo = import_module(
            "loyalty_site.demo"
        )  # here alone: it brings the libraries of the history it loads
    except ModuleNotFoundError:
        return []
    ways = demo.sign_ins()
    connections.close_all()  # the supervisor keeps no connection while it only watches
    return [f"  {way.who:<12} {site}{way.path:<10} {way.login}  {way.secret}" for way in ways]
