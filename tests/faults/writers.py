"""Processes that post orders and say so the moment it was acknowledged; they may die at any time."""

import itertools
import multiprocessing
import signal
import threading
from collections.abc import Sequence
from datetime import datetime
from multiprocessing.connection import Connection, wait
from typing import Any

from django.db import DatabaseError, InterfaceError, connections

from ledger.errors import Busy
from ledger.event import LineItem
from ledger.events import PurchaseMade
from ledger.models import Purchase
from ledger.posting import post
from tests.ledger.books import Books

FORK = multiprocessing.get_context("fork")
PAUSE = 0.05  # seconds before a till tries again what was not answered
PATIENCE = 90.0


class Writer:
    """Orders ``W-number-0``, ``-1``, …, one after another; what was not acknowledged is sent again."""

    def __init__(self, number: int, shoppers: Sequence[Books], now: datetime) -> None:
        self.number, self.shoppers, self.now = number, shoppers, now
        self.acknowledged: dict[str, tuple[int, int]] = {}
        self.repeated = 0
        self.start()

    def start(self) -> None:
        """Start the process where its predecessor was last heard of."""
        self.pipe, theirs = FORK.Pipe()
        first = len(self.acknowledged)
        connections.close_all()
        self.process = FORK.Process(target=self._work, args=(theirs, first), daemon=True)
        self.process.start()
        theirs.close()

    def kill(self) -> None:
        """``kill -9``, and hear what it had still said."""
        self.process.kill()
        self.process.join()
        assert self.process.exitcode == -signal.SIGKILL
        self._hear_out()

    def ends(self) -> None:
        """Let it finish what it is doing, and hear it out."""
        self.pipe.send("enough")
        self._hear_out()
        self.process.join(PATIENCE)
        assert self.process.exitcode == 0

    def hear(self) -> None:
        """Take one acknowledgement."""
        key, points, purchase_id, repeated = self.pipe.recv()
        assert key not in self.acknowledged
        self.acknowledged[key] = (points, purchase_id)
        self.repeated += repeated

    def _hear_out(self) -> None:
        try:
            while True:
                self.hear()
        except (EOFError, ConnectionResetError):
            pass

    def _work(self, pipe: Connection, first: int) -> None:
        connections.close_all()
        for number in itertools.count(first):
            if pipe.poll():
                break
            pipe.send(self._insist(number))
        connections.close_all()
        pipe.close()

    def _insist(self, number: int) -> tuple[str, int, int, bool]:
        """Post one order until the books answer."""
        event = self._order(number)
        while True:
            try:
                receipt = post(event, now=self.now)
            except (DatabaseError, InterfaceError, Busy):
                connections.close_all()
                threading.Event().wait(PAUSE)
                continue
            assert receipt.purchase_id
            return event.key, receipt.points, receipt.purchase_id, receipt.repeated

    def _order(self, number: int) -> PurchaseMade:
        """The order with this number: always the same."""
        shopper = self.shoppers[number % len(self.shoppers)]
        said: dict[str, Any] = shopper.said("order", f"W-{self.number}-{number}", self.now)
        return PurchaseMade(**said, lines=(LineItem(1000 + number * 100),))


def listen(writers: Sequence[Writer], more: int) -> None:
    """Hear so many more acknowledgements, from whoever speaks."""
    by_pipe = {writer.pipe: writer for writer in writers}
    for _heard in range(more):
        spoke = wait(list(by_pipe), timeout=PATIENCE)
        assert spoke, "nobody was answered"
        by_pipe[spoke[0]].hear()  # type: ignore[index]


def prove_acknowledged(writers: Sequence[Writer]) -> None:
    """Insist that every acknowledged order is there once, as it was told, and nothing that nobody sent."""
    booked = {
        key: (points, pk) for key, points, pk in Purchase.objects.values_list("external_id", "points", "pk")
    }
    told = {key: said for writer in writers for key, said in writer.acknowledged.items()}
    assert Purchase.objects.count() == len(booked)
    assert {key: booked.get(key) for key in told} == told
    assert len(booked) <= len(told) + len(writers)  # the last of each may not have been heard
