"""The site's real processes, as a test runs them: started, waited for, killed and counted."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from django.conf import settings

PATIENCE = 240.0  # seconds; a busy machine starts three processes slowly


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(answer: Callable[[], bool], what: str) -> None:
    """Ask until the answer is yes."""
    deadline = time.monotonic() + PATIENCE
    pause = threading.Event()
    while not answer():
        assert time.monotonic() < deadline, f"{what} did not happen in {PATIENCE} s"
        pause.wait(0.05)


def is_running(pid: int) -> bool:
    """Say whether a process runs; one that ended and was not yet fetched does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def descendants(pid: int) -> set[int]:
    """Return every process below `pid`."""
    found = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found |= {child} | descendants(child)
    return found


class Installation:
    """A running `manage.py up` and what it wrote."""

    def __init__(self, folder: Path, database_url: str, command: Sequence[str] = (), **more: str) -> None:
        self.folder, self.database_url = folder, database_url
        self.port = free_port()
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        own = {
            "WALAA_ENV": "demo",
            "WALAA_VAR": str(folder),
            "DATABASE_URL": database_url,
            "PORT": str(self.port),
            "HOST_TO_BIND": "127.0.0.1",
            "LANG": "C.UTF-8",
        } | more
        self.process = subprocess.Popen(
            command or (sys.executable, "manage.py", "up"),
            cwd=settings.BASE_DIR,
            start_new_session=True,  # a process group of its own, as a terminal gives it
            env=kept | own,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.written = ""
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def signal_group(self, number: signal.Signals) -> None:
        """Send what a terminal sends to everything in the foreground: SIGINT is Ctrl-C."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.written += line

    def wait_for(self, pattern: str, times: int = 1) -> list[str]:
        """Wait until the output matches so many times; returns the matches."""
        try:
            until(lambda: len(re.findall(pattern, self.written)) >= times, pattern)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.written}") from None
        return re.findall(pattern, self.written)

    def child(self, name: str, times: int = 1) -> int:
        """Return the process id of a child at its so-manieth start."""
        return int(self.wait_for(rf"{name} +\| process (\d+)", times)[times - 1])

    def get(self, path: str) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE) as answer:
            return int(answer.status)
