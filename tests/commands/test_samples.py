"""`cnncli samples`: the list is true, and a folder appears whole or not at all."""

from __future__ import annotations

import csv
import json
import signal
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnncli.data.known_causes import causes
from cnncli.images.blobs import Box, Form, draw
from cnncli.images.reader import read
from tests.conftest import Cli
from tests.forker import Forker


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def content(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_all_that_is_listed_can_be_read(cli: Cli) -> None:
    listed = json.loads(cli("samples", "--json").out)
    for each in listed:
        several = each["kind"] == "data set"
        image = read(f"{each['name']}/{each['images'] - 1}" if several else each["name"])
        size = f"{image.height} x {image.width}"
        assert size in each["description"]
    table = cli("samples").out
    assert all(each["name"] in table for each in listed)


@pytest.mark.parametrize(
    ("options", "form"),
    [
        ((), Form()),
        (("--shortcut", "--faint", "--seed", "3"), Form(shortcut=True, faint=True, seed=3)),
        (("--cause", "texture"), Form("texture")),
        (("--cause", "colour"), Form("colour")),
    ],
)
def test_a_folder_of_images_and_where_their_causes_are(
    cli: Cli, options: tuple[str, ...], form: Form
) -> None:
    result = cli("samples", "blobs", "known", "--images", "12", *options)
    assert (result.code, result.out) == (0, "known\n"), result.err
    assert "Next: cnncli train known --arch blobs" in result.err
    assert ("input_shape=[48,48,3]" in result.err) == (form.cause == "colour")
    made = content(Path("known"))
    tables = {"truth.csv", "marks.csv"} if form.shortcut else {"truth.csv"}
    assert set(made) == tables | {f"{form.label(i)}/{i:05d}.png" for i in range(12)}
    for number in range(12):
        pixels = np.asarray(Image.open(f"known/{form.label(number)}/{number:05d}.png"))
        assert np.array_equal(pixels, draw(form, number).pixels.squeeze())
    with Path("known/truth.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == [f"{form.cause}/{i:05d}.png" for i in range(1, 12, 2)]
    for row in rows:
        box = Box(*(int(row[name]) for name in ("top", "left", "height", "width")))
        assert box == draw(form, int(row["file"][-9:-4])).cause
    assert cli("samples", "blobs", "again", "--images", "12", *options, "--json").code == 0
    assert content(Path("again")) == made


def test_what_is_there_stays(cli: Cli) -> None:
    Path("full").mkdir()
    Path("full/mine.txt").write_text("mine")
    Path("file").write_text("a file")
    for name in ("full", "file"):
        result = cli("samples", "blobs", name)
        assert (result.code, result.out) == (2, "")
        assert f"{name}: exists and is not an empty folder" in result.err
    assert content(Path()) == {"full/mine.txt": b"mine", "file": b"a file"}
    Path("empty").mkdir()
    assert cli("samples", "blobs", "empty", "--images", "2").code == 0
    assert len(list(Path("empty").iterdir())) == 3
    assert cli("samples", "blobs", "new/below", "--images", "2").code == 0


def test_other_samples_are_not_written(cli: Cli) -> None:
    result = cli("samples", "digits", "out")
    assert (result.code, "samples writes blobs" in result.err) == (2, True)
    result = cli("samples", "blobs")
    assert (result.code, "needs a folder" in result.err) == (2, True)
    assert not list(Path().iterdir())


@pytest.mark.parametrize("there", [True, False])
def test_an_interruption_leaves_no_half_folder(there: bool, tmp_path: Path, bare: Forker) -> None:
    folder = tmp_path / "known"
    if there:
        folder.mkdir()
    process = bare.start("samples", "blobs", folder, "--images", 99_999, plain=True, cwd=tmp_path)
    process.wait_for(folder / ".half" / "bar" / "00000.png")
    process.send(signal.SIGINT)
    assert process.wait() == 130
    assert folder.exists() == there
    assert not there or not list(folder.iterdir())


def test_tables_of_causes_are_read_from_their_folder(tmp_path: Path) -> None:
    table = tmp_path / "truth.csv"
    table.write_text("file,top,left,height,width\na/1.png,1,2,3,4\n")
    found = causes(str(table))
    assert found.of(str(tmp_path / "a" / "1.png")) == Box(1, 2, 3, 4)
    assert causes("truth.csv").of("a/1.png") == Box(1, 2, 3, 4)
    assert found.of("other.png") is None
    assert causes("sample:blobs").of("sample:blobs/3") == draw(Form(), 3).cause
    assert causes("sample:blobs").of("sample:blobs/2") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "truth.csv:1: a table of causes begins with file,top,left,height,width"),
        ("file,label\n1.png,a\n", "truth.csv:1: a table of causes"),
        ("file,top,left,height,width\n", "no image in it"),
        ("file,top,left,height,width\n1.png,1,2,3\n", "truth.csv:2: 1.png,1,2,3 is no file"),
        ("file,top,left,height,width\n1.png,1,2,3,x\n", "truth.csv:2:"),
        ("file,top,left,height,width\n\n1.png,1,2,0,4\n", "truth.csv:3:"),
        ("file,top,left,height,width\na,1,2,3,4\na,1,2,3,4\n", "truth.csv:3: a stands there twice"),
    ],
)
def test_a_table_that_is_none(cli: Cli, trained: Path, images: Path, text: str, said: str) -> None:
    Path("truth.csv").write_text(text)
    result = cli("explain", trained, images / "left" / "000.png", "--truth", "truth.csv")
    assert (result.code, result.out) == (1, "")
    assert said in result.err
