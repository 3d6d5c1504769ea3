"""What is said on stderr of the checks that explanations went through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cnncli import console
from cnncli.commands.shared.explain_outputs import Collecting, Explained
from cnncli.explain.agreement import TOGETHER
from cnncli.explain.checks import AGREEMENT, FAITHFULNESS, SANITY, STABILITY
from cnncli.explain.correlation import mean
from cnncli.explain.explaining import Map
from cnncli.explain.faithfulness import overall
from cnncli.explain.verdicts import NOT_CHECKED, Verdict
from cnncli.explain.ways import named


class Verdicts(Collecting):
    """Collects the verdicts on all maps, and says at the end what they come to."""

    def __init__(self) -> None:
        super().__init__()
        self._sanity: dict[str, Verdict] = {}
        self._found: dict[tuple[str, str], list[Verdict]] = {}

    def take(self, each: Explained) -> None:
        seen = set()
        for one in each.explanation.maps:
            for check, verdict in one.verdicts.items():
                if check == SANITY:
                    self._sanity[one.name] = verdict
                    continue
                of = _of(one, check, verdict)
                if (check, of, one.target) not in seen:  # both of two that agree say the same
                    seen.add((check, of, one.target))
                    self._found.setdefault((check, of), []).append(verdict)

    def _finish(self) -> None:
        unchecked = [name for name, each in self._sanity.items() if each.verdict == NOT_CHECKED]
        for name, verdict in self._sanity.items():
            if name not in unchecked:
                _say(f"Sanity of {name}: {_sanity(verdict)}.", is_doubt=verdict.is_doubt)
        for check in (AGREEMENT, FAITHFULNESS, STABILITY):
            for (other, of), verdicts in self._found.items():
                if other == check:
                    is_doubt = any(each.is_doubt for each in verdicts)
                    text = _counts(check, verdicts)
                    _say(f"{check.capitalize()} of {of}: {text}.", is_doubt=is_doubt)
        if unchecked:
            console.note(
                f"Not checked whether it depends on what was learnt: {', '.join(unchecked)}. "
                "--sanity checks it."
            )


def _of(each: Map, check: str, verdict: Verdict) -> str:
    """Return of what a verdict is: of a map, or of two."""
    if check != AGREEMENT or verdict.figure is None:
        return each.name
    return " and ".join(
        sorted([each.name, named(*(verdict.about[key] for key in ("with", "with_layer")))])
    )


def _say(text: str, *, is_doubt: bool) -> None:
    if is_doubt:
        console.warn(text)
    else:
        console.note(text)


def _sanity(verdict: Verdict) -> str:
    if verdict.figure is None:
        return verdict.text
    return f"{verdict.text}; an edge detector: {verdict.about['control']:.2f}"


def _counts(check: str, verdicts: Sequence[Verdict]) -> str:
    """Return the verdicts on several maps, with their number and the mean of their figures."""
    words = [TOGETHER.get(each.verdict, each.verdict) for each in verdicts]
    figure = mean([each.figure for each in verdicts])
    if len(verdicts) == 1:
        only = verdicts[0]
        return only.text if figure is None else f"{words[0]} ({figure:.2f}{_random(check, only)})"
    counts = [f"{word} in {count}" for word, count in Counter(words).most_common()]
    said = f"{', '.join(counts)} of {len(verdicts)} {'pairs' if check == AGREEMENT else 'maps'}"
    if figure is None:
        return said
    if check != FAITHFULNESS:
        return f"{said}; mean {figure:.2f}"
    whole = overall(verdicts)
    return f"{said}; in the mean {whole.verdict} ({figure:.2f}{_random(check, whole)})"


def _random(check: str, verdict: Verdict) -> str:
    if check != FAITHFULNESS:
        return ""
    return f", random {verdict.about['random']:.2f} ± {verdict.about['spread']:.2f}"
