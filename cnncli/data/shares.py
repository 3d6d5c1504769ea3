"""Dividing sets of images among parts, so that every part has its share of every class.

scikit-learn's splitters cannot do this: the stratified one knows no groups and refuses a class of
two images, the one for stratified groups makes folds and no given shares.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

TRAIN, VALIDATION, TEST = "train", "validation", "test"
PARTS = (TRAIN, VALIDATION, TEST)


def assign(
    labels: Sequence[str],
    together: Sequence[Sequence[int]],
    shares: tuple[float, float, float],
    seed: int,
) -> list[str]:
    """Return the part of each image: every class has its share in every part.

    `together` are sets of images that stay on one side, `shares` those of PARTS.
    """
    quotas = _quotas(Counter(labels), shares)
    return [PARTS[number] for number in distribute(labels, together, quotas, seed)]


Quotas = dict[str, list[int]]


def _quotas(counts: Counter[str], shares: tuple[float, float, float]) -> Quotas:
    """Return for each class how many images each part gets: within one of its share."""
    test = _largest_remainders(counts, shares[2])
    for label, count in counts.items():
        if shares[2] > 0 and count >= 2:
            test[label] = max(1, test[label])
    rest = Counter({label: count - test[label] for label, count in counts.items()})
    of_rest = shares[1] / (shares[0] + shares[1])
    validation = _largest_remainders(rest, of_rest)
    return {
        label: [rest[label] - validation[label], validation[label], test[label]] for label in counts
    }


def _largest_remainders(counts: Counter[str], share: float) -> dict[str, int]:
    """Return `share` of each count, rounded so that the sum is right and one image always stays."""
    wanted = {label: count * share for label, count in sorted(counts.items())}
    given = {label: int(value) for label, value in wanted.items()}
    left = int(sum(wanted.values()) + 0.5) - sum(given.values())
    for label in sorted(wanted, key=lambda label: (given[label] - wanted[label], label)):
        if left > 0 and given[label] < counts[label] - 1 and wanted[label] > given[label]:
            given[label] += 1
            left -= 1
    return given


def fold_quotas(labels: Sequence[str], folds: int) -> Quotas:
    """Return for each class how many images each fold gets; what is left goes round the folds."""
    quotas: Quotas = {}
    start = 0
    for label, count in sorted(Counter(labels).items()):
        whole, left = divmod(count, folds)
        extra = {(start + step) % folds for step in range(left)}
        quotas[label] = [whole + (fold in extra) for fold in range(folds)]
        start = (start + left) % folds
    return quotas


def distribute(
    labels: Sequence[str], together: Sequence[Sequence[int]], quotas: Quotas, seed: int
) -> list[int]:
    """Return the number of the part of each image, so that the quotas are met.

    The largest sets go first, each into a part that still has room for it, drawn in proportion
    to the room; one that fits nowhere goes where it stands over least. Sets of one image each
    thus meet the quotas exactly.
    """
    import numpy as np

    random = np.random.default_rng([seed, 0x5B117])
    shuffled = [together[place] for place in random.permutation(len(together)).tolist()]
    shuffled.sort(key=len, reverse=True)
    room = {label: list(quota) for label, quota in quotas.items()}
    parts = range(len(next(iter(quotas.values()))))
    result = [0] * len(labels)
    for unit, draw in zip(shuffled, random.random(len(shuffled)).tolist(), strict=True):
        counts = Counter(labels[row] for row in unit)
        chosen = _choose(counts, room, parts, draw)
        for label, count in counts.items():
            room[label][chosen] -= count
        for row in unit:
            result[row] = chosen
    return result


def _choose(counts: Counter[str], room: Quotas, parts: range, draw: float) -> int:
    over = [sum(max(0, n - room[label][part]) for label, n in counts.items()) for part in parts]
    space = [sum(max(0, room[label][part]) for label in counts) for part in parts]
    if min(over) > 0:
        return min(parts, key=lambda part: (over[part], -space[part]))
    weights = [space[part] if over[part] == 0 else 0 for part in parts]
    threshold = draw * sum(weights)
    for part in parts:
        threshold -= weights[part]
        if threshold < 0:
            return part
    return max(parts, key=lambda part: weights[part])
