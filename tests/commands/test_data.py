"""`cnncli data`: what a folder holds is found and said, and scripts can rely on it."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from cnncli.data.index import Item
from cnncli.data.properties import name_patterns
from cnncli.images.prepare import Target, prepare
from cnncli.images.reader import read
from tests.conftest import Cli
from tests.data import folders
from tests.images import kinds

PARTS = ("train", "validation", "test")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return folders.classes(Path("data"), {"cat": 20, "dog": 20})


def findings(cli: Cli, *argv: str | Path) -> dict[str, dict[str, Any]]:
    result = cli("data", *argv, "--json")
    assert result.code == 0
    return {finding["kind"]: finding for finding in json.loads(result.out)["findings"]}


def test_a_clean_folder(cli: Cli, folder: Path) -> None:
    result = cli("data", folder, "--strict")
    assert result.code == 0
    lines = result.out.splitlines()
    assert lines[0].startswith("data: 40 images in 2 classes, ")
    assert lines[1] == "class  train  validation  test  images    share   mean  spread"
    assert [line.split()[:6] for line in lines[2:4]] == [
        ["cat", "14", "3", "3", "20", "50.0"],
        ["dog", "15", "2", "3", "20", "50.0"],
    ]
    assert "24 x 32 (40)" in result.out
    assert "Nothing is wrong with these images." in result.out


def test_the_document(cli: Cli, folder: Path) -> None:
    document = json.loads(cli("data", folder, "--json").out)
    assert document["images"] == 40
    assert document["classes"]["cat"]["images"] == 20
    parts = [sum(row[part] for row in document["classes"].values()) for part in PARTS]
    assert parts == [29, 5, 6]
    assert document["formats"] == {"PNG": 40}
    assert document["findings"] == []
    assert document["wrong"] is False
    pixels = np.concatenate([read(path).pixels.ravel() for path in folder.rglob("*.png")])
    assert document["mean"] == pytest.approx(pixels.mean(), abs=0.01)
    assert document["spread"] == pytest.approx(pixels.std(), abs=0.01)


def test_what_cannot_be_read_is_named(cli: Cli, folder: Path) -> None:
    whole = (folder / "cat" / "000.png").read_bytes()
    (folder / "cat" / "cut.png").write_bytes(whole[: len(whole) // 2])
    (folder / "dog" / "page.jpg").write_text("<!DOCTYPE html><html></html>")
    result = cli("data", folder)
    assert result.code == 0
    assert "2 files cannot be read" in result.out
    assert "cat/cut.png: a truncated PNG file" in result.out
    assert "dog/page.jpg: an HTML page, not an image" in result.out
    assert cli("data", folder, "--strict").code == 1


def test_copies_within_and_across_classes(cli: Cli, folder: Path) -> None:
    original = (folder / "cat" / "000.png").read_bytes()
    (folder / "cat" / "again.png").write_bytes(original)
    (folder / "dog" / "other.bmp").write_bytes(
        cv2.imencode(".bmp", read(folder / "dog" / "003.png").pixels)[1].tobytes()
    )
    (folder / "dog" / "cat.png").write_bytes((folder / "cat" / "001.png").read_bytes())
    found = findings(cli, folder)
    assert found["copies"]["files"] == [
        ["cat/000.png", "cat/again.png"],
        ["dog/003.png", "dog/other.bmp"],
    ]
    assert found["copies-across-classes"]["files"] == [["cat/001.png", "dog/cat.png"]]
    assert "copies-across-parts" not in found
    assert cli("data", folder, "--strict").code == 1


def test_copies_across_folders_of_parts(cli: Cli, tmp_path: Path) -> None:
    for number, part in enumerate(("train", "val", "test")):
        for label in ("a", "b"):
            for place in range(5):
                path = tmp_path / part / label / f"{place}.png"
                folders.write(path, folders.picture(100 * number + 10 * place + ord(label)))
    leaked = tmp_path / "test" / "b" / "9.png"
    leaked.write_bytes((tmp_path / "train" / "a" / "0.png").read_bytes())
    found = findings(cli, tmp_path)
    assert found["copies-across-classes"]["files"] == [["test/b/9.png", "train/a/0.png"]]
    assert "too good" in found["split"]["text"]
    assert found["split"]["wrong"]


def test_near_copies_are_found_on_request(cli: Cli, folder: Path) -> None:
    pixels = folders.picture(777, 240, 320)
    folders.write(folder / "cat" / "big.png", pixels)
    folders.write(folder / "dog" / "small.jpg", cv2.resize(pixels, (160, 120)))
    assert "near-copies-across-classes" not in findings(cli, folder)
    found = findings(cli, folder, "--near")
    assert found["near-copies-across-classes"]["files"] == [["cat/big.png", "dog/small.jpg"]]
    assert found["near-copies-across-classes"]["wrong"]


def test_odd_pictures(cli: Cli, folder: Path) -> None:
    folders.write(folder / "cat" / "black.png", np.zeros((24, 32), np.uint8))
    folders.write(folder / "cat" / "thumb.png", folders.picture(50, 5, 6))
    folders.write(folder / "cat" / "deep.png", folders.picture(51).astype(np.uint16))
    (folder / "dog" / "really.png").write_bytes(
        kinds.encoded(Pillow.fromarray(folders.picture(52)), "JPEG")
    )
    turned = kinds.encoded(Pillow.fromarray(folders.picture(53)), "JPEG", exif=kinds.exif(6))
    (folder / "dog" / "turned.jpg").write_bytes(turned)
    (folder / "dog" / "frames.gif").write_bytes(
        kinds.encoded(kinds.frames(2)[0], "GIF", save_all=True, append_images=kinds.frames(2)[1:])
    )
    (folder / "dog" / "alpha.png").write_bytes(kinds.encoded(kinds.ALPHA, "PNG"))
    found = findings(cli, folder)
    expected = {
        "constant": ("cat/black.png", True),
        "small": ("cat/thumb.png", False),
        "faint": ("cat/deep.png", True),
        "misnamed": ("dog/really.png", False),
        "turned": ("dog/turned.jpg", False),
        "several": ("dog/frames.gif", False),
        "alpha": ("dog/alpha.png", False),
    }
    for kind, (file, wrong) in expected.items():
        assert found[kind]["files"] == [[file]]
        assert found[kind]["wrong"] is wrong
    assert {"mixed-colour", "mixed-depth"} <= set(found)


def test_grey_is_what_shows_no_colour_whatever_the_file_could_hold(cli: Cli, folder: Path) -> None:
    grey, colour = Pillow.fromarray(folders.picture(60)), kinds.RGB
    opaque = Pillow.fromarray(folders.picture(61)).convert("RGBA")
    files = {
        "rgb.png": kinds.encoded(grey.convert("RGB"), "PNG"),
        "rgb.jpg": kinds.encoded(grey.convert("RGB"), "JPEG", quality=40),
        "rgb.webp": kinds.encoded(grey.convert("RGB"), "WEBP", quality=40),
        "palette.gif": kinds.encoded(grey, "GIF"),
        "opaque.png": kinds.encoded(opaque, "PNG"),
    }
    for name, content in files.items():
        (folder / "cat" / name).write_bytes(content)
    assert not {"mixed-colour", "alpha"} & set(findings(cli, folder))
    (folder / "cat" / "colour.png").write_bytes(kinds.encoded(colour, "PNG"))
    (folder / "cat" / "clear.png").write_bytes(kinds.encoded(kinds.ALPHA, "PNG"))
    found = findings(cli, folder)
    assert "(45 grey, 2 colour, by what they show)" in found["mixed-colour"]["text"]
    assert "a network of one channel makes all of them grey" in found["mixed-colour"]["text"]
    assert found["alpha"]["files"] == [["cat/clear.png"]]


INSTEAD = ": a network may learn that instead of what is in the pictures"
SURE = "balanced accuracy 1.00"


def shortcuts(cli: Cli, folder: Path) -> list[str]:
    found = json.loads(cli("data", folder, "--json").out)["findings"]
    return [one["text"].removesuffix(INSTEAD) for one in found if one["kind"] == "shortcut"]


def test_what_gives_the_class_away(cli: Cli, tmp_path: Path) -> None:
    for number in range(12):
        folders.write(tmp_path / "a" / f"{number}.jpg", folders.picture(number, 40, 30))
        deep = folders.picture(number + 50, 30, 60).astype(np.uint16) * 257
        folders.write(tmp_path / "b" / f"{number}.png", deep)
    for found, expected in zip(
        shortcuts(cli, tmp_path),
        [
            "the file format tells the classes apart: JPEG is a, PNG is not",
            "the mode of the files tells the classes apart: L is a, I;16 is not",
            "the number of bits tells the classes apart: 8 is a, 16 is not",
            "the size (height x width) tells the classes apart: 40 x 30 is a, 30 x 60 is not",
        ],
        strict=True,
    ):
        # of 12 images each, Clopper and Pearson's interval begins at 0.735
        assert found == f"{expected} ({SURE}, 0.81-1.00)"
    refused = cli("data", tmp_path, "--strict")
    assert refused.code == 1 and "4 things wrong" in refused.err


def test_an_orientation_that_gives_the_class_away(cli: Cli, tmp_path: Path) -> None:
    for label, orientation in (("a", 6), ("b", 5)):
        for number in range(8):
            pixels = Pillow.fromarray(folders.picture(10 * orientation + number))
            path = tmp_path / label / f"{number}.jpg"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(kinds.encoded(pixels, "JPEG", exif=kinds.exif(orientation)))
    assert [each.partition(" (")[0] for each in shortcuts(cli, tmp_path)] == [
        "the EXIF orientation tells the classes apart: 6 is a, 5 is not"
    ]


def test_brightness_and_names_that_give_the_class_away(cli: Cli, tmp_path: Path) -> None:
    for number in range(20):
        dark = folders.picture(number) // 4
        folders.write(tmp_path / "ill" / f"person{number}_ill_{number}.png", dark)
        bright = folders.picture(number + 90) // 4 + 180
        folders.write(tmp_path / "well" / f"IM-{number:04}.png", bright)
    brightness, names = shortcuts(cli, tmp_path)
    assert brightness.startswith("the mean brightness (0 to 255) tells the classes apart: below ")
    assert "person#_*_# is ill, IM-# is not" in names and "different places" in names


@pytest.mark.parametrize("style", ["{label}.{number}.png", "{label}/{number}.png"])
def test_names_that_hold_the_class_give_nothing_away(style: str) -> None:
    items = [
        Item(style.format(label=label, number=number), label, "", 0, 0)
        for label in ("cat", "hot dog")
        for number in range(30)
    ]
    assert len(set(name_patterns(items))) == 1


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        # one class, of a size or of a few
        (
            {"a": [40] * 12, "b": range(20, 32)},
            ["40 x 30 is a, one that no other image has is not"],
        ),
        (
            {"a": [40] * 4 + [41] * 8, "b": [20] * 12, "c": [20] * 12},
            ["tells 1 class from the others: a is 41 x 30 or 40 x 30"],
        ),
        # sizes of one image each: their number of pixels
        ({"a": range(40, 55), "b": range(20, 35)}, ["above 1110 is a, below it is not"]),
        # more values than are named: by those of the other side
        (
            {"a": [40 + number // 2 for number in range(12)], "b": [20] * 12},
            ["any other is a, 20 x 30 is not"],
        ),
        # worth a look and not wrong, or neither
        ({"a": [40] * 40, "b": [20] * 35 + [40] * 5}, ["40 x 30 is a, 20 x 30 is not"]),
        ({"a": [40] * 40, "b": [20] * 30 + [40] * 10}, []),
        # what nearly all images have is no sign of the class that nearly all are of
        ({"a": [40] * 40, "b": [40]}, []),
        ({"a": [40] * 40, "b": [40, 40, 20, 20]}, []),
        # too few to be more than chance
        ({"a": [40] * 4, "b": [20] * 4}, []),
        ({"a": range(40, 46), "b": range(20, 26)}, []),
    ],
)
def test_sizes_that_give_the_class_away(
    cli: Cli, tmp_path: Path, sizes: dict[str, list[int]], expected: list[str]
) -> None:
    for label, heights in sizes.items():
        for number, height in enumerate(heights):
            pixels = folders.picture(100 * ord(label) + number, height, 30)
            folders.write(tmp_path / label / f"{number}.png", pixels)
    found = shortcuts(cli, tmp_path)
    assert len(found) == len(expected)
    for text, words in zip(found, expected, strict=True):
        assert words in text


def test_the_folder_itself(cli: Cli, folder: Path) -> None:
    folders.classes(folder, {"rare": 4, "empty": 0})
    folders.write(folder / "loose.png", folders.picture(1))
    (folder / "cat" / "notes.txt").write_text("x")
    (folder / "cat" / ".hidden").write_text("x")
    (folder / "cat" / "scan.dcm").write_bytes(b"x")
    found = findings(cli, folder)
    assert "5.0 times as many" in found["imbalance"]["text"]
    assert found["empty-class"]["wrong"]
    assert found["no-class"]["files"] == [["loose.png"]]
    assert "1 .txt" in found["other-files"]["text"]
    assert "passed over: 1" in found["hidden"]["text"]
    assert "1 DICOM" in found["dicom"]["text"]


def test_what_systems_leave_beside_images_is_passed_over(cli: Cli, folder: Path) -> None:
    for name in ("__MACOSX/cat/._000.png", "@eaDir/thumb.png", ".thumbnails/a.png"):
        folders.write(folder / name, folders.picture(70))
    (folder / "cat" / "._000.png").write_bytes(b"\0\5\x16\7")
    document = json.loads(cli("data", folder, "--json").out)
    assert set(document["classes"]) == {"cat", "dog"}
    assert [one["kind"] for one in document["findings"]] == ["hidden"]


def test_classes_that_stand_one_folder_deeper(cli: Cli, tmp_path: Path) -> None:
    for name in ("inner/cat", "inner/dog"):
        folders.classes(tmp_path / "wrapped" / name, {"": 3})
    found = findings(cli, tmp_path / "wrapped")["one-class"]
    assert f"did you mean {tmp_path}/wrapped/inner?" in found["text"]
    result = cli("train", tmp_path / "wrapped")
    assert result.code == 1
    assert f"did you mean {tmp_path}/wrapped/inner?" in result.err
    for part in ("images_a", "images_b"):
        folders.classes(tmp_path / "odd" / part, {"cat": 3, "dog": 3})
    text = findings(cli, tmp_path / "odd")["nested-classes"]["text"]
    assert "(images_a, images_b) holds the same folders (cat, dog)" in text


def test_classes_that_differ_in_capitals(cli: Cli, tmp_path: Path) -> None:
    folders.classes(tmp_path, {"No Finding": 3, "no_finding": 3, "A": 3, "a": 3})
    found = json.loads(cli("data", tmp_path, "--json").out)["findings"]
    texts = [one["text"] for one in found if one["kind"] == "like-names"]
    assert texts == ["the classes No Finding and no_finding differ in little but capitals"]


def test_strict_says_so(cli: Cli, folder: Path) -> None:
    (folder / "cat" / "000.png").write_text("x")
    result = cli("data", folder, "--strict", "--quiet", "--json")
    assert (result.code, result.err) == (1, "error: data: 1 thing wrong (--strict)\n")


def test_the_next_command_splits_alike(cli: Cli, folder: Path) -> None:
    options = ("--group-by", r"(\d+)[.]", "--split", "60/20/20", "--split-seed", "3")
    result = cli("data", folder, *options, "--arch", "lenet5", "--range", "0,250")
    last = result.err.splitlines()[-1]
    assert last == (
        r"Next: cnncli train data --arch lenet5 --split 60/20/20 --split-seed 3 "
        r"--group-by '(\d+)[.]' --range 0,250"
    )


def test_a_single_augmentation_needs_no_brackets(cli: Cli, folder: Path) -> None:
    argv = ("data", folder, "-q", "--augmented", "a.png", "--force", "--augment")
    drawn = []
    for things in ("RandomFlip", "[RandomFlip]", "RandomFlip: {mode: vertical}"):
        result = cli(*argv, things)
        assert result.code == 0, result.err
        drawn.append(Path("a.png").read_bytes())
    assert drawn[0] == drawn[1] != drawn[2]


def test_groups_that_names_suggest(cli: Cli, tmp_path: Path) -> None:
    for number in range(40):
        label = "ab"[number % 2]
        path = tmp_path / label / f"{number // 4:05}_{number % 4}.png"
        folders.write(path, folders.picture(number))
    found = findings(cli, tmp_path)["split"]
    assert "10 groups" in found["text"]
    assert found["wrong"]
    assert cli("data", tmp_path, "--strict").code == 1
    assert rf"Next: cnncli train {tmp_path} --group-by '^(\d+)[_-]'" in cli("data", tmp_path).err
    assert cli("data", tmp_path, "--strict", "--group-by", ".+").code == 0
    assert "split" not in findings(cli, tmp_path, "--group-by", r"^(\d+)_")
    grouped = cli("data", tmp_path, "--group-by", r"^(\d+)_")
    assert r"10 groups by ^(\d+)_ (train 7, validation 1, test 2)" in grouped.out
    counts = json.loads(cli("data", tmp_path, "--group-by", r"^(\d+)_", "--json").out)["groups"]
    assert (counts["count"], counts["train"], counts["in_several_parts"]) == (10, 7, 0)


def test_a_part_that_groups_leave_empty(cli: Cli, folder: Path) -> None:
    found = json.loads(cli("data", folder, "--group-by", "png", "--json").out)
    texts = [one["text"] for one in found["findings"] if one["wrong"]]
    assert [text.split(":")[0] for text in texts] == [
        "no image is left to test on",
        "no image is left to validate with",
    ]
    assert cli("data", folder, "--group-by", "png", "--strict").code == 1
    refused = cli("train", folder, "--group-by", "png", "--out", "run")
    assert refused.code == 1
    assert "makes 1 group of 40 images: none is left to test on" in refused.err
    assert not Path("run").exists()


def test_digits_are_not_for_the_network_of_the_lesson(cli: Cli) -> None:
    said = cli("data", "sample:digits").err
    assert "Next: cnncli train sample:digits --arch lenet5\n" in said
    assert "8 x 8" in said
    assert (
        "Next: cnncli train sample:digits --arch tiny-vgg\n"
        in cli("data", "sample:digits", "--arch", "tiny-vgg").err
    )


@pytest.mark.parametrize(
    ("counts", "kind"), [({"only": 4}, "one-class"), ({"a": 4, "b": 1}, "no-split")]
)
def test_what_cannot_be_trained_on_is_reported(
    cli: Cli, tmp_path: Path, counts: dict[str, int], kind: str
) -> None:
    folders.classes(tmp_path, counts)
    assert findings(cli, tmp_path)[kind]["wrong"]
    assert cli("data", tmp_path, "--strict").code == 1


def test_the_array_holds_what_the_network_gets(cli: Cli, folder: Path) -> None:
    (folder / "cat" / "000.png").write_text("broken")
    result = cli("data", folder, "-q", "-p", "input_shape=[32,32,1]", "--array", "out.npy")
    assert result.code == 0
    pixels = np.load("out.npy")
    rows = list(csv.DictReader(Path("out.csv").read_text(encoding="utf-8").splitlines()))
    assert pixels.dtype == np.uint8
    assert pixels.shape == (39, 32, 32, 1)
    assert [row["file"] for row in rows][:2] == ["cat/001.png", "cat/002.png"]
    for number in (0, 17, 38):
        image = read(folder / rows[number]["file"])
        np.testing.assert_array_equal(pixels[number], prepare(image, Target(32, 32, 1)))
        assert rows[number]["label"] == rows[number]["file"].split("/")[0]
    assert cli("data", folder, "--array", "out.npy").code == 2
    four = cli("data", folder, "-p", "input_shape=[8,8,4]", "--array", "four.npy")
    assert (four.code, four.out) == (1, "")
    assert "its input has 4 channels" in four.err
    assert cli("data", folder, "--array", "out.png", "--force").code == 2


def test_the_contact_sheet(cli: Cli, folder: Path) -> None:
    for name in ("sheet.png", "sheet.svg"):
        assert cli("data", folder, "-o", name).code == 0
    assert read(Path("sheet.png")).width > 1000
    text = Path("sheet.svg").read_text(encoding="utf-8")
    assert text.count("<image") == 16
    assert cli("data", folder, "-o", "sheet.png").code == 2
    assert cli("data", folder, "-o", "sheet.xyz").code == 2


def test_the_contact_sheet_counts_as_people_do(cli: Cli, tmp_path: Path) -> None:
    def drawn(name: str, digits: int) -> list[str]:
        """Return the pictures of a sheet, of a folder whose names have at least so many digits."""
        for label in (2, 10):
            for number in (1, 2, 10, 11):
                path = tmp_path / name / f"{label:0{digits}}" / f"{number:0{digits}}.png"
                folders.write(path, folders.picture(100 * label + number))
        sheet = tmp_path / f"{name}.svg"
        assert cli("data", tmp_path / name, "-q", "-o", sheet).code == 0
        return re.findall(r'<image[^>]*"(data:[^"]+)"', sheet.read_text(encoding="utf-8"))

    padded = drawn("padded", 2)
    assert len(set(padded)) == 8
    assert drawn("plain", 1) == padded


def test_a_picture_alone_on_standard_output(cli: Cli, folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cnncli", "data", folder, "-o", "-"], capture_output=True, check=True
    )
    assert read(done.stdout).format == "PNG"
    for argv in (("-o", "-", "--json"), ("-o", "-", "--augmented", "-", "--augment", "RandomFlip")):
        assert cli("data", folder, *argv).code == 2


def test_augmented_images(cli: Cli, folder: Path) -> None:
    flips = "[RandomFlip, RandomBrightness: {factor: 0.2}]"
    argv = ("data", folder, "-q", "--arch", "lesson", "--augment", flips, "--force")
    for name in ("one.png", "two.png"):
        result = cli(*argv, "--augmented", name)
        assert result.code == 0, result.err
    assert Path("one.png").read_bytes() == Path("two.png").read_bytes()
    noted = cli(*(each for each in argv if each != "-q"), "--augmented", "one.png")
    assert "RandomBrightness has next to no effect" in noted.err


NAMES = ("a$b", "$x_{5$", "日本語", "two\nlines", "\x1b[31mred", "caf\udce9", "a\u2028b")


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_names_of_any_kind_on_the_sheet(cli: Cli, tmp_path: Path, suffix: str) -> None:
    root = tmp_path / "$d\udce9"
    for number, name in enumerate(NAMES):
        for place in range(2):
            path = root / name / f"{name}-{place}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(
                kinds.encoded(Pillow.fromarray(folders.picture(2 * number + place)), "PNG")
            )
    result = cli("data", root, "-o", tmp_path / f"sheet.{suffix}", "--quiet")
    assert (result.code, result.err) == (0, "")
    assert "\x1b" not in result.out
    rows = result.out.split("\n\n")[0].splitlines()[2:-2]
    assert sorted(re.split(r"  +", row)[0] for row in rows) == sorted(
        ["a$b", "$x_{5$", "日本語", r"two\nlines", r"\x1b[31mred", r"caf\xe9", r"a\u2028b"]
    )
    flips = ("--augment", "[RandomFlip]", "-a", "lenet5", "--force")
    assert cli("data", root, *flips, "--augmented", tmp_path / f"a.{suffix}", "-q").err == ""


def test_a_terminal_and_a_font_without_the_letters(tmp_path: Path) -> None:
    folders.classes(tmp_path / "data", {"Größe": 2, "日本語": 2})
    done = subprocess.run(
        [sys.executable, "-m", "cnncli", "-q", "data", "data", "-o", "sheet.png"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Größe" in done.stdout and "日本語" in done.stdout


@pytest.mark.parametrize(
    ("augment", "code", "message"),
    [
        ("[RandomHue: {factor: 0.2}]", 2, "RandomHue cannot change images of 256 x 256 x 1"),
        ("[RandomCrop: {height: 20, width: 20}]", 2, "makes images of 20 x 20 x 1"),
        ("[BatchNormalization]", 2, "weights to learn"),
        ("[RandomFlop]", 2, "RandomFlip"),
        ("[]", 2, "no augmentation"),
    ],
)
def test_augmentation_that_cannot_be_meant(
    cli: Cli, folder: Path, augment: str, code: int, message: str
) -> None:
    result = cli("data", folder, "--augment", augment, "--augmented", "a.png")
    assert result.code == code
    assert message in result.err
    assert not Path("a.png").exists()


def test_augmentation_that_nothing_draws(cli: Cli, folder: Path) -> None:
    result = cli("data", folder, "--augment", "RandomFlip")
    assert (result.code, result.out) == (2, "")
    assert result.err == "error: --augment does nothing without --augmented\n"


def test_labels_in_a_table(cli: Cli, folder: Path) -> None:
    rows = [f"{path.name},{'xy'[n % 2]}" for n, path in enumerate(folder.glob("cat/*.png"))]
    Path("labels.csv").write_text("\n".join(["name,finding", *rows]))
    columns = ("--image-column", "name", "--label-column", "finding")
    result = cli("data", folder / "cat", "--labels", "labels.csv", *columns, "--json")
    assert {label: row["images"] for label, row in json.loads(result.out)["classes"].items()} == {
        "x": 10,
        "y": 10,
    }
    assert cli("data", folder, *columns).code == 2


@pytest.mark.parametrize(
    ("argv", "code", "message"),
    [
        (("nowhere",), 1, "no such folder"),
        (("data", "--split", "50/50"), 2, "three numbers that make 100"),
        (("data", "--split", "nan/50/50"), 2, "three numbers that make 100"),
        (("data", "--range", "0,inf"), 2, "LO below HI"),
        (("data", "--split-from", "nowhere.csv"), 1, "nowhere.csv: no such file"),
        (("",), 1, "no such folder"),
        (("data", "--folds", "3"), 2, "--folds does nothing without --fold"),
        (("data", "--group-by", "("), 2, "not a regular expression"),
        (("data", "--range", "5,1"), 2, "LO below HI"),
        (("data", "--labels", "nowhere.csv"), 1, "no such file"),
        (("sample:cats",), 1, "no sample data set"),
    ],
)
def test_what_cannot_be_meant(
    cli: Cli, folder: Path, argv: tuple[str, ...], code: int, message: str
) -> None:
    result = cli("data", *argv)
    assert result.code == code
    assert message in result.err
    assert result.err.startswith("error: ")


def test_floats_of_no_known_range_are_asked_for_all_at_once(cli: Cli, folder: Path) -> None:
    for number in range(2):
        ct = folders.picture(number).astype(np.float32) * 10 - 1000
        folders.write(folder / "cat" / f"{number}.tif", ct)
    found = findings(cli, folder)["unknown-range"]
    assert found["wrong"]
    assert found["files"] == [["cat/0.tif"], ["cat/1.tif"]]
    assert "--range -1000," in found["text"]
    assert cli("data", folder, "--strict").code == 1
    refused = cli("train", folder, "--out", folder.parent / "run")
    assert refused.code == 1
    assert "of 2 images nothing says which value is black" in refused.err
    assert "cat/0.tif" in refused.err
    assert "cat/1.tif" in refused.err
    assert "--range -1000," in refused.err
    assert not (folder.parent / "run").exists()
    sheet = ("-o", "sheet.png")
    assert cli("data", folder, "--range", "-1000,1550", *sheet).code == 0


def test_a_range_belongs_to_the_images_that_have_such_values(cli: Cli, folder: Path) -> None:
    """Beside 8-bit pictures one of 12 bits in 16: almost black without --range."""
    twelve = folders.picture(70).astype(np.uint16) * 16
    folders.write(folder / "cat" / "twelve.png", twelve)
    faint = findings(cli, folder)["faint"]
    assert faint["files"] == [["cat/twelve.png"]]
    assert "--range 0,4095" in faint["text"]
    assert f"values from {twelve.min()} to {twelve.max()}" in faint["text"]
    assert cli("data", folder, "--strict").code == 1
    found = findings(cli, folder, "--range", "0,4095")
    assert "faint" not in found
    assert len(found["other-range"]["files"]) == 40
    assert "keep their own range (0 to 255)" in found["other-range"]["text"]
    assert cli("data", folder, "--range", "0,4095", "--strict").code == 0
    pixels = folder.parent / "pixels.npy"
    assert cli("data", folder, "--range", "0,4095", "--array", pixels, "--arch", "lenet5").code == 0
    means = np.load(pixels).mean(axis=(1, 2, 3))
    assert means.min() > 40, "none is nearly black"


def test_folders_in_classes_are_told_and_can_be_the_classes(cli: Cli, tmp_path: Path) -> None:
    data = tmp_path / "data"
    for number, name in enumerate(("cat/tabby", "cat/siamese", "dog/pug", "dog/collie")):
        for each in range(10):
            picture = folders.picture(20 * number + each)
            folders.write(data / name / f"{each}.png", picture)
    text = findings(cli, data)["nested-folders"]["text"]
    assert "2 classes with folders inside (cat: siamese, tabby; dog: collie, pug)" in text
    assert "--depth 2" in text
    result = cli("data", data, "--depth", "2", "--merge", "dog=dog/pug,dog/collie", "--json")
    assert set(json.loads(result.out)["classes"]) == {"cat/siamese", "cat/tabby", "dog"}
    result = cli("data", data, "--depth", "2", "--merge", "dog=dog/pug,dog/collie")
    assert "train " in result.err
    assert "--depth 2 --merge dog=dog/pug,dog/collie" in result.err
    assert cli("data", data, "--merge", "dog=wolf").code == 2


def test_a_background_makes_pictures_of_what_was_only_transparency(
    cli: Cli, tmp_path: Path
) -> None:
    """Black icons that differ in their alpha alone: copies of one another without a background."""
    data = tmp_path / "icons"
    for number in range(20):
        icon = np.zeros((24, 32, 4), np.uint8)
        icon[:, :, 3] = folders.picture(number)
        folders.write(data / "ab"[number % 2] / f"{number}.png", icon)
    found = findings(cli, data)
    assert "copies-across-classes" in found
    assert "--background" in found["alpha"]["text"]
    found = findings(cli, data, "--background", "white")
    assert "copies-across-classes" not in found
    assert "constant" not in found
    assert "laid onto the background" in found["alpha"]["text"]
    refused = cli("data", data, "--background", "blurb")
    assert refused.code == 2
    assert "is not a colour" in refused.err
