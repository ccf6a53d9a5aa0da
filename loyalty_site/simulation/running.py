"""As many seeds as asked for, over several processes, each with a database of its own."""

import multiprocessing
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from queue import Empty
from typing import Any, Final

from django.db import connections

from loyalty_site.simulation.scratch import scratch_databases
from loyalty_site.simulation.stories import Story, story
from loyalty_site.simulation.telling import tell

CHUNK: Final = 20
"""Stories told to one database: strangers' books lie around, and few enough to stay quick."""
SAY_EVERY: Final = 200
Fresh = Callable[[], None]


def run(seeds: Sequence[int], *, workers: int, say: Callable[[str], None]) -> list[int]:
    """Tell the stories of the seeds; returns those that failed, after saying what each comes down to."""
    chunks = [seeds[place : place + CHUNK] for place in range(0, len(seeds), CHUNK)]
    failed: list[int] = []
    began = time.monotonic()
    with scratch_databases() as maker:
        fork = multiprocessing.get_context("fork")
        told: Any = fork.Queue()
        parts = [chunks[number::workers] for number in range(workers)]
        processes = [fork.Process(target=_work, args=(part, maker.fresh, told.put)) for part in parts]
        for process in processes:
            process.start()
        for done in range(1, len(seeds) + 1):
            seed, text = _next(told, processes)
            if text:
                failed.append(seed)
                say(f"seed {seed} fails\n{text}")
            if not done % SAY_EVERY or done == len(seeds):
                rate = done / (time.monotonic() - began)
                say(f"{done} of {len(seeds)} seeds told, {rate:.1f}/s, {len(failed)} failed")
        for process in processes:
            process.join()
    return sorted(failed)


def _next(told: Any, processes: Sequence[Any]) -> tuple[int, str]:
    """What the workers tell next. Raises ``ChildProcessError`` when they are gone before the end."""
    while True:
        alive = any(process.is_alive() for process in processes)
        try:
            found: tuple[int, str] = told.get(timeout=1)
        except Empty:
            if not alive:
                raise ChildProcessError("a worker died before its seeds were told") from None
        else:
            return found


def failure(told: Story, fresh: Fresh) -> str:
    """What is wrong with a story, told as shortly as it still goes wrong; empty when nothing is."""
    text = _wrong(told)
    shortest = told
    for place in reversed(range(len(told.steps))) if text else ():
        fresh()
        shorter = replace(shortest, steps=shortest.steps[:place] + shortest.steps[place + 1 :])
        found = _wrong(shorter)
        if found:
            shortest, text = shorter, found
    if not text:
        return ""
    fresh()
    return "\n".join([text, "in short:", *(f"  {step}" for step in shortest.steps)])


def _work(chunks: Sequence[Sequence[int]], fresh: Fresh, put: Callable[[tuple[int, str]], None]) -> None:
    """One worker's stories, twenty to a database."""
    for chunk in chunks:
        fresh()
        for seed in chunk:
            put((seed, failure(story(seed), fresh)))
    connections.close_all()


def _wrong(told: Story) -> str:
    try:
        tell(told)
    except Exception as error:  # noqa: BLE001 (whatever goes wrong is what we look for)
        return f"{type(error).__name__}: {error}"
    return ""
