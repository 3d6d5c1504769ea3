"""Sorting files into folders loses none and overwrites none, and can be undone."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncli.errors import DataError, UsageError
from cnncli.evaluation.sorting import Sorter, check_classes, check_folder, undo

LABELS = ("cat", "a/b", "..hidden", "-rf", 'q"uo,te')


def tree(folder: Path) -> dict[str, bytes]:
    """Return the content of the files below a folder; of a link, where it leads."""
    return {
        str(path.relative_to(folder)): os.fsencode(path.readlink())
        if path.is_symlink()
        else path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def contents(folder: Path) -> Counter[bytes]:
    """Return what there is, by its content alone, but the lists."""
    return Counter(
        value for name, value in tree(folder).items() if name not in ("moved.csv", "copied.csv")
    )


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Files of which three have one name."""
    for name in ("one/a.png", "two/a.png", "two/b\n,.png", "three/deep/a.png", "three/c"):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"content of {name}")
    return tmp_path / "photos"


def sort(photos: Path, into: Path, how: str, label: str = "cat") -> int:
    sorter = Sorter(into, how)  # type: ignore[arg-type]
    sorter.begin()
    for path in sorted(photos.rglob("*")):
        if path.is_file():
            sorter.take(str(path), label)
    sorter.close()
    return sorter.done


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("how", ["move", "copy"])
def test_files_are_sorted_and_sorted_back(
    photos: Path, tmp_path: Path, how: str, label: str
) -> None:
    before, into = tree(photos), tmp_path / "into"
    assert sort(photos, into, how, label) == len(before)
    assert contents(into) == Counter(before.values())
    assert tree(photos) == ({} if how == "move" else before)
    assert {path.name for path in (into / label).iterdir()} == {
        "a.png", "a-2.png", "a-3.png", "b\n,.png", "c",
    }  # fmt: skip
    assert sort(photos, into, how, label) == 0  # once more changes nothing
    assert contents(into) == Counter(before.values())
    undone = undo(into)
    assert (undone.files, undone.problems) == (len(before), [])
    assert tree(photos) == before
    assert not into.exists()


def test_what_stands_there_is_never_overwritten(photos: Path, tmp_path: Path) -> None:
    into = tmp_path / "into"
    (into / "cat").mkdir(parents=True)
    (into / "cat" / "a.png").write_text("mine")
    (into / "cat" / "c").symlink_to("nowhere")
    sort(photos, into, "move")
    assert (into / "cat" / "a.png").read_text() == "mine"
    assert (into / "cat" / "c").is_symlink()
    assert undo(into).problems == []
    assert tree(into) == {"cat/a.png": b"mine", "cat/c": b"nowhere"}


def test_undoing_overwrites_nothing_either(photos: Path, tmp_path: Path) -> None:
    into = tmp_path / "into"
    sort(photos, into, "move")
    (photos / "one" / "a.png").write_text("new")
    (into / "cat" / "c").unlink()
    undone = undo(into)
    assert undone.files == 3
    assert [name for name, _ in undone.problems] == [f"{into}/cat/c", f"{into}/cat/a.png"]
    assert (photos / "one" / "a.png").read_text() == "new"
    assert (into / "cat" / "a.png").read_text() == "content of one/a.png"
    (photos / "one" / "a.png").unlink()
    assert [name for name, _ in undo(into).problems] == [f"{into}/cat/c"]
    assert (photos / "one" / "a.png").read_text() == "content of one/a.png"


def test_a_copy_that_was_changed_or_is_the_last_stays(photos: Path, tmp_path: Path) -> None:
    into = tmp_path / "into"
    sort(photos, into, "copy")
    (photos / "three" / "c").unlink()
    (into / "cat" / "a.png").write_text("retouched")
    assert len(undo(into).problems) == 2
    assert contents(into) == Counter([b"retouched", b"content of three/c"])


def test_what_is_in_its_place_stays(photos: Path) -> None:
    before = tree(photos)
    assert sort(photos, photos.parent, "move", "photos/one") == 4
    assert (photos / "one" / "a.png").read_text() == "content of one/a.png"
    undo(photos.parent)
    assert tree(photos) == before


def test_a_link_stays_one_and_leads_to_where_it_led(tmp_path: Path) -> None:
    (tmp_path / "from").mkdir()
    (tmp_path / "real.png").write_text("real")
    link = tmp_path / "from" / "link.png"
    link.symlink_to("../real.png")
    sort(tmp_path / "from", tmp_path / "into", "move")
    moved = tmp_path / "into" / "cat" / "link.png"
    assert moved.is_symlink() and moved.read_text() == "real" and not link.is_symlink()
    undo(tmp_path / "into")
    assert link.read_text() == "real" and not (tmp_path / "into").exists()


@pytest.fixture
def other_disk(tmp_path: Path) -> Iterator[Path]:
    """Another file system, of 64 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], capture_output=True, text=True
    )
    if made.returncode != 0:
        pytest.skip(f"no tmpfs can be mounted here: {made.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_across_file_systems(photos: Path, other_disk: Path) -> None:
    before, into = tree(photos), other_disk / "into"
    times = {path.stat().st_mtime_ns for path in photos.rglob("*") if path.is_file()}
    assert sort(photos, into, "move") == len(before)
    assert {path.stat().st_mtime_ns for path in (into / "cat").iterdir()} == times
    assert undo(into).problems == []
    assert tree(photos) == before


def test_a_full_disk_leaves_the_file_where_it_was(photos: Path, other_disk: Path) -> None:
    (photos / "large.png").write_bytes(bytes(100_000))
    before, into = tree(photos), other_disk / "into"
    with pytest.raises(OSError, match="No space left"):
        sort(photos, into, "move")
    assert tree(photos)["large.png"] == before["large.png"]
    assert not list(into.glob("cat/.*"))
    assert contents(photos) + contents(into) == Counter(before.values())
    assert undo(into).problems == []
    assert tree(photos) == before


def test_a_move_that_was_killed_between_two_steps_is_ended(photos: Path, tmp_path: Path) -> None:
    before, into = tree(photos), tmp_path / "into"
    sort(photos, into, "move")
    os.link(into / "cat" / "a-3.png", photos / "two" / "a.png")  # as `rename` over two names ends
    with (into / "moved.csv").open() as file:
        assert list(csv.reader(file))[-1][1] == "cat/b\n,.png"
    rows = (into / "moved.csv").read_text().splitlines(keepends=True)
    last = [row for row in rows if row.endswith("cat/a-3.png\n")]
    (into / "moved.csv").write_text("".join([row for row in rows if row not in last] + last))
    assert sort(photos, into, "move") == 0
    assert not (photos / "two" / "a.png").exists()
    undo(into)
    assert tree(photos) == before


def test_a_list_of_something_else(tmp_path: Path) -> None:
    (tmp_path / "moved.csv").write_text("name,day\nmove to London,1 May\n")
    for call in (Sorter(tmp_path, "move").begin, lambda: undo(tmp_path)):
        with pytest.raises(DataError, match="its columns are not those of a list"):
            call()
    with pytest.raises(DataError, match="nothing was sorted into it"):
        undo(tmp_path / "nowhere")


@pytest.mark.parametrize("label", ["", "..", "a/../../b", "/etc", "a//b", "x" * 300, "moved.csv"])
def test_classes_that_no_folder_can_be_called(label: str) -> None:
    with pytest.raises(DataError, match="no folder can be called so"):
        check_classes(["cat", label])


def test_where_nothing_can_be_sorted(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="is not a folder"):
        check_folder(tmp_path / "file")
    check_folder(tmp_path / "new" / "and" / "deep")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


names = st.text("ab", min_size=1, max_size=2)
texts = st.sampled_from("xyz")


@settings(max_examples=60)
@given(st.dictionaries(names, st.dictionaries(names, texts, max_size=4), max_size=4), st.data())
def test_nothing_is_lost_whatever_the_names(
    folders: dict[str, dict[str, str]], data: st.DataObject
) -> None:
    root = Path(tempfile.mkdtemp())
    try:
        for folder, inside in folders.items():
            (root / "from" / folder).mkdir(parents=True)
            for name, text in inside.items():
                (root / "from" / folder / name).write_text(text)
        (root / "from").mkdir(exist_ok=True)
        before = tree(root / "from")
        sorter = Sorter(root / "into", "move")
        for path in sorted((root / "from").glob("*/*")):
            sorter.take(str(path), data.draw(st.sampled_from(LABELS)))
        sorter.close()
        if before:
            assert contents(root / "into") == Counter(before.values())
            assert undo(root / "into").files == len(before)
        assert tree(root / "from") == before
    finally:
        shutil.rmtree(root)


def test_what_cannot_be_moved_leaves_no_list(
    photos: Path, other_disk: Path, tmp_path: Path
) -> None:
    shutil.copytree(photos, other_disk / "photos")
    subprocess.run(["mount", "-o", "remount,ro", other_disk], check=True)
    before = tree(other_disk)
    with pytest.raises(OSError, match="Read-only file system"):
        sort(other_disk / "photos", tmp_path / "into", "move")
    assert not (tmp_path / "into").exists()
    assert tree(other_disk) == before
    assert sort(other_disk / "photos", tmp_path / "into", "copy") == len(before)
    sorter = Sorter(tmp_path / "new", "move")
    with pytest.raises(FileNotFoundError):
        sorter.take(str(tmp_path / "gone.png"), "cat")
    assert not (tmp_path / "new").exists()
