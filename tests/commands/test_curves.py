"""`cnncli curves`: the numbers are those of history.csv, the names what differs between runs."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from cnncli.render.terminal.run_curves import text
from cnncli.runs.directory import RunDirectory
from cnncli.runs.histories import histories
from tests.conftest import Cli


@pytest.fixture
def three(trained: Path, tmp_path: Path) -> Path:
    """Three runs that differ in their rate of dropout, and a folder that is no run."""
    folder = tmp_path / "three"
    for name, rate in (("a", 0.2), ("b", 0.6), ("c", 0.8)):
        shutil.copytree(trained, folder / name)
        spec = folder / name / "spec.yaml"
        spec.write_text(spec.read_text().replace("rate: 0.3", f"rate: {rate}"))
    (folder / "notes").mkdir()
    return folder


def history(run: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((run / "history.csv").open()))


def change(run: Path, **values: object) -> None:
    about = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**about, **values}))


def test_the_values_are_those_of_the_histories(three: Path, cli: Cli):
    found = json.loads(
        cli("curves", three, "--metric", "loss", "--metric", "accuracy", "--json").out
    )
    assert found["metrics"] == ["loss", "accuracy"]
    assert [run["label"] for run in found["runs"]] == ["rate 0.2", "rate 0.6", "rate 0.8"]
    for run in found["runs"]:
        rows = history(Path(run["run"]))
        assert run["epochs"] == [int(row["epoch"]) for row in rows]
        for name in ("loss", "accuracy"):
            assert run["values"][name] == [float(row[name]) for row in rows]
    table = list(csv.DictReader(io.StringIO(cli("curves", three, "--format", "csv").out)))
    assert [float(row["val_loss"]) for row in table[:4]] == [
        float(row["val_loss"]) for row in history(three / "a")
    ]


def labels(cli: Cli, *runs: Path) -> list[str]:
    return [run["label"] for run in json.loads(cli("curves", *runs, "--json").out)["runs"]]


def test_labels_are_what_differs(three: Path, cli: Cli, tmp_path: Path):
    a, b, c = (three / name for name in "abc")
    change(b, seed=9)
    assert labels(cli, a, b) == ["rate 0.2, seed 3", "rate 0.6, seed 9"]
    shutil.copytree(a, tmp_path / "twin")
    assert labels(cli, a, tmp_path / "twin") == ["a", "twin"]
    assert labels(cli, a, tmp_path / "twin", c) == [
        "rate 0.2 (a)",
        "rate 0.2 (twin)",
        "rate 0.8 (c)",
    ]
    assert labels(cli, a) == ["a"]
    spec = c / "spec.yaml"
    spec.write_text(spec.read_text().replace("  - Flatten", "  - ReLU\n  - Flatten"))
    change(c, name="deeper")
    assert labels(cli, a, c) == ["tiny", "deeper"]


def test_a_picture_and_what_stands_on_a_terminal(three: Path, cli: Cli, tmp_path: Path):
    picture = tmp_path / "curves.png"
    result = cli("curves", three, "-o", picture)
    assert (result.code, result.out) == (0, "")
    with Image.open(picture) as image:
        assert min(image.size) > 400
    runs = [RunDirectory(three / name) for name in "abc"]
    for width in (40, 80):
        lines = text(histories(runs, (), pytest.fail), width).plain.splitlines()
        assert max(map(len, lines)) <= width
    assert [line.split("(")[0].split() for line in lines[-3:]] == [
        ["a", "rate", "0.2"], ["b", "rate", "0.6"], ["c", "rate", "0.8"],
    ]  # fmt: skip


def test_what_is_left_out_is_told(three: Path, cli: Cli):
    (three / "a" / "history.csv").unlink()
    (three / "b" / "run.json").write_text('{"id": 7}')
    result = cli("curves", three, "--json")
    assert [Path(run["run"]).name for run in json.loads(result.out)["runs"]] == ["c"]
    assert "a: no epoch is done yet" in result.err and "not the record of a run" in result.err


def test_faults(three: Path, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    wrong = cli("curves", three, "--metric", "val_los")
    assert wrong.code == 2 and 'did you mean "val_loss"?' in wrong.err
    for place in (three / "notes", tmp_path / "nowhere"):
        assert cli("curves", place).code == 1
    spec = three / "a" / "spec.yaml"
    for content in (b"\xff\xfe\x00", b"[1, 2]", b"layers: 3", b"layers: [{}]"):
        spec.write_bytes(content)
        result = cli("curves", three, "--json")
        assert result.code in (0, 1, 2) and "Traceback" not in result.err
    (three / "a" / "history.csv").write_text("epoch,loss\n1,nan\n")
    only = cli("curves", three / "a", "--json")
    assert json.loads(only.out)["runs"][0]["values"] == {"loss": [None]}
    assert cli("curves", three / "a", "-o", tmp_path / "one.png").code == 0


def test_tensorflow_is_not_loaded(three: Path, bare):
    process = bare.start("curves", three, "--json", plain=True)
    assert process.wait() == 0, process.output.read_text()
