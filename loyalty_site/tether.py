"""Run a command that ends when its parent does, whatever ended the parent.

    python -I tether.py SIGTERM gunicorn …

Linux sends the named signal the moment the parent dies, even by `kill -9`; the promise survives `exec`.
Elsewhere the command simply runs. This file is run by its path and imports nothing of the project, so that a
child costs no start-up time of ours.
"""

import contextlib
import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Ask for the signal, make sure that the parent still lives, become the command."""
    wanted, parent, *command = sys.argv[1:]
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.Signals[wanted])
    if os.getppid() != int(parent):  # it died before we asked
        sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main()
