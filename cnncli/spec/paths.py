"""The text of a spec with the path of each layer behind it, as a comment."""

from __future__ import annotations

from collections.abc import Iterator

from cnncli.errors import SpecError
from cnncli.spec.load import load_text
from cnncli.spec.model import Body, Spec
from cnncli.spec.reader import decode, read
from cnncli.spec.tree import to_value
from cnncli.spec.writer import dump

# Comments stand below each other; behind a longer line they stand where it ends.
_WIDEST = 100


def with_paths(spec: Spec) -> str:
    """Return the text of a spec file with `# layers[0]` at the end of each layer's first line.

    What extends another file is written out first: its layers stand in both.
    """
    if spec.source.parents:
        spec = load_text(dump(spec), spec.source.name)
    lines = list(spec.source.lines)
    before = _meaning(lines)
    found = _by_line(spec)
    widths = [len(lines[number - 1]) for number in found]
    width = max((each for each in widths if each <= _WIDEST), default=0)
    for number, paths in sorted(found.items()):
        line = lines[number - 1]
        commented = f"{line.ljust(width)}  # {', '.join(paths)}"
        changed = [*lines[: number - 1], commented, *lines[number:]]
        # Within a text of several lines a comment would be a part of it.
        if _meaning(changed) == before:
            lines = changed
    return "\n".join(lines).rstrip("\n") + "\n"


def _by_line(spec: Spec) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for body in (spec.body, *spec.blocks.values()):
        for line, path in _paths(body):
            found.setdefault(line, []).append(path)
    return found


def _paths(body: Body) -> Iterator[tuple[int, str]]:
    for use in body.layers:
        yield use.where.line, use.path
        if use.body is not None:
            yield from _paths(use.body)


def _meaning(lines: list[str]) -> object:
    try:
        tree = read(decode("\n".join(lines), ""))
    except SpecError:
        return None
    return None if tree is None else to_value(tree)
