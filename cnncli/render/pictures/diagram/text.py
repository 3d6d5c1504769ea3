"""A scene as text that other programs draw: Mermaid, and Graphviz's dot."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cnncli.render.pictures.diagram.colours import BORDERS, FILLS
from cnncli.render.pictures.diagram.scene import Card, Scene, group_name, lines


def mermaid(scene: Scene, horizontal: bool = False) -> str:
    """Return a Mermaid flowchart, as GitHub and many wikis draw it."""
    ids = {card.id: f"n{index}" for index, card in enumerate(scene.cards)}

    def node(card: Card, indent: str) -> str:
        title, *rest = (_mermaid_text(line) for line in lines(card))
        text = "<br>".join([f"<b>{title}</b>", *rest])
        return f'{indent}{ids[card.id]}["{text}"]:::{card.kind}'

    def group(path: tuple[str, ...], inside: list[str], indent: str, number: int) -> list[str]:
        title = _mermaid_text(group_name(path))
        return [f'{indent}subgraph g{number}["{title}"]', *inside, f"{indent}end"]

    body = _grouped(scene, node, group)
    arrows = [
        f'  {ids[arrow.start]} -->|"{_mermaid_text(arrow.label)}"| {ids[arrow.end]}'
        for arrow in scene.arrows
    ]
    used = dict.fromkeys(card.kind for card in scene.cards)
    classes = [
        f"  classDef {kind} fill:{FILLS[kind]},stroke:{BORDERS[kind]},color:#111" for kind in used
    ]
    if scene.groups:
        classes.append("  classDef group fill:#F6F6F6,stroke:#A8A8A8,color:#111")
        classes.append(f"  class {','.join(f'g{n}' for n in range(len(scene.groups)))} group")
    return "\n".join([f"flowchart {'LR' if horizontal else 'TD'}", *body, *arrows, *classes]) + "\n"


def _mermaid_text(text: str) -> str:
    """Write what Mermaid would read as markup as entities."""
    for character in '#&"<>|[]{}`':
        text = text.replace(character, f"\0{ord(character)};")
    return text.replace("\0", "#")


def dot(scene: Scene, horizontal: bool = False) -> str:
    """Return a Graphviz digraph; `dot -Tsvg` draws it."""
    ids = {card.id: f"n{index}" for index, card in enumerate(scene.cards)}

    def node(card: Card, indent: str) -> str:
        text = "\\n".join(_quoted(line) for line in lines(card))
        return (
            f'{indent}{ids[card.id]} [label="{text}", fillcolor="{FILLS[card.kind]}", '
            f'color="{BORDERS[card.kind]}"];'
        )

    def group(path: tuple[str, ...], inside: list[str], indent: str, number: int) -> list[str]:
        head = [
            f"{indent}subgraph cluster_{number} {{",
            f'{indent}  label="{_quoted(group_name(path))}"; style="rounded"; color="#999999";',
        ]
        return [*head, *inside, f"{indent}}}"]

    arrows = [
        f'  {ids[arrow.start]} -> {ids[arrow.end]} [label=" {_quoted(arrow.label)} "];'
        for arrow in scene.arrows
    ]
    head = [
        f'digraph "{_quoted(scene.name)}" {{',
        f'  graph [rankdir={"LR" if horizontal else "TB"}, fontname="Helvetica", fontsize=11];',
        '  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=11];',
        '  edge [fontname="Helvetica", fontsize=9, color="#555555", fontcolor="#555555"];',
    ]
    return "\n".join([*head, *_grouped(scene, node, group), *arrows, "}"]) + "\n"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")


Node = Callable[[Card, str], str]
Group = Callable[[tuple[str, ...], list[str], str, int], list[str]]


def _grouped(scene: Scene, node: Node, group: Group) -> list[str]:
    numbers = {path: index for index, path in enumerate(scene.groups)}

    def inside(path: tuple[str, ...], cards: Sequence[Card]) -> list[str]:
        indent = "  " * (len(path) + 1)
        written: list[str] = []
        seen = set()
        for card in cards:
            if card.group == path:
                written.append(node(card, indent))
                continue
            inner = card.group[: len(path) + 1]
            if inner not in seen:
                seen.add(inner)
                members = [c for c in cards if c.group[: len(inner)] == inner]
                written += group(inner, inside(inner, members), indent, numbers[inner])
        return written

    return inside((), scene.cards)
