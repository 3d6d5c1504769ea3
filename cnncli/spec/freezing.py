"""Patterns of `freeze` and `unfreeze` that name no layer of a network, each told at its place."""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cnncli.errors import Problem
from cnncli.spec import outside
from cnncli.spec.graph import Graph, Node
from cnncli.spec.layer_names import matching, networks
from cnncli.spec.model import Source, Training
from cnncli.spec.ordering import names_in
from cnncli.spec.phases import patterns
from cnncli.spec.problems import Problems, near
from cnncli.spec.tree import shorten

_FEW = 16  # names that can be told all
Why = tuple[str, str]  # what is wrong, and a hint


@dataclass(frozen=True)
class Known:
    """What is known of the layers of a network; one within a nested network is `base/conv1`.

    `layers` are no networks themselves; `results` says how many results each nested network has;
    `closed` are nested networks of which no layer is known, for Keras has not made them yet.
    """

    layers: Sequence[str]
    results: Mapping[str, int]
    closed: Sequence[str] = ()


def check(training: Training, graph: Graph, problems: Problems) -> None:
    """Report the patterns of a recipe that can name no layer of its network."""
    named = list(patterns(training))
    known = _known(graph) if named else None
    for pattern in named:
        why = _why_not(pattern.text, known) if known is not None else None
        if why is not None:
            problems.error(pattern.where, *why)


def faults(training: Training, known: Known, source: Source) -> Iterator[Problem]:
    """Yield what is wrong with the patterns of a recipe, once all layers are known."""
    for pattern in patterns(training):
        why = _why_not(pattern.text, known)
        if why is not None:
            yield source.problem(pattern.where, *why)


def _known(graph: Graph) -> Known:
    """Return what a graph tells of its layers; those of networks from outside it does not."""
    named = dict(_named(graph))
    nested = {name: node.graph for name, node in named.items() if node and node.graph}
    return Known(
        layers=[name for name in named if name not in nested],
        results={name: len(list(names_in(each.outputs))) for name, each in nested.items()},
        closed=[n for n, node in named.items() if node and outside.is_outside(node.class_name)],
    )


def _named(graph: Graph, around: str = "") -> Iterator[tuple[str, Node | None]]:
    """Yield the inputs (None) and the layers of a graph, behind a nested one what is in it."""
    for entry in graph.inputs:
        yield around + entry.name, None
    for node in graph.nodes:
        if node.kind in ("layer", "model"):
            yield around + node.name, node
        if node.graph is not None:
            yield from _named(node.graph, f"{around}{node.name}/")


def _why_not(text: str, known: Known) -> Why | None:
    """Say why a pattern cannot be meant; None for one that names a layer, or may do so."""
    whole, _, index = text.rpartition("/")
    found = bool(matching(text, known.layers))
    results = known.results.get(whole, 0)
    if results > 1 and index in map(str, range(results)):
        return _clash(text, whole, index) if found else _is_result(text, whole)
    if found or _may_be_within(text, known.closed):
        return None
    if whole in known.layers and index.isdecimal():
        return _is_result(text, whole)
    return f'no layer is named "{shorten(text)}"', _meant(text, known)


def _clash(text: str, whole: str, index: str) -> Why:
    message = f'"{text}" names two things: result {index} of "{whole}", and the layer "{index}"'
    return f"{message} within it", "give that layer another name"


def _is_result(text: str, whole: str) -> Why:
    message = f'"{text}" is a result of "{whole}", which is trained or not as a whole'
    return message, f"write {whole}"


def _may_be_within(text: str, closed: Sequence[str]) -> bool:
    """Whether a pattern may name a layer within one of these networks."""
    if "/" not in text:
        return bool(closed)
    begins = [text[:end] for end in range(len(text) + 1)]
    return any(fnmatch.fnmatchcase(f"{name}/", each) for name in closed for each in begins)


def _meant(text: str, known: Known) -> str:
    """Return a hint of what a pattern that names no layer was to be."""
    if matching(f"{text}_*", known.layers):  # a use of a block, or its copies
        return f"{shorten(text)}_* names the layers that begin so"
    names = [*known.layers, *(around for name in known.layers for around in networks(name))]
    if "/" not in text:
        names = [name.rpartition("/")[2] for name in names]
    names = list(dict.fromkeys(names))
    return near(text.strip("*"), names) or _some(text.strip("*"), names)


def _some(text: str, names: Sequence[str]) -> str:
    """Return the names, of many the five that a text is most like."""
    if len(names) <= _FEW:
        return f"its layers are {', '.join(names)}"
    return f"the nearest are {', '.join(difflib.get_close_matches(text, names, n=5, cutoff=0))}"
