"""A long prediction is killed at any moment and gone on with: no row and no file is lost."""

from __future__ import annotations

import signal
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from cnncli.evaluation.appended import Done
from tests.conftest import Cli
from tests.evaluation.test_sorting import contents, tree
from tests.forker import Forker, Process

HEADER = "file,predicted,probability,p_left,p_right,error\n"


@pytest.fixture
def many(images: Path, tmp_path: Path) -> Path:
    """600 images, four that are none, and no two with the same content."""
    folder = tmp_path / "many"
    for place, image in enumerate((sorted(images.rglob("*.png")) * 8)[:600]):
        (folder / f"{place % 3}").mkdir(parents=True, exist_ok=True)
        file = folder / f"{place % 3}" / f"{place // 5}.png"
        file.with_stem(f"{file.stem}-{place % 5}").write_bytes(
            image.read_bytes() + f"{place}".encode()
        )
    for place in range(4):
        (folder / f"broken-{place}.png").write_text(f"no image {place}")
    return folder


def wait_for_rows(process: Process, table: Path, count: int) -> None:
    """Wait until a table has so many lines, or the process has ended."""
    end = time.monotonic() + 120
    while process.code is None and time.monotonic() < end:
        if table.exists() and table.read_bytes().count(b"\n") >= count:
            return
        time.sleep(0.001)


def rows(table: Path) -> list[str]:
    return table.read_text().splitlines()


@pytest.mark.parametrize(
    "signals",
    [
        pytest.param((signal.SIGKILL, signal.SIGTERM, signal.SIGINT), id="three"),
        pytest.param((signal.SIGKILL,) * 12, id="twelve", marks=pytest.mark.kill),
    ],
)
def test_killed_and_gone_on_with(
    trained: Path,
    many: Path,
    tmp_path: Path,
    cli: Cli,
    forker: Forker,
    signals: tuple[signal.Signals, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    whole, table, into = tmp_path / "whole.csv", tmp_path / "table.csv", tmp_path / "into"
    assert cli("predict", trained, "many", "--append", whole, "--quiet").code == 1
    before, draws = tree(many), np.random.default_rng(len(signals))
    call = ("predict", trained, "many", "--append", table, "--move-into", into, "--abstain", "0")
    for place, number in enumerate(signals):
        process = forker.start(*call, cwd=tmp_path)
        share = (place + draws.random()) / len(signals)
        wait_for_rows(process, table, int(600 * share) + 1)
        process.send(number)
        code = process.wait()
        expected = {signal.SIGKILL: -9, signal.SIGTERM: 143, signal.SIGINT: 130}[number]
        assert code in (expected, 1), process.output.read_text()
        assert contents(many) + contents(into) >= Counter(before.values())
    process = forker.start(*call, cwd=tmp_path)
    assert process.wait() == 1
    assert sorted(rows(table)) == sorted(rows(whole))
    assert sorted(tree(many)) == [f"broken-{place}.png" for place in range(4)]
    assert contents(many) + contents(into) == Counter(before.values())
    undone = cli("predict", "--undo", into)
    assert (undone.code, undone.err) == (0, f"{len(before) - 4} files brought back from {into}\n")
    assert tree(many) == before and not into.exists()


def test_every_name_that_has_a_row_is_found() -> None:
    names = [f"images/{number}.png" for number in range(4000)]  # some digests end with a zero
    done = Done([name, f"{place % 3}", ""] for place, name in enumerate(names))
    assert [done.find(name) for name in names] == [f"{place % 3}" for place in range(4000)]
    assert not any(done.find(f"others/{number}.png") for number in range(4000))


@pytest.mark.parametrize("cut", [0.0, 0.02, 0.5, 0.98])
def test_a_table_that_was_cut_is_gone_on_with(
    cli: Cli, trained: Path, images: Path, tmp_path: Path, cut: float
) -> None:
    table, part = tmp_path / "table.csv", images / "left"
    assert cli("predict", trained, part, "--append", table).code == 0
    whole = table.read_bytes()
    table.write_bytes(whole[: int(cut * len(whole))])
    result = cli("predict", trained, part, "--append", table)
    assert (result.code, result.out) == (0, "")
    assert table.read_bytes() == whole
    again = cli("predict", trained, part, "--append", table)
    assert again.err == f"{table}: 0 rows added to 40\n"


def test_what_was_made_with_other_options_is_not_gone_on_with(
    cli: Cli, trained: Path, images: Path, tmp_path: Path
) -> None:
    table, image = tmp_path / "table.csv", images / "left" / "000.png"
    assert cli("predict", trained, image, "--append", table, "--threshold", "0").code == 0
    kept = table.read_bytes()
    for *options, said in (
        ("--threshold", "1", "was made with another --threshold or --abstain"),
        ("--top", "1", "its columns are not those of"),
    ):
        refused = cli("predict", trained, images, "--append", table, *options)
        assert refused.code == 1 and said in refused.err
        assert table.read_bytes() == kept
    assert cli("predict", trained, images, "--append", tmp_path / "table.txt").code == 2
    assert cli("predict", trained, images, "--append", tmp_path / "no" / "table.csv").code == 1


TABLES = {
    "": f"{HEADER}%s,left,0.999,0.999,0.001,\nb.png,right,0.6,0.4,0.6,\nc.png,right,0.4,0.6,0.4,\n",
    "1": "file,predicted,probability,class_1,p_1,error\n%s,left,0.999,left,0.999,\n"
    "b.png,right,0.6,right,0.6,\nc.png,right,0.4,left,0.6,\nd.png,,,,,no image\n",
    "2": "file,predicted,probability,class_1,p_1,class_2,p_2,error\n"
    "%s,left,0.999,left,0.999,right,0.001,\nb.png,right,0.6,right,0.6,left,0.4,\n"
    "c.png,right,0.4,left,0.6,right,0.4,\n",
}


@pytest.mark.parametrize("top", TABLES)
@pytest.mark.parametrize(
    ("options", "differs"),
    [
        (("--threshold", "0.3"), None),
        (("--threshold", "0.399", "--abstain", "0.4"), None),
        ((), "of c.png it says right (0.4), and this call would say left"),
        (("--threshold", "0.4"), "of c.png it says right (0.4), and this call would say left"),
        (("--threshold", "0.7"), "of b.png it says right (0.6), and this call would say left"),
        (
            ("--threshold", "0.3", "--abstain", "0.5"),
            "of c.png it says right (0.4), and this call would say nothing",
        ),
    ],
)
def test_every_row_is_decided_as_this_call_decides(
    cli: Cli,
    trained: Path,
    images: Path,
    tmp_path: Path,
    top: str,
    options: tuple[str, ...],
    differs: str | None,
) -> None:
    """Also where no image is left, so that no network is loaded to compare with."""
    table, image = tmp_path / "table.csv", images / "left" / "000.png"
    table.write_text(TABLES[top] % image)
    more = ("--top", top) if top else ()
    result = cli("predict", trained, image, "--append", table, *options, *more)
    assert table.read_text() == TABLES[top] % image
    if differs is None:
        assert result.code == (1 if "no image" in TABLES[top] else 0), result.err
    elif not (top == "1" and options == ("--threshold", "0.4")):  # 1 - 0.6 is 0.4, or a hair off
        assert result.code == 1 and differs in result.err


def test_images_without_an_answer_stay_where_they_are(
    cli: Cli, trained: Path, images: Path, tmp_path: Path
) -> None:
    into, image = tmp_path / "into", images / "left" / "000.png"
    result = cli("predict", trained, image, "--copy-into", into, "--abstain", "1", "--json")
    assert (result.code, "1 image without an answer left in place" in result.err) == (0, True)
    assert not into.exists()
    result = cli("predict", trained, image, "--copy-into", into)
    assert (result.code, "1 file copied into" in result.err) == (0, True)
    (copied,) = into.glob("*/*.png")
    assert copied.read_bytes() == image.read_bytes()
    refused = cli("predict", trained, "sample:digits/3", "--move-into", into)
    assert (refused.code, "is no file" in refused.err) == (2, True)


def test_a_file_that_cannot_be_moved_is_named_and_stays(
    trained: Path, images: Path, tmp_path: Path, forker: Forker, cli: Cli
) -> None:
    assert cli("export", trained, "-o", tmp_path / "m.onnx").code == 0
    locked = tmp_path / "locked"
    locked.mkdir()
    (locked / "a.png").write_bytes((images / "left" / "000.png").read_bytes())
    locked.chmod(0o555)
    process = forker.start(
        "predict", tmp_path / "m.onnx", locked, "--move-into", tmp_path / "into", plain=True
    )
    assert process.wait() == 1
    said = process.output.read_text()
    assert "a.png: not moved: permission denied" in said and "Traceback" not in said
    assert (locked / "a.png").is_file() and not list((tmp_path / "into").glob("*/*"))
    locked.chmod(0o755)
