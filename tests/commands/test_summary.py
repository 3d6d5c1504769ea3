"""`cnncli summary`: against Keras itself and golden tables; on terminals; from the cache."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cnncli.cache import SUMMARIES
from tests.commands.terminal import ESCAPE, on_terminal
from tests.conftest import ROOT, Cli
from tests.network.lesson import lesson_model
from tests.terminal import terminal

GOLDEN = ROOT / "tests" / "golden"
RESIDUAL = ROOT / "tests" / "specs" / "residual.yaml"
PARAMS = [0, 80, 0, 584, 0, 876, 0, 1308, 0, 6020, 0, 10020, 0, 25050, 0, 6528, 0, 4128, 33]


def _golden(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("CNNCLI_WRITE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_every_row_is_that_of_the_model_that_the_lessons_code_builds(cli: Cli):
    layers = json.loads(cli("summary", "--json").out)["layers"]
    model = lesson_model()
    assert len(layers) == len(model.layers) == 19
    for ours, keras_layer in zip(layers, model.layers, strict=True):
        assert ours["type"] == type(keras_layer).__name__
        assert ours["output_shape"] == list(keras_layer.output.shape)
        assert ours["params"] == keras_layer.count_params()
    names = [re.sub(r"_\d+$", "", layer.name) for layer in model.layers[1:]]
    assert [re.sub(r"_\d+$", "", layer["name"]) for layer in layers[1:]] == names
    assert [layer["params"] for layer in layers] == PARAMS


def test_the_totals_are_those_of_the_lesson(cli: Cli):
    document = json.loads(cli("summary", "lesson", "--json").out)
    keys = ("total_params", "trainable_params", "non_trainable_params")
    assert [document[key] for key in keys] == [54627, 54627, 0]
    assert sum(layer["params"] for layer in document["layers"]) == 54627


@pytest.mark.parametrize(
    "argv",
    [
        pytest.param(("lesson",), id="lesson"),
        pytest.param((RESIDUAL,), id="blocks"),
        pytest.param((RESIDUAL, "--depth", "1"), id="blocks-closed"),
        pytest.param((RESIDUAL, "--depth", "1", "--all"), id="all-columns"),
        pytest.param(("lesson", "--format", "markdown"), id="markdown"),
        pytest.param(("lesson", "--format", "csv"), id="csv"),
    ],
)
def test_the_plain_text_is_pinned(cli: Cli, argv, request: pytest.FixtureRequest):
    result = cli("summary", *argv)
    assert (result.code, result.err) == (0, "")
    _golden(f"summary-{request.node.callspec.id}.txt", result.out)


def test_the_format_keras_is_keras_own_table(cli: Cli, monkeypatch: pytest.MonkeyPatch):
    import keras

    monkeypatch.setenv("COLUMNS", "100")
    lines: list[str] = []
    keras.utils.clear_session()  # or Keras numbers the layers after those of earlier tests
    lesson_model().summary(line_length=88, print_fn=lines.append)

    def words(text: str) -> list[str]:
        # The lesson's code gives other numbers to its layers, and so another column width.
        plain = re.sub(r"_\d+(?= \()|[━─┏┓┡┩├┤┳╇┼┴└┘]+|Model: .*", "", text)
        return re.sub(r"input_layer", "input", plain).split()

    ours = cli("summary", "lesson", "--format", "keras").out
    assert words(ours) == words("\n".join(lines))
    assert "…" not in ours and "\x1b" not in ours


def test_the_format_keras_shortens_no_name(cli: Cli, tmp_path: Path):
    name = "a_layer_whose_name_is_longer_than_the_column_that_keras_would_give_to_it_by_itself"
    spec = tmp_path / "long.yaml"
    spec.write_text(f"input: [4]\nlayers:\n- Dense: {{units: 1, name: {name}}}\n")
    assert name in cli("summary", spec, "--format", "keras").out


def test_csv_has_exact_numbers(cli: Cli):
    rows = list(csv.DictReader(io.StringIO(cli("summary", "--format", "csv").out)))
    assert [int(row["params"]) for row in rows] == PARAMS
    assert sum(int(row["macs"]) for row in rows) == 21608352


def test_html_is_a_whole_page_with_every_row(cli: Cli):
    class Cells(HTMLParser):
        rows = 0

        def handle_starttag(self, tag, attrs):
            self.rows += tag == "tr"
            assert not {"src", "href"} & {name for name, _ in attrs}  # loads nothing

    page = Cells()
    page.feed(cli("summary", "--format", "html").out)
    assert page.rows == 20


def test_memory_follows_batch_and_dtype(cli: Cli):
    def memory(*options: str) -> tuple[int, int]:
        document = json.loads(cli("summary", "--json", *options).out)
        return document["activation_bytes"], document["weight_bytes"]

    activations, weights = memory()
    assert weights == 54627 * 4
    assert memory("--batch", "16") == (16 * activations, weights)
    assert memory("--dtype", "float16") == (activations // 2, weights // 2)


def test_an_open_input_is_named_as_the_reason_why_nothing_is_counted(cli: Cli, tmp_path: Path):
    spec = tmp_path / "open.yaml"
    spec.write_text("input: [null, null, 1]\nlayers: [Conv2D: {filters: 2, kernel_size: 3}]\n")
    out = cli("summary", spec).out
    assert "at least 0 (1 layer has no known count; sizes of the input are not fixed)" in out
    fixed = cli("summary", spec, "--set", "input=[5, 5, 1]", "--json").out
    assert json.loads(fixed)["total_macs"] == 3 * 3 * 9 * 2


def test_set_and_parameters_change_the_network(cli: Cli):
    result = cli("summary", "--set", "layers[0].filters=16", "-p", "dropout_rate=0.1", "--json")
    layers = json.loads(result.out)["layers"]
    assert [layer["params"] for layer in layers[:4]] == [0, 160, 0, 1160]
    assert layers[16]["arguments"] == {"rate": 0.1}


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("--columns", "layer,size"), 'no column "size"'),
        (("--columns", ""), "no column"),
        (("--columns", "layer", "--all"), "--all"),
        (("--json", "--format", "csv"), "--json"),
        (("--format", "keras", "--columns", "layer"), "keras"),
        (("--set", "filters"), "PATH=VALUE"),
        (("--set", "layers[99].filters=1"), "layers[99].filters"),
        (("--set", "layers[0].filtres=1"), '"filters"'),
        (("-p", "width=2"), "width"),
        (("--batch", "0"), "--batch"),
        (("--depth", "0"), "--depth"),
        (("--max-params", "1000"), "--max-params"),
    ],
)
def test_wrong_usage_is_one_clear_message(cli: Cli, argv: Sequence[str], said: str):
    result = cli("summary", "lesson", *argv)
    assert result.code == 2
    assert said in result.err
    assert "Traceback" not in result.err and result.out == ""


def test_a_pipe_loses_nothing_however_narrow(cli: Cli, monkeypatch: pytest.MonkeyPatch):
    wide = cli("summary").out
    monkeypatch.setenv("COLUMNS", "20")
    assert cli("summary").out == wide


@pytest.mark.parametrize("columns", [40, 60, 80, 120, 200])
def test_a_terminal_drops_whole_columns_and_no_digit(cli: Cli, columns: int):
    cli("summary")
    shown = ESCAPE.sub("", on_terminal(columns, "summary"))
    lines = shown.splitlines()
    assert max(map(len, lines)) <= columns
    rows = lines[2:21]
    assert [row.split()[0] for row in rows][-2:] == ["dense_1", "dense_2"]
    for row, params in zip(rows, PARAMS, strict=True):
        assert f"{params:,}" in row.split()
    assert "54,627" in shown
    _golden(f"summary-terminal-{columns}.txt", shown)


def test_long_lists_take_several_lines_before_a_column_is_dropped(cli: Cli):
    cli("summary", "inception-mini")
    shown = ESCAPE.sub("", on_terminal(200, "summary", "inception-mini"))
    lines = shown.splitlines()
    assert max(map(len, lines)) <= 200
    assert "Connected to" in lines[0] and "Receptive field" in lines[0] and "Share" in lines[0]
    joined = next(i for i, line in enumerate(lines) if "inception_3a_concatenate " in line)
    assert all(f"inception_3a_branch_{n}" in "".join(lines[joined : joined + 4]) for n in (1, 3, 5))


@pytest.mark.parametrize(("argv", "said"), [((), True), (("--depth", "1"), False)])
def test_what_makes_a_long_table_short_is_named_on_a_terminal(cli: Cli, argv, said):
    closed = cli("summary", "resnet@18", "--depth", "1").out.partition("\n\n")[0].splitlines()
    assert "--depth" not in cli("summary", "resnet@18").err
    with terminal(80):
        shown = cli("summary", "resnet@18", *argv)
    assert (f"--depth 1 shows {len(closed) - 1}," in shown.err) == said


def test_no_color_leaves_no_colour(cli: Cli):
    cli("summary")
    assert "\x1b[" in on_terminal(80, "summary")
    shown = on_terminal(80, "summary", NO_COLOR="1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", shown)


def test_a_reader_that_goes_away_is_no_error(cli: Cli):
    cli("summary")
    command = f"set -o pipefail; {sys.executable} -m cnncli summary | head -3"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 3


def test_the_second_time_neither_tensorflow_nor_numpy_is_loaded(cli: Cli):
    first = cli("summary").out
    code = (
        "import sys; from cnncli.cli import main; main(['summary']); "
        "sys.exit(bool({'tensorflow', 'keras', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stdout) == (0, first)


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda whole: whole[: len(whole) // 2], id="cut short"),
        pytest.param(lambda whole: b"", id="empty"),
        pytest.param(lambda whole: os.urandom(len(whole)), id="rubbish"),
        pytest.param(lambda whole: whole.replace(b"54627", b"54628"), id="one digit"),
    ],
)
def test_a_damaged_cache_file_is_not_believed_and_made_anew(cli: Cli, empty_cache: Path, damage):
    right = cli("summary").out
    (file,) = SUMMARIES.folder.iterdir()
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert cli("summary").out == right
    assert file.read_bytes() == whole


def test_another_version_does_not_read_what_this_one_kept(
    cli: Cli, empty_cache: Path, monkeypatch: pytest.MonkeyPatch
):
    cli("summary")
    monkeypatch.setattr("cnncli.facts.summarize.__version__", "99.0")
    cli("summary")
    assert len(list(SUMMARIES.folder.iterdir())) == 2


def test_no_cache_reads_and_keeps_nothing(cli: Cli, empty_cache: Path):
    assert "54,627" in cli("summary", "--no-cache").out
    assert not SUMMARIES.folder.exists()


def test_what_changes_the_network_is_never_taken_from_the_cache(cli: Cli, empty_cache: Path):
    totals = [
        json.loads(cli("summary", *change, "--json").out)["total_params"]
        for change in ((), ("--set", "layers[0].filters=9"), ("-p", "input_shape=[64,64,3]"), ())
    ]
    assert totals[0] == totals[3] == 54627
    assert len(set(totals)) == 3


def test_a_cache_that_cannot_be_written_is_done_without(cli: Cli, tmp_path: Path, monkeypatch):
    (tmp_path / "cnncli").write_text("a file where the folder should be")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    result = cli("summary")
    assert (result.code, result.err) == (0, "")
    assert "54,627" in result.out


def _together(count: int) -> list[str]:
    """Run so many summaries at once; return what each printed."""
    children = [
        subprocess.Popen(
            [sys.executable, "-m", "cnncli", "summary"], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        for _ in range(count)
    ]
    printed = [child.communicate()[0] for child in children]
    assert [child.returncode for child in children] == [0] * count
    return printed


@pytest.mark.tensorflow_process
def test_two_at_once_with_an_empty_cache(cli: Cli, empty_cache: Path):
    _all_right(2)


@pytest.mark.slow
def test_eight_at_once_with_an_empty_cache(cli: Cli, empty_cache: Path):
    _all_right(8)


def _all_right(count: int) -> None:
    printed = _together(count)
    assert set(printed) == {(GOLDEN / "summary-lesson.txt").read_text(encoding="utf-8")}
    files = list(SUMMARIES.folder.iterdir())
    assert len(files) == 1 and not files[0].name.startswith(".")
    assert _together(1) == printed[:1]


@pytest.mark.slow
def test_fifty_at_once_with_a_full_cache(cli: Cli, empty_cache: Path):
    right = cli("summary").out
    assert set(_together(50)) == {right}
    assert len(list(SUMMARIES.folder.iterdir())) == 1


def test_what_freeze_keeps_from_training_is_said(cli, tmp_path):
    spec = tmp_path / "frozen.yaml"
    spec.write_text(
        "input: [8, 8, 1]\nlayers:\n  - Conv2D: {filters: 2, kernel_size: 3, name: first}\n"
        "  - Flatten\n  - Dense: {units: 2}\ntraining: {freeze: [fir*]}\n"
    )
    result = cli("summary", spec)
    assert "Trainable params: 166" in result.out
    assert "training.freeze keeps 1 layer from training: 20 of the 166" in result.err
    assert "freeze" not in cli("summary", "lesson").err
