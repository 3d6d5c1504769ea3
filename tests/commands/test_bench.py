"""`cnncli bench`: each way of running, measured and told in the same words."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from cnncli.cli import main
from cnncli.images.parallel import processors
from tests.conftest import Cli


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, trained: Path) -> list[Path]:
    folder = tmp_path_factory.mktemp("files")
    made = [folder / "m.onnx", folder / "m.tflite"]
    for path in made:
        assert main(["export", str(trained), "-o", str(path), "--quiet"]) == 0
    return made


def test_files_side_by_side(cli: Cli, files: list[Path]):
    result = cli("bench", *files, "--batch", "1", "--batch", "4", "--json")
    found = json.loads(result.out)
    assert result.code == 0
    threads = sorted({1, processors()})
    assert [(each["model"], each["threads"], each["batch"]) for each in found] == [
        (str(file), number, batch) for file in files for number in threads for batch in (1, 4)
    ]
    for each in found:
        times = each["milliseconds"]
        assert 0 < times["min"] <= times["q1"] <= times["median"] <= times["q3"]
        assert each["images_per_second"] == pytest.approx(each["batch"] / times["median"] * 1000)
        assert each["file_bytes"] == Path(each["model"]).stat().st_size
        assert each["memory_bytes"] < 400e6  # none of them is TensorFlow's


@pytest.mark.tensorflow_process
def test_a_run_is_measured_in_every_runtime(cli: Cli, trained: Path):
    result = cli("bench", trained, "--batch", "2", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.out)))
    assert result.code == 0
    assert list(dict.fromkeys(row["runtime"].split()[0] for row in rows)) == [
        "Keras", "ONNX", "LiteRT",
    ]  # fmt: skip
    assert {row["model"] for row in rows} == {str(trained)}


def test_what_a_format_cannot_say_is_told_and_left_out(cli: Cli, tmp_path: Path):
    spec = tmp_path / "deep.yaml"
    spec.write_text(
        "input: [8, 8, 3]\nlayers:\n  - Reshape: {target_shape: [8, 4, 6, 1]}\n"
        "  - MaxPool3D\n  - Flatten\n  - Dense: {units: 3, activation: softmax}\n"
    )
    from cnncli.exporters import speed, tflite
    from cnncli.exporters.deploy import Source
    from cnncli.network.architecture import resolve

    said: list[str] = []
    source = Source(str(spec), resolve(str(spec)))
    found = speed.files(source, tmp_path, {"tflite": tflite.FORMAT}, said.append)
    assert list(found) == ["keras"]
    assert len(said) == 1 and "is not measured as tflite: " in said[0] and "MaxPool3D" in said[0]


def test_what_is_no_network_is_said_first(cli: Cli, files: list[Path]):
    assert cli("bench", files[0], "no-such-net").code == 2
    assert cli("bench").code == 2
    assert cli("bench", files[0], "--batch", "0").code == 2


def test_runtimes_and_threads_are_chosen(cli: Cli, trained: Path, files: list[Path]):
    one = cli("bench", trained, "--runtime", "litert", "--threads", "1", "--batch", "1", "--json")
    (row,) = json.loads(one.out)
    assert (row["runtime"].split()[0], row["threads"]) == ("LiteRT", 1)
    for threads in ("1", "3"):
        chosen = cli("bench", files[0], "--threads", threads, "--batch", "2", "--json")
        assert [each["threads"] for each in json.loads(chosen.out)] == [int(threads)]
    other = cli("bench", files[0], "--runtime", "keras")
    assert other.code == 2 and "none of the runtimes of --runtime" in other.err
    assert cli("bench", files[0], "--threads", "0").code == 2
