"""Any way of naming images gives the same rows, and so do the shares of several workers."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from itertools import chain, zip_longest
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.evaluation.listing import Listing, Shard
from tests.conftest import Cli
from tests.forker import Forker


@pytest.fixture(scope="module")
def mixed(images: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eleven images below each other, one of them broken and one a link to nothing."""
    folder = tmp_path_factory.mktemp("mixed")
    for place, image in enumerate(sorted(images.rglob("*.png"))[::9]):
        (folder / f"{place % 2}").mkdir(exist_ok=True)
        (folder / f"{place % 2}" / f"{place}.png").write_bytes(image.read_bytes())
    (folder / "0" / "broken.png").write_bytes(b"no image")
    (folder / "1" / "gone.png").symlink_to("nothing")
    return folder


def rows(text: str) -> list[str]:
    return text.splitlines()[1:]


def test_the_shares_of_workers_are_the_whole_table(
    cli: Cli, trained: Path, mixed: Path, tmp_path: Path
) -> None:
    whole = cli("predict", trained, mixed, "--format", "csv")
    assert (whole.code, len(rows(whole.out))) == (1, 11)
    parts = [cli("predict", trained, mixed, "--format", "csv", "--shard", f"{i}/3").out
             for i in (1, 2, 3)]  # fmt: skip
    assert {part.splitlines()[0] for part in parts} == {whole.out.splitlines()[0]}
    dealt = chain.from_iterable(zip_longest(*map(rows, parts)))
    assert [row for row in dealt if row is not None] == rows(whole.out)
    names = tmp_path / "names.txt"
    names.write_text("".join(f"{row.split(',')[0]}\n\r\n" for row in rows(whole.out)))
    named = cli("predict", trained, "--files-from", names, "--format", "csv", "--shard", "2/3")
    assert named.out.splitlines()[:-1] == parts[1].splitlines()[:-1]
    assert rows(named.out)[-1].split(",")[0] == rows(parts[1])[-1].split(",")[0]


@pytest.fixture
def stdin() -> Iterator[int]:
    """A pipe that is this process's standard input; the end to write to."""
    before, (reading, writing) = os.dup(0), os.pipe()
    os.dup2(reading, 0)
    os.close(reading)
    yield writing
    os.dup2(before, 0)
    os.close(before)


def test_a_list_on_stdin(cli: Cli, trained: Path, mixed: Path, stdin: int) -> None:
    named = sorted(map(str, mixed.glob("*/?.png")))
    os.write(stdin, "\n".join(named).encode())
    os.close(stdin)
    result = cli("predict", trained, "--files-from", "-", "--json", "--quiet")
    assert (result.code, result.err) == (0, "")
    assert [json.loads(line)["file"] for line in result.out.splitlines()] == named


def test_a_row_is_out_before_the_next_path_comes(
    trained: Path, mixed: Path, tmp_path: Path, forker: Forker
) -> None:
    names, out = tmp_path / "names", tmp_path / "out"
    os.mkfifo(names)
    out.touch()
    process = forker.start(
        "predict", trained, "--files-from", names, "--format", "csv", "-q", stdout=out
    )
    with names.open("w") as file:
        for count in (1, 2, 3):
            file.write(f"{mixed / '0' / '0.png'}\n")
            file.flush()
            end = time.monotonic() + 120
            while len(rows(out.read_text())) < count and time.monotonic() < end:
                time.sleep(0.02)
            assert len(rows(out.read_text())) == count
    assert process.wait() == 0


def test_a_share_without_images_has_a_header(cli: Cli, trained: Path, mixed: Path) -> None:
    one = mixed / "0" / "0.png"
    result = cli("predict", trained, one, "--shard", "2/2", "--format", "csv")
    assert (result.code, result.out) == (0, "file,predicted,probability,p_left,p_right,error\n")
    assert result.err == "There is no image to predict.\n"


def test_blanks_around_a_path(cli: Cli, trained: Path, mixed: Path, tmp_path: Path) -> None:
    """They belong to it where there is such a file; a line of blanks names nothing."""
    image = sorted(mixed.rglob("*.png"))[0]
    odd, names = tmp_path / " odd .png ", tmp_path / "names.txt"
    odd.write_bytes(image.read_bytes())
    names.write_text(f"  {image}\t\n   \n{odd}\n  {tmp_path}/no such.png\n")
    result = cli("predict", trained, "--files-from", names, "--format", "csv")
    files = [row.partition(",")[0] for row in result.out.splitlines()[1:]]
    assert files == [str(image), str(odd), f"{tmp_path}/no such.png"], result.err


def test_a_list_with_zeros_between_the_paths(cli: Cli, trained: Path, tmp_path: Path) -> None:
    names = tmp_path / "names.txt"
    names.write_bytes(b"a.png\0b.png\0")
    result = cli("predict", trained, "--files-from", names)
    assert result.code == 1 and "names.txt:1: holds a NUL" in result.err


@given(st.lists(st.text("abc", min_size=1), max_size=30), st.integers(1, 9))
def test_shares_are_dealt_like_cards(names: list[str], of: int) -> None:
    whole = [source.file for source in Listing(names, len(names))]
    assert whole == names
    for number in range(1, of + 1):
        share = Listing(names, len(names), Shard(number, of))
        assert share.total == len(list(share))
        assert [source.file for source in share] == names[number - 1 :: of]


@pytest.mark.parametrize("top", [1, 2])
def test_the_most_probable_classes(cli: Cli, trained: Path, mixed: Path, top: int) -> None:
    call = ("predict", trained, mixed, "--top", str(top))
    every = map(json.loads, cli("predict", trained, mixed, "--json").out.splitlines())
    lines = map(json.loads, cli(*call, "--json").out.splitlines())
    header, *table = (line.split(",") for line in cli(*call, "--format", "csv").out.splitlines())
    assert header[3:-1] == [name for k in range(1, top + 1) for name in (f"class_{k}", f"p_{k}")]
    for whole, line, row in zip(every, lines, table, strict=True):
        if "error" in whole:
            assert line == whole
            continue
        best = sorted(whole["probabilities"].items(), key=lambda one: -one[1])[:top]
        assert list(line["probabilities"].items()) == best
        assert [(name, float(p)) for name, p in zip(row[3:-1:2], row[4:-1:2], strict=True)] == best
