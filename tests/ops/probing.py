"""Asking the probes as a watch does: asynchronous views want a thread without a loop of its own."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections
from django.test import Client


def probe(path: str, **headers: str) -> Any:
    """Get a page in another thread; browser tests leave an event loop in this one."""

    def get() -> Any:
        try:
            return Client(headers=headers).get(path)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(get).result()
