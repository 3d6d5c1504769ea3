"""Weights that stand somewhere on the net: what they are called, and how they are known."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Weights:
    """A file of weights: its name, its address, and its MD5 or SHA-256 where that is known."""

    name: str
    address: str
    digest: str | None = None
