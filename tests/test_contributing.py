"""CONTRIBUTING.md names what there is, and the map has every room in its place."""

from __future__ import annotations

import re

from tests.conftest import ROOT
from tests.test_house import FLOORS

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
QUOTED = re.findall(r"`([^`]+)`", TEXT)
FILE = re.compile(r"[\w./-]+(/|\.(py|md|json|toml))")
OUTSIDE = ("tests/", "docs/", "benchmarks/", "scripts/", "architectures/")


def test_every_path_that_is_named_exists():
    paths = {text for text in QUOTED if FILE.fullmatch(text) and "NAME" not in text}
    paths |= {word for text in QUOTED for word in text.split() if word.startswith(OUTSIDE)}
    paths = {path for path in paths if "NAME" not in path} - {"dist/"}
    assert len(paths) > 70
    assert [path for path in sorted(paths) if not _exists(path)] == []


def _exists(path: str) -> bool:
    return (ROOT / path).exists() or (ROOT / "cnncli" / path).exists()


def test_targets_of_make_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    named = {word for text in QUOTED if text.startswith("make ") for word in text.split()[1:]}
    assert named and named <= targets


def test_the_map_has_every_room_and_its_floor():
    rows = [line.split("|")[1:-1] for line in TEXT.splitlines() if line.startswith("| ")]
    rooms = [set(re.findall(r"`(\w+)(?:/|\.py)`", first)) for first, _ in rows]
    assert [room - {"__main__"} for room in rooms if room] == [set(f) for f in FLOORS[:-1]]
    ground = re.findall(r"`(\w+)\.py`", rows[-1][1])
    assert set(ground) == {*FLOORS[-1], "_version"}
