"""Numbers of things, in sentences."""

from __future__ import annotations

import re


def counted(number: int, noun: str) -> str:
    """Return "1 image", "2 images", "1,000 classes"."""
    plural = noun + ("es" if noun.endswith("s") else "s")
    return f"{number:,} {noun if number == 1 else plural}"


def devices_in_words(recorded: str) -> str:
    """Return "2 CPUs of 2 workers" for the "2 CPU of 2 workers" that a run's record says."""
    return re.sub("^([0-9]+) ([A-Z]+)", lambda found: counted(int(found[1]), found[2]), recorded)
