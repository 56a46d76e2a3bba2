"""The background work: a loop over named steps, which `wsgi` hands in from all three packages."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import TypeAlias

import structlog

Step: TypeAlias = tuple[str, Callable[[], object]]
"""A name for the log, and what to do; doing it with nothing to do is cheap and harmless."""

INTERVAL_SECONDS = 1.0
"""Between rounds when nobody wakes the worker: an edit made in another process is findable within two."""

LONGEST_PAUSE_SECONDS = 60.0
"""After failures the next round waits twice as long each time, up to this."""

_log = structlog.get_logger(__name__)


def run_once(steps: Sequence[Step]) -> tuple[str, ...]:
    """Take every step once; one that fails is logged and the others go on.

    Returns
    -------
    tuple of str
        Names of the steps that failed.
    """
    failed = []
    for name, step in steps:
        began = time.perf_counter()
        try:
            step()
        except Exception:  # noqa: BLE001 - whatever a step raises must not stop the others
            _log.exception("worker step failed", step=name)
            failed.append(name)
        else:
            _log.debug("worker step done", step=name, took_ms=round((time.perf_counter() - began) * 1000))
    return tuple(failed)


def run(steps: Sequence[Step], *, stop: threading.Event, wake: threading.Event) -> None:
    """Take the steps in rounds until `stop` is set.

    Parameters
    ----------
    steps : sequence of Step
        What to do in a round.
    stop : Event
        Ends the loop after the step at hand; set `wake` too, to end a pause.
    wake : Event
        Begins the next round at once, e.g. after an edit in this process.
    """
    pause = INTERVAL_SECONDS
    while not stop.is_set():
        wake.clear()
        failed = run_once(steps)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS) if failed else INTERVAL_SECONDS
        wake.wait(pause)
