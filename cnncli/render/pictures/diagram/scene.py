"""What a diagram shows: cards, arrows between them, and the groups that they stand in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from cnncli.facts.summary import Layer, Summary
from cnncli.render.terminal.brief import brief


@dataclass(frozen=True)
class Card:
    """A layer, or a group that is not opened."""

    id: str
    title: str
    text: str
    kind: str
    group: tuple[str, ...] = ()


@dataclass(frozen=True)
class Arrow:
    """From one card to another, with the shape that passes."""

    start: str
    end: str
    label: str


@dataclass(frozen=True)
class Scene:
    """Cards in order, and the arrows between them."""

    name: str
    cards: Sequence[Card]
    arrows: Sequence[Arrow]

    @property
    def groups(self) -> list[tuple[str, ...]]:
        """All groups, the outer ones before those inside them."""
        paths = (card.group[:n] for card in self.cards for n in range(1, len(card.group) + 1))
        return list(dict.fromkeys(paths))


KINDS = (
    ("input", ("Input",)),
    ("convolution", ("Conv", "SeparableConv", "DepthwiseConv")),
    ("pooling", ("Max", "Average", "Global", "Adaptive", "UpSampling")),
    ("dense", ("Dense", "EinsumDense", "Embedding", "LSTM", "GRU", "SimpleRNN")),
    ("merge", ("Add", "Average", "Concatenate", "Multiply", "Maximum", "Minimum", "Subtract")),
    ("normalization", ("BatchNorm", "LayerNorm", "GroupNorm", "RMSNorm", "UnitNorm", "Normal")),
    ("attention", ("MultiHead", "Attention", "Grouped", "Additive")),
    ("activation", ("Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax")),
    ("dropout", ("Dropout", "SpatialDropout", "AlphaDropout", "Gaussian")),
)
MERGES = {"Add", "Average", "Concatenate", "Multiply", "Maximum", "Minimum", "Subtract", "Dot"}


def kind(type_name: str) -> str:
    """Return the family of a layer, which chooses its colour."""
    if type_name in MERGES or type_name.startswith("ops."):
        return "merge"
    for family, beginnings in KINDS:
        if type_name.startswith(beginnings):
            return family
    return "other"


def shape_label(layer: Layer) -> str:
    """Return the shape of the first result without the batch: "256 × 256 × 8"."""
    sizes = layer.output_shape[1:]
    return " × ".join("?" if size is None else str(size) for size in sizes)


def group_name(path: Sequence[str]) -> str:
    """Return the name of a group without that of the group around it, which is written there."""
    return path[-1].removeprefix(f"{path[-2]}_") if len(path) > 1 else path[-1]


@dataclass
class _Builder:
    """Collects cards and arrows while nested models are opened."""

    depth: int | None
    cards: list[Card] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)
    members: dict[str, int] = field(default_factory=dict)

    def add(
        self, layers: Sequence[Layer], group: tuple[str, ...], entering: Sequence[tuple[str, str]]
    ) -> list[tuple[str, str]]:
        """Add layers; `entering` are (card, label) of what enters; return those that leave."""
        results: dict[str, list[tuple[str, str]]] = {}
        inputs = [layer for layer in layers if layer.type == "InputLayer"]
        if group and entering:
            results.update(
                {layer.name: [got] for layer, got in zip(inputs, entering, strict=False)}
            )
        for layer in layers:
            if layer.name not in results:
                sources = [got for name in layer.inputs for got in results.get(name, ())]
                results[layer.name] = self._layer(layer, group, sources)
        self._lead_back(layers, results)
        used = {name for layer in layers for name in layer.inputs}
        return [got for layer in layers if layer.name not in used for got in results[layer.name]]

    def _lead_back(
        self, layers: Sequence[Layer], results: dict[str, list[tuple[str, str]]]
    ) -> None:
        """Add the arrows to a layer that is called again on what comes of its first result."""
        place = {layer.name: index for index, layer in enumerate(layers)}
        for layer in layers:
            later = [name for name in layer.inputs if place.get(name, -1) >= place[layer.name]]
            if not layer.layers:
                ((card, _),) = results[layer.name]
                self._connect(card, [got for name in later for got in results[name]])

    def _layer(
        self, layer: Layer, group: tuple[str, ...], sources: list[tuple[str, str]]
    ) -> list[tuple[str, str]]:
        path = (*group, *layer.block)
        is_open = len(path) + 1 < self.depth if self.depth is not None else not layer.is_closed
        if layer.layers and is_open:
            return self.add(layer.layers, (*path, layer.name), sources)
        if self.depth is not None and len(path) >= self.depth:
            return self._closed(layer, path[: self.depth], sources)
        name = "/".join((*path[: len(group)], layer.name))
        if layer.layers:
            text = f"{layer.type} of {_layers(len(layer.layers))}"
            self.cards.append(Card(name, layer.name, text, "block", path))
        else:
            self.cards.append(Card(name, layer.type, _text(layer), kind(layer.type), path))
        self._connect(name, sources)
        return [(name, shape_label(layer))]

    def _closed(
        self, layer: Layer, path: tuple[str, ...], sources: list[tuple[str, str]]
    ) -> list[tuple[str, str]]:
        """Draw a layer as part of a card that stands for its whole block."""
        name = "block " + "/".join(path)
        self.members[name] = self.members.get(name, 0) + 1
        if all(card.id != name for card in self.cards):
            self.cards.append(Card(name, group_name(path), "", "block", path[:-1]))
        self._connect(name, [source for source in sources if source[0] != name])
        return [(name, shape_label(layer))]

    def _connect(self, name: str, sources: list[tuple[str, str]]) -> None:
        for source, label in sources:
            arrow = Arrow(source, name, label)
            if arrow not in self.arrows:
                self.arrows.append(arrow)


def _text(layer: Layer) -> str:
    """Return what a card says of a layer: its arguments; the name of an input; its calls."""
    said = layer.name if layer.type == "InputLayer" else brief(layer)
    return f"{said}, called {layer.calls} times".lstrip(", ") if layer.calls > 1 else said


def scene(summary: Summary, depth: int | None = None) -> Scene:
    """Return what a diagram of a network shows, blocks and nested models open to `depth`."""
    builder = _Builder(depth)
    builder.add(summary.layers, (), ())
    cards = [
        replace(card, text=f"block of {_layers(builder.members[card.id])}")
        if card.id in builder.members
        else card
        for card in builder.cards
    ]
    return Scene(summary.name, cards, builder.arrows)


def _layers(count: int) -> str:
    return f"{count} layer{'' if count == 1 else 's'}"


def lines(card: Card) -> Iterator[str]:
    """Yield the lines of text on a card."""
    yield card.title
    if card.text:
        yield card.text
