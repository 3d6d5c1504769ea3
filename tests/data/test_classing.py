"""Folders below each other as classes, and several classes as one."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from cnncli.data.classing import Classing, find, parse_merge, recorded
from cnncli.data.labels import Labels
from cnncli.errors import DataError, UsageError
from tests.data import folders

INNER = {"ill/pneumonia": 3, "ill/effusion": 2, "well/none": 4}


def nested(root: Path, above: str = "") -> Path:
    for name, count in INNER.items():
        for number in range(count):
            folders.write(root / above / name / f"{number}.png", folders.picture(number))
    return root


def counts(data: Path, *, depth: int = 1, merge: tuple[str, ...] = ()) -> Counter[str]:
    found = find(data, None, Classing(depth, parse_merge(merge)))
    return Counter(item.label for item in found.items)


def test_depth_joins_the_names_of_folders(tmp_path: Path) -> None:
    assert counts(nested(tmp_path)) == {"ill": 5, "well": 4}
    assert counts(tmp_path, depth=2) == INNER
    with pytest.raises(DataError, match="9 images, none of them in 3 folders below each other"):
        counts(tmp_path, depth=3)


def test_depth_counts_below_the_folders_of_parts(tmp_path: Path) -> None:
    for part in ("train", "test"):
        nested(tmp_path, part)
    found = find(tmp_path, None, Classing(2))
    assert found.classes == tuple(sorted(INNER))
    assert {item.part for item in found.items} == {"train", "test"}


def test_images_above_the_depth_and_empty_folders_are_told(tmp_path: Path) -> None:
    nested(tmp_path)
    folders.write(tmp_path / "ill" / "loose.png", folders.picture(9))
    (tmp_path / "well" / "empty").mkdir()
    found = find(tmp_path, None, Classing(2))
    assert found.left_out[0].files == (("ill/loose.png",),)
    assert found.empty_classes == ("well/empty",)


def test_classes_are_merged(tmp_path: Path) -> None:
    nested(tmp_path)
    merge = ("sick = ill/pneumonia, ill/effusion",)
    assert counts(tmp_path, depth=2, merge=merge) == {"sick": 5, "well/none": 4}
    assert counts(tmp_path, merge=("all=ill", "all=well")) == {"all": 9}
    assert counts(tmp_path, merge=("ill=well",)) == {"ill": 9}, "into a class that there is"
    with pytest.raises(UsageError) as caught:
        counts(tmp_path, merge=("sick=pneumonia",))
    assert "has no class pneumonia" in caught.value.message
    assert "Its classes: ill, well" in str(caught.value.hint)


def test_labels_are_merged_before_they_are_counted(tmp_path: Path) -> None:
    """An image of two labels that become one has one."""
    for number in range(3):
        folders.write(tmp_path / "all" / f"{number}.png", folders.picture(number))
    table = tmp_path / "labels.csv"
    table.write_text("file,label\n0.png,pneumonia|effusion\n1.png,none\n2.png,effusion|none\n")
    classing = Classing(merged=parse_merge(("ill=pneumonia,effusion",)))
    found = find(tmp_path / "all", Labels(table), classing)
    assert {item.file: item.label for item in found.items} == {"0.png": "ill", "1.png": "none"}
    assert found.left_out[0].files == (("2.png",),)
    assert "not trained yet" in found.left_out[0].text


@pytest.mark.parametrize("text", ["ill", "=a", "ill=", "ill=,", ""])
def test_what_merges_nothing_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not NEW=CLASS,CLASS"):
        parse_merge((text,))


def test_a_class_cannot_become_two() -> None:
    with pytest.raises(UsageError, match="a cannot become both x and y"):
        parse_merge(("x=a,b", "y=a"))


def test_depth_is_for_folders(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--depth 2 is for folders of classes"):
        find("sample:digits", None, Classing(2))
    assert len(find("sample:digits", None, Classing(2), strict=False).classes) == 10


def test_a_run_keeps_it() -> None:
    classing = Classing(2, {"a": "x"})
    assert recorded(classing.record()) == classing
    assert recorded({}) == Classing()


def test_a_column_for_each_class_is_told_for_what_it_is(tmp_path: Path) -> None:
    folders.write(tmp_path / "all" / "0.png", folders.picture(0))
    table = tmp_path / "labels.csv"
    table.write_text("file,age,pneumonia,effusion\n0.png,40,1,0\n1.png,50,1,1\n2.png,60,0,0\n")
    with pytest.raises(UsageError) as caught:
        find(tmp_path / "all", Labels(table))
    assert "a column of 0 and 1 for each class (pneumonia, effusion)" in caught.value.message
    assert "not trained yet" in caught.value.message
    assert "--label-column pneumonia" in str(caught.value.hint)
    found = find(tmp_path / "all", Labels(table, label_column="pneumonia"))
    assert found.classes == ("1",)
