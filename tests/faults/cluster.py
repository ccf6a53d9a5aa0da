"""A PostgreSQL of the test's own, to be stopped as rudely as a power cut stops one."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connections

from tests.ops.processes import free_port

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
OWNER = "postgres"


def bin_folder() -> Path | None:
    """Where the server's programs are, if they are."""
    found = shutil.which("initdb")
    return PROGRAMS[-1].parent if PROGRAMS else Path(found).parent if found else None


class Cluster:
    """A server on a port of its own, with every acknowledged write on disk."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.data, self.programs, self.port = folder / "data", programs, free_port()
        self.user = OWNER if os.getuid() == 0 else None  # a server refuses to run as root
        self.run("initdb", "-D", str(self.data), "-U", OWNER, "-A", "trust", "-E", "UTF8", "--no-sync")

    def run(self, program: str, *arguments: str) -> None:
        """Run one of the server's programs to its end."""
        subprocess.run(
            [str(self.programs / program), *arguments],
            user=self.user, cwd="/", check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def start(self) -> None:
        """Start, after a crash with its recovery; returns when it answers."""
        options = f"-p {self.port} -k {self.data.parent} -c listen_addresses=127.0.0.1"
        self.run("pg_ctl", "-D", str(self.data), "-o", options, "-l", str(self.data / "log"), "-w", "start")

    def stop(self) -> None:
        """Stop at once: no checkpoint, no goodbye."""
        self.run("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")

    def take_over(self, given: dict[str, Any]) -> None:
        """Copy the database that Django now uses into this server, and point Django here."""
        source = ["-h", given["HOST"], "-p", str(given["PORT"] or 5432), "-U", given["USER"], given["NAME"]]
        environment = os.environ | {"PGPASSWORD": given["PASSWORD"] or ""}
        dump = subprocess.run(
            [str(self.programs / "pg_dump"), "--no-owner", *source],
            env=environment,
            check=True,
            capture_output=True,
        )
        here = ["-h", "127.0.0.1", "-p", str(self.port), "-U", OWNER, "-q", "-v", "ON_ERROR_STOP=1", OWNER]
        subprocess.run(
            [str(self.programs / "psql"), *here], input=dump.stdout, check=True, stdout=subprocess.DEVNULL
        )
        connections.close_all()
        given |= {"HOST": "127.0.0.1", "PORT": str(self.port), "USER": OWNER, "PASSWORD": "", "NAME": OWNER}


@contextmanager
def own_cluster(programs: Path) -> Iterator[Cluster]:
    """Run a server on a copy of this test's database; Django is pointed at it meanwhile."""
    given = connections.settings["default"]
    kept = dict(given)
    with tempfile.TemporaryDirectory(prefix="walaa-cluster-", ignore_cleanup_errors=True) as folder:
        if os.getuid() == 0:
            os.chown(folder, pwd.getpwnam(OWNER).pw_uid, -1)
        cluster = Cluster(Path(folder), programs)
        cluster.start()
        try:
            cluster.take_over(given)
            yield cluster
        finally:
            connections.close_all()
            given.update(kept)
            cluster.stop()
