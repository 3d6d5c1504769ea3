"""What is said of an explanation: a figure, and what it means in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

UNDEFINED = "undefined"
NOT_CHECKED = "not checked"


@dataclass(frozen=True)
class Verdict:
    """A check of a map: its figure, None where there is none, and the verdict on it.

    `is_doubt` tells that the map is not to be trusted; `about` is what else is known of it, as
    it stands in the JSON. `detail` is added to the verdict where a person reads it, and `beside`
    to the figure.
    """

    figure: float | None
    verdict: str
    is_doubt: bool = False
    about: Mapping[str, Any] = field(default_factory=dict)
    detail: str = ""
    beside: str = ""

    @property
    def document(self) -> dict[str, Any]:
        """It as JSON."""
        return {"figure": self.figure, "verdict": self.verdict, **self.about}

    @property
    def text(self) -> str:
        """It as a person reads it."""
        said = f"{self.verdict} {self.detail}".strip()
        if self.figure is None:
            return said
        return f"{said} ({'; '.join(filter(None, (rounded(self.figure), self.beside)))})"

    def line(self, check: str) -> str:
        """It as a line about a check; of one that was not made, how to make it."""
        if self.verdict == NOT_CHECKED:
            return f"{check} {NOT_CHECKED}: --{check}"
        return f"{check}: {self.text}"


def rounded(figure: float) -> str:
    """Return a figure with two decimals; of one that they would make 0, the first digit."""
    text = f"{figure:.2f}"
    return f"{figure:.1g}" if figure and not float(text) else text


def undefined(why: str) -> Verdict:
    """Return that nothing can be said, as Spearman's correlation of a constant is no number."""
    return Verdict(None, UNDEFINED, is_doubt=True, detail=f"as {why}")


def uncheckable() -> Verdict:
    """Return that a check needs the inside of a network of which only the answers are to be had."""
    return Verdict(None, "cannot be checked", detail="by answers alone")


def why_flat(*maps: Any) -> str:
    """Return why an order of the values of maps is none."""
    if any(not each.any() for each in maps):
        return "a map is empty" if len(maps) > 1 else "the map is empty"
    return "a map is the same everywhere" if len(maps) > 1 else "the map is the same everywhere"
