"""The worker's loop: a failing step harms no other, and it ends when told."""

from __future__ import annotations

import threading

from directory import worker


def test_a_failing_step_is_named_and_the_others_are_taken():
    taken = []

    def fail() -> None:
        raise RuntimeError("broken")

    steps = [("first", lambda: taken.append(1)), ("bad", fail), ("last", lambda: taken.append(3))]
    assert worker.run_once(steps) == ("bad",)
    assert taken == [1, 3]


def test_the_loop_goes_on_after_a_failure_and_ends_when_told():
    stop, wake = threading.Event(), threading.Event()
    rounds = []

    def step() -> None:
        rounds.append(len(rounds))
        wake.set()  # there is more to do at once
        if len(rounds) == 3:
            stop.set()
        raise RuntimeError("broken")

    worker.run([("step", step)], stop=stop, wake=wake)
    assert rounds == [0, 1, 2]
