"""The names under which this machine is reached when nobody configured any."""

import socket


def own_names() -> list[str]:
    """Return localhost, the machine's name and its address on the local network (for a phone beside it)."""
    names = ["localhost", ".localhost", "127.0.0.1", "[::1]", socket.gethostname().lower()]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # a documentation address: nothing is sent, a route is chosen
            names.append(probe.getsockname()[0])
        except OSError:
            pass
    return names
