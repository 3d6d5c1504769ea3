"""What is said on stderr of the checks that explanations went through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import fmean

from cnncli import console
from cnncli.commands.shared.explain_outputs import Collecting, Explained
from cnncli.explain.agreement import CONTRADICT, TOGETHER, words
from cnncli.explain.checks import AGREEMENT, FAITHFULNESS, SANITY, STABILITY
from cnncli.explain.correlation import mean
from cnncli.explain.explaining import Map
from cnncli.explain.faithfulness import BETTER, overall
from cnncli.explain.verdicts import NOT_CHECKED, UNDEFINED, Verdict, rounded
from cnncli.explain.ways import named
from cnncli.words import counted


class Verdicts(Collecting):
    """Collects the verdicts on all maps, and says at the end what they come to."""

    def __init__(self) -> None:
        super().__init__()
        self._sanity: dict[str, Verdict] = {}
        self._found: dict[tuple[str, str], list[Verdict]] = {}
        self._pairs: dict[str, list[float]] = {}
        self._images = 0

    def take(self, each: Explained) -> None:
        self._images += bool(each.explanation.maps)
        known = set()
        several = len({one.target for one in each.explanation.maps}) > 1
        for one in each.explanation.maps:
            for check, verdict in one.verdicts.items():
                if check == SANITY:
                    self._sanity[one.name] = verdict
                elif check != AGREEMENT or verdict.figure is None:
                    # The probabilities of all classes add up to 1, so that the areas of their
                    # random maps would take each other away in a mean.
                    is_apart = several and check == FAITHFULNESS
                    name = f"{one.name} for {one.target}" if is_apart else one.name
                    self._found.setdefault((check, name), []).append(verdict)
                else:
                    for pair, figure in _pairs(one, verdict):
                        if (one.target, pair) not in known:  # both of it say the same
                            known.add((one.target, pair))
                            self._pairs.setdefault(pair, []).append(figure)

    def _finish(self) -> None:
        unchecked = [name for name, each in self._sanity.items() if each.verdict == NOT_CHECKED]
        for name, verdict in self._sanity.items():
            if name not in unchecked:
                _say(f"Sanity of {name}: {_sanity(verdict)}.", is_doubt=verdict.is_doubt)
        self._say_pairs()
        for check in (AGREEMENT, FAITHFULNESS, STABILITY):
            for (other, of), verdicts in self._found.items():
                if other == check:
                    is_doubt = any(each.is_doubt for each in verdicts)
                    text = _counts(check, verdicts, self._of(verdicts))
                    _say(f"{check.capitalize()} of {of}: {text}.", is_doubt=is_doubt)
        if unchecked:
            console.note(
                f"Not checked whether it depends on what was learnt: {', '.join(unchecked)}. "
                "--sanity checks it."
            )

    def _of(self, verdicts: Sequence[Verdict]) -> str:
        """Return how many maps there are; in words of images, if each has one of them."""
        return counted(len(verdicts), "image" if len(verdicts) == self._images else "map")

    def _say_pairs(self) -> None:
        """Name each pair of methods that contradict each other somewhere; the others together."""
        peaceful = []
        for pair, figures in self._pairs.items():
            is_doubt = min(figures) < CONTRADICT
            if is_doubt or len(self._pairs) == 1:
                _say(f"Agreement of {pair}: {_agreement(figures)}.", is_doubt=is_doubt)
            else:
                peaceful += figures
        if peaceful:
            others = "the others" if len(peaceful) < sum(map(len, self._pairs.values())) else "all"
            console.note(
                f"Agreement of {others}: none contradict; mean {rounded(fmean(peaceful))}."
            )


def _pairs(each: Map, verdict: Verdict) -> Iterator[tuple[str, float]]:
    """Yield the name of each pair that a map belongs to, and its correlation if it has one."""
    for other in verdict.about["all"]:
        if other["figure"] is not None:
            names = sorted([each.name, named(other["method"], other["layer"])])
            yield " and ".join(names), other["figure"]


def _agreement(figures: Sequence[float]) -> str:
    said = [TOGETHER[words(each)] for each in figures]
    if len(said) == 1:
        return f"they {said[0]} ({rounded(figures[0])})"
    return f"they {_counted(said)} of {len(said)} pairs of maps; mean {rounded(fmean(figures))}"


def _say(text: str, *, is_doubt: bool) -> None:
    if is_doubt:
        console.warn(text)
    else:
        console.note(text)


def _sanity(verdict: Verdict) -> str:
    if verdict.figure is None:
        return verdict.text
    return (
        f"{verdict.text}; an edge detector, which knows no network: {verdict.about['control']:.2f}"
    )


def _counts(check: str, verdicts: Sequence[Verdict], of: str) -> str:
    """Return the verdicts on several maps, with their number and the mean of their figures."""
    figure = mean([each.figure for each in verdicts])
    if len(verdicts) == 1 and figure is None:
        return verdicts[0].text
    if len(verdicts) == 1:
        return f"{verdicts[0].verdict} ({_shown(verdicts[0])})"
    if figure is not None and check == FAITHFULNESS:
        return _faithfulness(verdicts, of)
    said = f"{_counted([each.verdict for each in verdicts])} of {of}"
    return said if figure is None else f"{said}; mean {rounded(figure)}"


def _faithfulness(verdicts: Sequence[Verdict], of: str) -> str:
    """Return the verdict on a method, in how many images it is better, and the mean area."""
    whole = overall(verdicts)
    said = BETTER if whole.verdict == BETTER else f"{whole.verdict}: better"
    count = [each.verdict for each in verdicts].count(UNDEFINED)
    nothing = f", {UNDEFINED} in {count:,}" if count else ""
    return f"{said} in {whole.about['better']:,} of {of}{nothing} (mean {_shown(whole)})"


def _counted(said: Sequence[str]) -> str:
    return ", ".join(f"{each} in {count}" for each, count in Counter(said).most_common())


def _shown(verdict: Verdict) -> str:
    """Return the figure of a verdict, and of faithfulness that of random maps."""
    about = verdict.about
    figures = [verdict.figure or 0.0, *(about[key] for key in ("random", "spread") if key in about)]
    shown = [rounded(each) for each in figures]
    return shown[0] if len(shown) == 1 else f"{shown[0]}, random {shown[1]} ± {shown[2]}"
