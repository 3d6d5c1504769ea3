"""Paired measurements: candidates take turns, so that a noisy machine disturbs all alike."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Process:
    """What a finished process took: wall-clock seconds and peak resident memory in bytes."""

    seconds: float
    peak_bytes: int


def run_process(argv: Sequence[str], env: Mapping[str, str] = os.environ) -> Process:
    """Run a command to its end, its output thrown away; a failure is an error here.

    Python keeps what it compiles: installed code is compiled once, and not by every process.
    """
    kept = {key: value for key, value in env.items() if key != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    child = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=kept)
    complaint = child.stderr.read() if child.stderr else b""
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    if status != 0:
        raise RuntimeError(f"{' '.join(argv)} failed: {complaint.decode(errors='replace')}")
    scale = 1 if sys.platform == "darwin" else 1024
    return Process(seconds, usage.ru_maxrss * scale)


def rotate(
    candidates: Mapping[str, Callable[[], float]], rounds: int = 9
) -> dict[str, list[float]]:
    """Return the measure of each candidate in each round; the order moves on by one each round.

    A round before these warms the caches and is thrown away.
    """
    names = list(candidates)
    for name in names:
        candidates[name]()
    measured: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds):
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            measured[name].append(candidates[name]())
    return measured


def ratio(measured: Mapping[str, Sequence[float]], name: str, peer: str) -> float:
    """Return the median over the rounds of `name` divided by `peer`."""
    pairs = zip(measured[name], measured[peer], strict=True)
    return statistics.median(own / other for own, other in pairs)


def verdict(
    measured: Mapping[str, Sequence[float]],
    name: str,
    peer: str,
    *,
    at_most: float | None = None,
    at_least: float | None = None,
    unit: str = "s",
) -> bool:
    """Print medians, ratio, spread and limit of one pair; return whether the limit is kept."""
    value = ratio(measured, name, peer)
    pairs = sorted(a / b for a, b in zip(measured[name], measured[peer], strict=True))
    kept = (at_most is None or value <= at_most) and (at_least is None or value >= at_least)
    limit = f"at most {at_most}" if at_most is not None else f"at least {at_least}"
    if at_most is None and at_least is None:
        limit = "no limit"
    print(
        f"{'ok  ' if kept else 'MISS'} {name} / {peer}: {value:.3f} "
        f"({pairs[0]:.3f} to {pairs[-1]:.3f}; {limit})  "
        f"[{statistics.median(measured[name]):.3g} {unit} / "
        f"{statistics.median(measured[peer]):.3g} {unit}, {len(pairs)} rounds]"
    )
    return kept
