"""Numbers as a report writes them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from cnncli.words import counted, devices_in_words

UNKNOWN = "not known"
NARROW = "\u00a0"  # a space at which no line breaks


def percent(share: float | None) -> str:
    """Return a share as "73.3 %"; "not known" for none."""
    return UNKNOWN if share is None or math.isnan(share) else f"{100 * share:.1f}{NARROW}%"


def decimal(value: float | None) -> str:
    """Return a figure with three decimals; "not known" for none."""
    return UNKNOWN if value is None or math.isnan(value) else f"{value:.3f}"


def points(share: float) -> str:
    """Return a difference of two shares as "12.5 points"."""
    return f"{100 * share:.1f}{NARROW}points"


def devices(record: Mapping[str, Any], *, threads: bool = False) -> str:
    """Return what a run was computed on: "1 CPU device, 2 threads"."""
    said = record["devices"]
    if said is None:
        return "a device not recorded"
    number = record["threads"]
    more = f", {counted(number, 'thread')}" if threads and number else ""
    alone = " device" if re.fullmatch("1 [A-Z]+", said) else ""
    return f"{devices_in_words(said)}{alone}{more}"


def width(low: float, high: float) -> str:
    """Return how far two shares are apart, to whole points: "32 points"."""
    return f"{100 * (high - low):.0f}{NARROW}points"


def ends(of: Mapping[str, Any], name: str) -> tuple[float, float] | None:
    """Return the interval of a figure; None where there is none."""
    low, high = of.get(f"{name}_interval") or (None, None)
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return None
    return low, high


def interval(of: Mapping[str, Any], name: str) -> str:
    """Return the interval of a figure as "58.5 to 87.5 %"."""
    found = ends(of, name)
    return UNKNOWN if found is None else f"{100 * found[0]:.1f} to {100 * found[1]:.1f}{NARROW}%"


def with_ends(of: Mapping[str, Any], name: str) -> str:
    """Return a figure as "0.733 (0.585 to 0.875)"."""
    found = ends(of, name)
    return decimal(of[name]) + (f" ({found[0]:.3f} to {found[1]:.3f})" if found else "")


def with_interval(of: Mapping[str, Any], name: str) -> str:
    """Return a figure as "73.3 % (95 % interval 58.5 to 87.5 %)"."""
    value = percent(of.get(name))
    return value if ends(of, name) is None else f"{value} (95 % interval {interval(of, name)})"


def listed(names: Sequence[str], most: int = 5, more: str = "more") -> str:
    """Return names with commas and an "and"; of many, the first few and how many `more`."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most:,} {more}"
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)
