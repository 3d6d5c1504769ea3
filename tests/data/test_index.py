"""What a folder is found to hold, by names alone."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from cnncli.data import index, labels
from cnncli.data.index import find
from cnncli.errors import DataError, UsageError
from tests.data import folders


def test_classes_are_folders_and_files_are_sorted(tmp_path: Path) -> None:
    folders.classes(tmp_path, {"b": 2, "a": 3})
    folders.write(tmp_path / "a" / "deeper" / "x.jpg", folders.picture(9))
    found = find(tmp_path)
    assert found.classes == ("a", "b")
    assert [item.file for item in found.items] == [
        *("a/000.png", "a/001.png", "a/002.png", "a/deeper/x.jpg"),
        *("b/000.png", "b/001.png"),
    ]
    assert {item.label for item in found.items if item.file.startswith("a/")} == {"a"}


def test_the_order_does_not_depend_on_how_the_system_lists_files(tmp_path: Path) -> None:
    names = ["é", "z", "A", "a b", "0", "~"]
    for turn, order in enumerate((names, names[::-1])):
        for name in order:
            folders.write(tmp_path / str(turn) / "c" / f"{name}.png", folders.picture(1))
    first, second = (find(tmp_path / turn).items for turn in "01")
    assert [item.file for item in first] == [item.file for item in second]
    assert [item.file for item in first] == sorted((item.file for item in first), key=os.fsencode)


@pytest.mark.parametrize(
    ("names", "parts"),
    [
        (("train", "val", "test"), {"train", "validation", "test"}),
        (("Training", "valid", "Testing"), {"train", "validation", "test"}),
        (("train", "validation"), {"train", "validation"}),
        (("training_set", "Test Set", "dev"), {"train", "validation", "test"}),
        (("train", "test"), {"train", "test"}),
    ],
)
def test_folders_of_parts(tmp_path: Path, names: tuple[str, ...], parts: set[str]) -> None:
    for name in names:
        folders.classes(tmp_path / name, {"cat": 2, "dog": 2})
    found = find(tmp_path)
    assert found.classes == ("cat", "dog")
    assert {item.part for item in found.items} == parts


def test_a_class_may_be_called_train(tmp_path: Path) -> None:
    folders.classes(tmp_path, {"train": 2, "bus": 2})
    found = find(tmp_path)
    assert found.classes == ("bus", "train")
    assert not found.has_parts


def test_what_is_no_image_is_counted(tmp_path: Path) -> None:
    folders.classes(tmp_path, {"a": 2, "b": 2, ".cache": 2})
    (tmp_path / "a" / ".DS_Store").write_bytes(b"x")
    (tmp_path / "a" / "Thumbs.db").write_bytes(b"x")
    (tmp_path / "a" / "notes.txt").write_text("hello")
    (tmp_path / "b" / "scan").write_bytes(b"\0" * 128 + b"DICM" + b"\0" * 40)
    folders.write(tmp_path / "lonely.png", folders.picture(3))
    (tmp_path / "empty").mkdir()
    found = find(tmp_path)
    assert len(found.items) == 4
    assert found.hidden == 2
    assert found.others == {".db": 1, ".txt": 1, "DICOM": 1}
    assert [one.files for one in found.left_out] == [(("lonely.png",),)]
    assert found.empty_classes == ("empty",)


def test_an_image_without_an_ending_is_found(tmp_path: Path) -> None:
    folders.classes(tmp_path, {"a": 1, "b": 1})
    (tmp_path / "a" / "000.png").rename(tmp_path / "a" / "scan")
    (tmp_path / "b" / "000.png").rename(tmp_path / "b" / "scan.data")
    assert [item.file for item in find(tmp_path).items] == ["a/scan", "b/scan.data"]


def test_a_run_is_no_class(tmp_path: Path) -> None:
    folders.classes(tmp_path, {"a": 1, "b": 1, "run": 1})
    (tmp_path / "run" / "run.json").write_text("{}")
    assert find(tmp_path).classes == ("a", "b")


def test_links_are_followed_once(tmp_path: Path) -> None:
    data = folders.classes(tmp_path / "data", {"a": 2})
    folders.classes(tmp_path / "elsewhere", {"b": 2})
    (data / "b").symlink_to(tmp_path / "elsewhere" / "b")
    (data / "a" / "up").symlink_to(data)
    (data / "a" / "circle").symlink_to("circle")
    (data / "a" / "broken.png").symlink_to("nowhere.png")
    found = find(data)
    assert [item.file for item in found.items] == [
        *("a/000.png", "a/001.png"),
        *("b/000.png", "b/001.png"),
    ]
    reasons = {one.file: one.reason for one in found.unreadable}
    assert set(reasons) == {"a/up", "a/circle", "a/broken.png"}
    assert "read already" in reasons["a/up"]
    assert reasons["a/broken.png"] == "a link to nothing"


def test_pipes_and_sockets_are_named(tmp_path: Path) -> None:
    folders.classes(tmp_path, {"a": 1, "b": 1})
    os.mkfifo(tmp_path / "a" / "pipe.png")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "a" / "s.png"))
        reasons = {one.file: one.reason for one in find(tmp_path).unreadable}
    assert reasons == {"a/pipe.png": "a named pipe", "a/s.png": "a socket"}


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_folder_without_permission_is_named(tmp_path: Path) -> None:
    folders.classes(tmp_path, {"a": 1, "b": 1})
    (tmp_path / "a" / "closed").mkdir(mode=0)
    assert find(tmp_path).unreadable[0].reason == "permission denied"


def test_names_of_any_bytes(tmp_path: Path) -> None:
    folders.classes(tmp_path, {"café au lait": 1})
    raw = os.fsencode(tmp_path) + b"/r\xe9sum\xe9"
    os.mkdir(raw)  # noqa: PTH102
    os.rename(tmp_path / "café au lait" / "000.png", raw + b"/1.png")  # noqa: PTH104
    folders.write(tmp_path / "café au lait" / "x y.png", folders.picture(1))
    found = find(tmp_path)
    assert found.classes == ("café au lait", r"r\xe9sum\xe9")
    assert [item.file for item in found.items] == ["café au lait/x y.png", r"r\xe9sum\xe9/1.png"]


def test_accents_are_one_class_however_they_are_written(tmp_path: Path) -> None:
    for folder in ("train", "test"):
        name = "caf\u00e9" if folder == "train" else "cafe\u0301"
        folders.classes(tmp_path / folder, {name: 1, "tea": 1})
    assert find(tmp_path).classes == ("café", "tea")


def test_digits() -> None:
    found = find("sample:digits")
    assert len(found.items) == 1797
    assert found.classes == tuple("0123456789")


def _scans(path: Path) -> None:
    (path / "a").mkdir(parents=True)
    (path / "a" / "1").write_bytes(b"\0" * 128 + b"DICM")
    (path / "a" / "2.dcm").write_bytes(b"x")
    (path / "a" / "3.txt").write_bytes(b"x")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "no such folder"),
        (lambda path: path.write_text("x"), "is not a folder"),
        (lambda path: path.mkdir(), "holds no images"),
        (lambda path: folders.write(path / "1.png", folders.picture(1)), "no folder for each"),
        (lambda path: (path / "a").mkdir(parents=True), "holds no images"),
        (_scans, "holds no images, but 2 DICOM files, a kind that is not read yet, 1 .txt"),
    ],
)
def test_what_is_no_data(tmp_path: Path, make: object, message: str) -> None:
    make(tmp_path / "data")  # type: ignore[operator]
    with pytest.raises(DataError, match=message):
        find(tmp_path / "data")


def test_one_class_is_not_enough(tmp_path: Path) -> None:
    found = find(folders.classes(tmp_path, {"only": 3}))
    with pytest.raises(DataError, match=r"one class only \(only\)"):
        index.require_classes(found)


NIH = """Image Index,Finding Labels,Patient ID
000.png,Effusion,1
001.png,No Finding,1
002.png,Effusion|Infiltration,2
999.png,No Finding,3
"""


def test_a_table_of_labels(tmp_path: Path) -> None:
    folders.classes(tmp_path / "images", {"all": 4})
    table = tmp_path / "Data_Entry.csv"
    table.write_text(NIH)
    found = labels.find(tmp_path / "images", labels.Labels(table))
    assert [(item.file, item.label) for item in found.items] == [
        ("all/000.png", "Effusion"),
        ("all/001.png", "No Finding"),
    ]
    assert {one.kind: (one.files, one.wrong) for one in found.left_out} == {
        "no-such-image": ((("999.png (line 5)",),), True),
        "several-labels": ((("all/002.png",),), False),
        "no-label": ((("all/003.png",),), False),
    }


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("id;diagnosis\n000;x\n001;y\n", (None, None)),
        ("a\tb\nall/000.png\tx\nall/001.png\ty\n", ("a", "b")),
        ("\ufefffile,label\n./all/000.png,x\nall/001.png,y\n", (None, None)),
        ('"note","file","label"\r\n"a, b\nc","000.png","x"\r\n"","001.png","y"\r\n', (None, None)),
        ("path,class\nall\\000.png,x\nall\\001.png,y\n", (None, None)),
        ("path,class\nimages/all/000,x\nimages/all/001.png,y\n", (None, None)),
        ("file,label,label\n000.png,x,z\n001.png,y,z\n", (None, None)),
        ("file,label\n000.png, x \n000.png,x\n001.png,y,more\n001.png\n", (None, None)),
    ],
)
def test_tables_of_other_kinds(
    tmp_path: Path, text: str, columns: tuple[str | None, str | None]
) -> None:
    folders.classes(tmp_path / "images", {"all": 2})
    table = tmp_path / "labels.csv"
    for encoding in ("utf-8", "utf-16"):
        table.write_text(text.removeprefix("\ufeff" if encoding == "utf-16" else ""), encoding)
        found = labels.find(tmp_path / "images", labels.Labels(table, *columns))
        assert [item.label for item in found.items] == ["x", "y"]


def test_a_table_may_name_images_by_whole_paths_and_in_either_form_of_accents(
    tmp_path: Path,
) -> None:
    for place, name in enumerate(("caf\u00e9", "th\u00e9")):
        folders.write(tmp_path / "images" / f"{name}.png", folders.picture(place))
    table = tmp_path / "labels.csv"
    table.write_text(f"file,label\n{tmp_path}/images/caf\u00e9.png,x\nthe\u0301.png,y\n")
    found = labels.find(tmp_path / "images", labels.Labels(table))
    assert [item.label for item in found.items] == ["x", "y"]


def test_a_table_may_come_through_a_pipe(tmp_path: Path) -> None:
    folders.classes(tmp_path / "images", {"all": 2})
    reading, writing = os.pipe()
    os.write(writing, b"file,label\n000.png,x\n001.png,y\n")
    os.close(writing)
    found = labels.find(tmp_path / "images", labels.Labels(Path(f"/dev/fd/{reading}")))
    os.close(reading)
    assert [item.label for item in found.items] == ["x", "y"]


def test_an_image_of_several_rows_has_several_labels(tmp_path: Path) -> None:
    folders.classes(tmp_path / "images", {"all": 2})
    table = tmp_path / "labels.csv"
    table.write_text("file,label\n000.png,Mass\n000.png,Effusion\n001.png,Mass|Mass\n")
    found = labels.find(tmp_path / "images", labels.Labels(table))
    assert [(item.file, item.label) for item in found.items] == [("all/001.png", "Mass")]
    assert [one.kind for one in found.left_out] == ["several-labels"]


def test_a_name_that_two_images_share_is_neither(tmp_path: Path) -> None:
    folders.classes(tmp_path / "images", {"a": 2, "b": 1})
    table = tmp_path / "labels.csv"
    table.write_text("file,label\n000.png,x\n001.png,y\n")
    found = labels.find(tmp_path / "images", labels.Labels(table))
    assert [item.file for item in found.items] == ["a/001.png"]
    assert found.left_out[0].files == (("000.png (line 2)",),)


def test_folders_of_parts_count_with_a_table_too(tmp_path: Path) -> None:
    for part in ("train", "test"):
        folders.write(tmp_path / "images" / part / f"{part}.png", folders.picture(len(part)))
    table = tmp_path / "labels.csv"
    table.write_text("file,label\ntrain.png,x\ntest.png,y\n")
    found = labels.find(tmp_path / "images", labels.Labels(table))
    assert [(item.file, item.part) for item in found.items] == [
        ("test/test.png", "test"),
        ("train/train.png", "train"),
    ]


@pytest.mark.parametrize("first", ["gone.png,x", "000;x", "all/000.png\tx"])
@pytest.mark.parametrize("columns", [(None, None), ("file", None)])
def test_a_table_without_headings(
    tmp_path: Path, first: str, columns: tuple[str | None, str | None]
) -> None:
    folders.classes(tmp_path / "images", {"all": 2})
    table = tmp_path / "labels.csv"
    table.write_text(first + "\n")
    with pytest.raises(UsageError) as caught:
        labels.find(tmp_path / "images", labels.Labels(table, *columns))
    assert "seems to have no line of headings" in (caught.value.hint or "")
    table.write_text("name,finding\n000.png,x\n")
    with pytest.raises(UsageError) as caught:
        labels.find(tmp_path / "images", labels.Labels(table, *columns))
    assert (caught.value.hint or "").endswith("ts columns: name, finding")


@pytest.mark.parametrize(
    ("text", "columns", "error", "message"),
    [
        ("a,b\n1,2\n", (None, None), UsageError, "which column holds the image"),
        ("file,b\n1,2\n", (None, None), UsageError, "which column holds the label"),
        ("file,label\n1,2\n", ("name", None), UsageError, "no such column"),
        ("file,label\n1,2\n", (None, None), DataError, "to none of the 2 images"),
        ("file,label\n000.png,a|b\n", (None, None), DataError, "to none of the 2 images"),
        ("file,a,a\n1,2,3\n", (None, "a"), UsageError, "two such columns"),
        ("", (None, None), DataError, "no line of headings"),
        (b"file,label\n\xff\xfe,2\n", (None, None), DataError, "UTF-8"),
        (None, (None, None), DataError, "no such file"),
    ],
)
def test_tables_that_cannot_be_used(
    tmp_path: Path,
    text: str | bytes | None,
    columns: tuple[str | None, str | None],
    error: type[Exception],
    message: str,
) -> None:
    folders.classes(tmp_path / "images", {"all": 2})
    table = tmp_path / "labels.csv"
    if text is not None:
        table.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(error, match=message):
        labels.find(tmp_path / "images", labels.Labels(table, *columns))
