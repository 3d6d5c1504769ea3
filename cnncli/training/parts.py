"""A network in two parts: a frozen front that only infers, and what is trained behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cnncli.training.route import Numbers, Plan, Route, Step, part_class, plan_of, size


@dataclass(frozen=True)
class Parts:
    """A network in two. `front` is None where nothing is frozen before the first trained layer.

    All are Keras models that share the layers of the network: `front` takes images, and gives an
    array of N x D numbers, which `head` takes; `whole` does both. `last` is the name of the last
    frozen layer, `random` those of layers that change images at random in front of it.
    """

    whole: Any
    head: Any = None
    front: Any = None
    last: str = ""
    random: tuple[str, ...] = ()


def split(model: Any, inferring: frozenset[int]) -> Parts:
    """Return the parts of a network whose frozen layers are set; `inferring` are ids of layers.

    Where nothing is frozen, and no layer only infers, the whole is the network itself.
    """
    plan = plan_of(model)
    front = _front(plan, inferring)
    if not front and not any(id(step.layer) in inferring for step in plan.steps):
        return Parts(model)
    random = [step.layer for step in front if _augments(step, plan, inferring)]
    quiet = inferring | {id(step.layer) for step in front}.difference(map(id, random))
    part = part_class()

    def between(
        steps: Sequence[Step], ends: tuple[Numbers, Numbers], packed: tuple[bool, bool]
    ) -> Any:
        return part(model, Route(tuple(steps), *ends, plan.tensors, quiet, packed))

    whole = between(plan.steps, (plan.inputs, plan.outputs), (False, False))
    if not front:
        return Parts(whole)
    head = [step for step in plan.steps if step not in front]
    cut = _cut(front, head, plan)
    return Parts(
        whole,
        between(head, (cut, plan.outputs), (True, False)),
        between(front, (plan.inputs, cut), (False, True)),
        [step for step in front if step.weights][-1].layer.name,
        tuple(layer.name for layer in random),
    )


def _front(plan: Plan, inferring: frozenset[int]) -> list[Step]:
    """Return the calls of the frozen front: all up to the last layer with frozen weights.

    What only makes that smaller, such as pooling, belongs to it as well.
    """
    known = set(plan.inputs)
    possible = []
    for step in plan.steps:
        if known.issuperset(step.inputs) and not step.is_trained and not step.adds_to_the_loss:
            possible.append(step)
            known.update(step.outputs)
    needed: set[int] = set()
    front = []
    for step in reversed(possible):
        if step.weights or needed.intersection(step.outputs):
            front.append(step)
            needed.update(step.inputs)
    front.reverse()
    if not front:
        return []
    known = {*plan.inputs, *(number for step in front for number in step.outputs)}
    for step in possible:
        if step not in front and _only_shrinks(step, known, plan, inferring):
            front.append(step)
            known.update(step.outputs)
    return [step for step in plan.steps if step in front]


def _only_shrinks(step: Step, known: set[int], plan: Plan, inferring: frozenset[int]) -> bool:
    taken = sum(size(plan.tensors[number]) for number in step.inputs)
    same = not step.is_random or id(step.layer) in inferring
    return known.issuperset(step.inputs) and same and 0 < step.size <= taken


def _augments(step: Step, plan: Plan, inferring: frozenset[int]) -> bool:
    """Whether a layer changes images before any layer with weights has seen them."""
    if not step.is_random or not step.layer.trainable or id(step.layer) in inferring:
        return False
    behind = set(step.inputs)
    for other in reversed(plan.steps[: plan.steps.index(step)]):
        if behind.intersection(other.outputs):
            if other.weights:
                return False
            behind.update(other.inputs)
    return True


def _cut(front: Sequence[Step], head: Sequence[Step], plan: Plan) -> Numbers:
    """Return the tensors that the front hands on: what the head takes, and what is a result."""
    made = [number for step in front for number in step.outputs]
    taken = {number for step in head for number in step.inputs} | set(plan.outputs)
    entering = [number for number in plan.inputs if number in taken]  # images themselves, too
    return (*entering, *(number for number in made if number in taken))
