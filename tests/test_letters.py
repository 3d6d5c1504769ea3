"""What is drawn is drawn in ASCII where a locale has no more, and no letter of a name is lost."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli import letters
from tests.commands.terminal import on_terminal
from tests.conftest import ROOT

ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
SPEC = "name: größe\ninput: [8, 8, 1]\nlayers:\n  - Dense: {unitss: 3, name: straße}\n"

letters.register()


def written(text: str, encoding: str) -> bytes:
    file = io.BytesIO()
    stream = io.TextIOWrapper(file, encoding=encoding, errors=letters.NAME, newline="\n")
    stream.write(text)
    stream.flush()
    return file.getvalue()


@given(st.text(st.characters(exclude_categories=("Cs",))), st.sampled_from(["ascii", "latin-1"]))
def test_any_text_is_written(text: str, encoding: str) -> None:
    written(text, encoding)


@given(st.text(st.characters(categories=("L", "N"), exclude_characters="Φ₀₁₂₃₄₅₆₇₈₉²")))
def test_letters_stay_as_everywhere_else_where_there_is_no_locale(text: str) -> None:
    assert written(text, "ascii") == text.encode()


@given(st.binary())
def test_a_path_keeps_its_bytes(path: bytes) -> None:
    text = path.decode("ascii", "surrogateescape")
    assert written(text, "ascii") == path


def test_a_locale_with_letters_escapes_those_of_others() -> None:
    assert written("größe Łódź: 3 → 4", "latin-1") == "größe \\u0141\xf3d\\u017a: 3 -> 4".encode(
        "latin-1"
    )


def test_columns_behind_a_longer_character_stay_where_they_are() -> None:
    assert written("a  →  7\nb  =  7", "ascii") == b"a  -> 7\nb  =  7"
    assert written("8 → 16", "ascii") == b"8 -> 16"


def test_curves_have_their_height() -> None:
    assert written("\u2800⠉⣀⠒⣿", "ascii") == b" '.-:"


def test_all_that_is_drawn_on_terminals_has_a_way_in_ascii() -> None:
    found = set()
    for room in ("render/terminal", "teaching", "facts", "metrics", "reporting", "commands"):
        for path in (ROOT / "cnncli" / room).rglob("*.py"):
            found.update(re.findall(r"[^\x00-\x7f]", path.read_text(encoding="utf-8")))
    assert len(found) > 20
    assert written("".join(sorted(found)), "ascii").isascii()


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        ("pool", 0, b"-----+-----  -> 7  9"),
        ("summary lenet5", 0, b"5 x 5    1 x 1"),
        (
            "validate größe.yaml",
            2,
            'größe.yaml:4:13: error: Dense has no argument "unitss"'.encode(),
        ),
        ("summary größe.yaml", 2, b'error: Dense has no argument "unitss"'),
        ("data nö", 1, "error: nö: no such folder".encode()),
        ("show lesson@groß", 2, "groß".encode()),
    ],
)
def test_a_bare_locale_can_be_read(argv: str, code: int, said: bytes, tmp_path: Path) -> None:
    (tmp_path / "größe.yaml").write_text(SPEC, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "cnncli", *map(os.fsencode, argv.split())],
        env={**os.environ, **ASCII},
        cwd=tmp_path,
        capture_output=True,
    )
    assert (done.returncode, said in done.stdout + done.stderr) == (code, True), done
    assert b"\\u" not in done.stdout + done.stderr


@pytest.mark.parametrize("command", ["kernels", "cache", "neuron --no-picture", "pool", "list"])
def test_a_terminal_of_ascii_shows_the_same_with_other_lines(command: str) -> None:
    drawn = on_terminal(80, *command.split())
    plain = on_terminal(80, *command.split(), **ASCII)
    assert plain.isascii()
    assert [len(line) for line in plain.splitlines()] == [len(line) for line in drawn.splitlines()]
