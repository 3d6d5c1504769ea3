"""A data set: one pass, one array, the same pixels as a single image; and what the cache does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cnncli.cache import IMAGES
from cnncli.data.dataset import Dataset, load, notes
from cnncli.data.index import find
from cnncli.errors import DataError
from cnncli.images.prepare import Target, prepare
from cnncli.images.reader import read
from tests.data import folders
from tests.images import kinds

TARGET = Target(16, 20, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    data = folders.classes(tmp_path / "data", {"cat": 4, "dog": 3})
    (data / "cat" / "cut.png").write_bytes((data / "cat" / "000.png").read_bytes()[:200])
    (data / "dog" / "text.jpg").write_text("no image\n")
    return data


@pytest.mark.parametrize("cache", [True, False])
def test_the_pixels_are_those_of_the_images_one_by_one(folder: Path, cache: bool) -> None:
    seen: list[tuple[int, int]] = []
    found = load(folder, TARGET, cache=cache, progress=lambda done, all_: seen.append((done, all_)))
    assert found.cached == cache
    assert found.pixels.shape == (7, 16, 20, 1)
    for row, item in enumerate(found.items):
        np.testing.assert_array_equal(found.pixels[row], prepare(read(item.source), TARGET))
    some = np.array([5, 0, 3])
    np.testing.assert_array_equal(found.pixels[some][1], found.pixels[0])
    assert found.labels.tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert seen[-1] == (9, 9)


def test_what_cannot_be_read_is_left_out_and_named(folder: Path) -> None:
    found = load(folder, TARGET)
    reasons = {one.file: one.reason for one in found.unreadable}
    assert set(reasons) == {"cat/cut.png", "dog/text.jpg"}
    assert "PNG" in reasons["cat/cut.png"]
    assert reasons["dog/text.jpg"] == "a text file, not an image"


@pytest.mark.parametrize(("name", "channels"), [("IN_GREY", 1), ("IN_COLOUR", 3)])
def test_a_folder_of_every_kind(tmp_path: Path, name: str, channels: int) -> None:
    for file, (make, _) in getattr(kinds, name).items():
        (tmp_path / "a").mkdir(exist_ok=True)
        (tmp_path / "a" / file).write_bytes(make())
    picture = kinds.grey() if channels == 1 else kinds.colour()
    found = load(tmp_path, Target(*picture.shape[:2], channels))
    assert not found.unreadable
    off = np.abs(found.pixels[:].astype(int) - picture.reshape(1, *found.pixels.shape[1:]))
    for item, most in zip(found.items, off.max(axis=(1, 2, 3)).tolist(), strict=True):
        assert most <= getattr(kinds, name)[item.file.rpartition("/")[2]][1]


def test_the_second_time_nothing_is_read(folder: Path) -> None:
    first = load(folder, TARGET)
    seen: list[int] = []
    second = load(folder, TARGET, progress=lambda done, all_: seen.append(done))
    assert not seen
    assert _same(first, second)


def test_a_changed_file_is_read_again(folder: Path) -> None:
    first = load(folder, TARGET)
    folders.write(folder / "cat" / "000.png", folders.picture(99))
    second = load(folder, TARGET)
    assert not np.array_equal(first.pixels[0], second.pixels[0])
    assert first.fingerprint() != second.fingerprint()
    np.testing.assert_array_equal(second.pixels[0], prepare(read(folder / "cat/000.png"), TARGET))


def test_a_file_that_was_away_for_a_while_is_read_again(folder: Path) -> None:
    target = Target(10, 10, 1)
    listed, path = find(folder), folder / "cat" / "001.png"
    path.rename(folder / "away")
    without = load(listed, target)
    assert "cat/001.png" in {one.file for one in without.unreadable}
    assert len(without.pixels[:]) == 6
    (folder / "away").rename(path)
    assert len(load(folder, target).pixels) == 7


def test_a_folder_is_the_same_with_a_slash_behind_it(folder: Path) -> None:
    load(folder, Target(11, 11, 1))
    seen: list[int] = []
    load(f"{folder}/", Target(11, 11, 1), progress=lambda done, all_: seen.append(done))
    assert not seen


def test_another_target_has_other_pixels(folder: Path) -> None:
    small, padded = Target(8, 8, 3), Target(8, 8, 3, "pad")
    assert load(folder, small).pixels.shape == (7, 8, 8, 3)
    assert not np.array_equal(load(folder, small).pixels[:], load(folder, padded).pixels[:])


@pytest.mark.parametrize("damage", ["cut", "rubbish", "empty"])
def test_a_damaged_cache_is_not_trusted(folder: Path, damage: str) -> None:
    first = load(folder, TARGET)
    pixels = np.array(first.pixels[:])
    for path, _ in IMAGES.files():
        content = path.read_bytes()
        path.unlink()  # not in place: a process may have it mapped
        path.write_bytes({"cut": content[:-20], "rubbish": b"x" * 999, "empty": b""}[damage])
    second = load(folder, TARGET)
    np.testing.assert_array_equal(second.pixels[:], pixels)


def test_a_cache_that_cannot_be_written_is_done_without(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    found = load(folder, TARGET)
    assert not found.cached
    assert len(found.pixels) == 7


@pytest.mark.parametrize(
    ("variable", "limit"),
    [("CNNCLI_IMAGE_CACHE_GB=0.000001", "None"), ("X=", "(1000, 1000)")],
)
def test_without_room_images_are_decoded_as_needed(
    folder: Path, tmp_path: Path, variable: str, limit: str
) -> None:
    """Too little by the user's word, and a disk that is full after the first image."""
    code = (
        "import resource, sys; from cnncli.data.dataset import load\n"
        "from cnncli.images.prepare import Target\n"
        f"limit = {limit}\n"
        "if limit: resource.setrlimit(resource.RLIMIT_FSIZE, limit)\n"
        "found = load(sys.argv[1], Target(16, 20, 1))\n"
        "print(found.cached, int(found.pixels[:].sum()))"
    )
    name, _, value = variable.partition("=")
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), name: value}
    done = subprocess.run(
        [sys.executable, "-c", code, folder],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    total = int(load(folder, TARGET).pixels[:].sum())
    assert done.stdout.split() == ["False", str(total)]
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


def test_no_cache_leaves_nothing_behind(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    load(folder, TARGET, cache=False)
    assert not (tmp_path / "cache").exists()


def test_a_file_that_goes_meanwhile_is_named(folder: Path) -> None:
    found = load(folder, TARGET, cache=False)
    (folder / "dog" / "001.png").unlink()
    with pytest.raises(DataError, match=r"dog/001.png: no such file"):
        found.pixels[np.arange(7)]
    assert len(found.pixels[:4]) == 4


def test_processes_share_the_cache(folder: Path) -> None:
    code = (
        "import sys; from cnncli.data.dataset import load\n"
        "from cnncli.images.prepare import Target\n"
        "print(int(load(sys.argv[1], Target(16, 20, 1)).pixels[:].sum()))"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", code, folder], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    sums = {process.communicate()[0] for process in processes}
    assert {process.returncode for process in processes} == {0}
    assert len(sums) == 1
    assert load(folder, TARGET, cache=False).pixels[:].sum() == int(sums.pop())


def test_rows_of_files(folder: Path) -> None:
    found = load(folder, TARGET)
    assert found.rows(["dog/000.png", "cat/001.png"]).tolist() == [4, 1]
    with pytest.raises(DataError, match=r"cat/cut.png: a truncated PNG file.*and 1 more"):
        found.rows(["cat/000.png", "cat/cut.png", "gone.png"])


def test_the_fingerprint_is_that_of_the_content(folder: Path, tmp_path: Path) -> None:
    found = load(folder, TARGET)
    folder.rename(tmp_path / "moved")
    os.utime(tmp_path / "moved" / "cat" / "000.png", (0, 0))
    moved = load(tmp_path / "moved", Target(8, 8, 1))
    assert moved.fingerprint() == found.fingerprint()
    assert moved.fingerprint(["cat/000.png"]) != moved.fingerprint(["cat/001.png"])


def test_nothing_readable_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.png").write_text("no")
    with pytest.raises(DataError) as caught:
        load(tmp_path, TARGET)
    assert "no image that can be read" in caught.value.message
    assert "a/1.png: a text file" in str(caught.value.hint)


def test_what_should_be_known_of_the_pixels(tmp_path: Path) -> None:
    wide = np.zeros((20, 60), np.uint16)
    wide[5:10] = 4000  # of 65535
    for number in range(2):
        folders.write(tmp_path / "a" / f"{number}.png", wide + number)
    said = " ".join(notes(load(tmp_path, Target(20, 20, 1))))
    assert "2 of 2 images change in proportions" in said
    assert "fewer than 32 grey levels left (at most 16): values from 0 to 4001" in said
    assert "--range 0,4095" in said
    assert not notes(load(tmp_path, Target(20, 20, 1, "pad", (0, 4001))))
    assert "clipped" in notes(load(tmp_path, Target(20, 60, 1, "stretch", (0, 3000))))[0]


def _same(one: Dataset, other: Dataset) -> bool:
    return (
        one.items == other.items
        and one.unreadable == other.unreadable
        and np.array_equal(one.pixels[:], other.pixels[:])
        and np.array_equal(one.facts, other.facts)
    )
