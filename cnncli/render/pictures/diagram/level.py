"""The inside of one group of a drawing, and its place in what is around it.

A group is laid out for itself, between the ports where arrows enter and leave it, and is then one
item of what it stands in: so groups never meet, and arrows go in and out at one place. Everything
is in inches: `b` across the flow, `a` along it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from cnncli.render.pictures.diagram.columns import Columns
from cnncli.render.pictures.diagram.layered import Layers, Link, Name, layers
from cnncli.render.pictures.diagram.scene import Card, Scene
from cnncli.render.pictures.diagram.straight import Extent, across

Path = tuple[str, ...]
GAP = 0.3  # between items of a row
PADDING = 0.15  # between a rim and what is in it
STRAIGHT, SHORTEST, LONGEST = 0.26, 0.42, 0.66  # the way between two rows
STEEP = 0.12  # of the way aside


@dataclass(frozen=True)
class Port:
    """Where the arrows of a card enter a group, or leave it."""

    side: Literal["in", "out"]
    source: str


@dataclass(frozen=True)
class Size:
    """What a card takes: before and behind its middle across the flow, along it, and its label."""

    before: float
    after: float
    length: float
    label: float = 0.0  # along the flow, behind the card


@dataclass(frozen=True)
class Title:
    """The room that the name of a group needs, in its corner before the place of arrows."""

    before: float  # the group across the flow, before the first place where arrows enter, at least
    length: float  # the group along the flow, at least
    beside: float  # beside its cards across the flow
    strip: float  # before its cards along the flow


@dataclass
class Level:
    """The inside of one group (or of the whole), with its own origin."""

    path: Path
    layers: Layers
    sizes: dict[Name, Size]
    inner: dict[Name, Level]
    b: dict[Name, float] = field(default_factory=dict)
    tops: list[float] = field(default_factory=list)
    bottoms: list[float] = field(default_factory=list)  # the end of the items of a row
    bends: list[float] = field(default_factory=list)  # where links leave their straight way
    before: float = 0.0
    after: float = 0.0
    length: float = 0.0
    columns: Columns = field(default_factory=lambda: Columns(()))

    def meets(self, name: Name, source: str, *, enters: bool) -> float:
        """Return where across the flow the arrows of a card meet an item."""
        inner = self.inner.get(name)
        return self.b[name] + (inner.b[Port("in" if enters else "out", source)] if inner else 0.0)

    def reach(self, name: Name) -> tuple[float, float]:
        """Return how far an item reaches across the flow, before and behind its place."""
        size = self.sizes.get(name)
        return (size.before, size.after) if size else (0.0, 0.0)

    def label(self, name: Name) -> float:
        """Return how much room the label of an item takes behind it, along the flow."""
        return self.sizes[name].label if name in self.sizes else 0.0

    def begin(self, name: Name) -> float:
        """Return where along the flow an item begins: in the middle of its row."""
        rank = self.layers.rank[name]
        thick = self.bottoms[rank] - self.tops[rank]
        return self.tops[rank] + (thick - self.sizes[name].length) / 2

    def end(self, name: Name) -> float:
        return self.begin(name) + self.sizes[name].length


@dataclass(frozen=True)
class Arranger:
    """What is known of a scene before anything has a place."""

    scene: Scene
    sizes: Mapping[str, Size]
    titles: Mapping[Path, Title]
    hops: Mapping[Path, Sequence[Link]]

    def level(self, path: Path) -> Level:
        """Lay out a group."""
        cards = [card for card in self.scene.cards if card.group[: len(path)] == path]
        members = list(dict.fromkeys(child(card, len(path)) for card in cards))
        links = list(self.hops.get(path, ()))
        ports = dict.fromkeys(
            end for link in links for end in (link.start, link.end) if isinstance(end, Port)
        )
        position = {card.id: index for index, card in enumerate(self.scene.cards)}
        # What comes from afar passes beside what comes from the last card.
        entries = sorted(
            (p for p in ports if p.side == "in"), key=lambda port: -position[port.source]
        )
        exits = [port for port in ports if port.side == "out"]
        inner: dict[Name, Level] = {m: self.level(m) for m in members if isinstance(m, tuple)}
        level = Level(
            path,
            layers([*entries, *members, *exits], links, first=set(entries), last=set(exits)),
            {member: self._size(member, inner) for member in members}
            | dict.fromkeys(ports, Size(0.0, 0.0, 0.0)),
            inner,
        )
        self._across(level)
        self._along(level, bool(entries), bool(exits))
        return level

    def _size(self, member: Name, inner: Mapping[Name, Level]) -> Size:
        if isinstance(member, str):
            return self.sizes[member]
        level = inner[member]
        return Size(level.before, level.after, level.length)

    def _across(self, level: Level) -> None:
        """Give each item its place beside the others; the first one's is the origin."""
        offsets = {
            (name, port.source, port.side == "in"): inner.b[port]
            for name, inner in level.inner.items()
            for port in inner.b
            if isinstance(port, Port)
        }
        extents = {name: Extent(size.before, size.after) for name, size in level.sizes.items()}
        level.b = across(level.layers, extents, offsets, GAP)
        origin = next(iter(level.b.values()), 0.0)
        level.b = {name: place - origin for name, place in level.b.items()}
        level.before = max(level.reach(name)[0] - place for name, place in level.b.items())
        level.after = max(level.reach(name)[1] + place for name, place in level.b.items())
        if level.path:
            title = self.titles[level.path]
            level.before = max(level.before + PADDING + title.beside, title.before)
            level.after += PADDING

    def _along(self, level: Level, enters: bool, leaves: bool) -> None:
        """Give each row its place: its items, their labels beside straight links, then bends."""
        strip = self.titles[level.path].strip if level.path else 0.0
        at = 0.0 if enters else strip
        if level.path and not enters:
            at += PADDING
        last = len(level.layers.rows) - 1
        for number, row in enumerate(level.layers.rows):
            level.tops.append(at)
            at += max((level.sizes[name].length for name in row if name in level.sizes), default=0)
            level.bottoms.append(at)
            if number == 0 and enters:
                at += strip
            else:
                at += max((level.label(name) for name in row), default=0.0)
            level.bends.append(at)
            if number < last:
                to_port = leaves and number == last - 1
                at += max(_way(level, number), PADDING if to_port else 0.0)
        level.length = at if leaves or not level.path else at + PADDING
        if level.path:
            level.length = max(level.length, self.titles[level.path].length)
        if leaves:
            level.tops[-1] = level.bottoms[-1] = level.bends[-1] = level.length


def _way(level: Level, rank: int) -> float:
    """Return the length of the way from one row to the next: more, the further arrows go aside."""
    pieces = [piece for piece in level.layers.pieces if level.layers.rank[piece.start] == rank]
    aside = max((abs(_aside(level, piece)) for piece in pieces), default=0.0)
    port = any(isinstance(end, Port) for piece in pieces for end in (piece.start, piece.end))
    if aside < 0.01:
        return 0.12 if port else STRAIGHT
    return min(max(SHORTEST, aside * STEEP), LONGEST)


def _aside(level: Level, piece: Link) -> float:
    start = level.meets(piece.start, piece.source, enters=False)
    return level.meets(piece.end, piece.source, enters=True) - start


def child(card: Card, depth: int) -> Name:
    """Return what stands for a card `depth` groups deep: itself, or the group that it is in."""
    return card.id if len(card.group) == depth else card.group[: depth + 1]
