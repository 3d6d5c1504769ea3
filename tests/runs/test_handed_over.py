"""A run directory or a model that somebody was handed may hold anything: errors, no tracebacks."""

from __future__ import annotations

import copy
import csv
import io
import json
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncli import keras_archive
from cnncli.errors import CnncliError, ModelError
from cnncli.network.backend import load_keras
from cnncli.runs import record, tables, trained_file
from cnncli.runs.directory import RunDirectory
from cnncli.runs.kinds import check
from cnncli.runs.schema import MEANING, METRICS, RECORD
from cnncli.spec import catalog
from cnncli.training import state
from tests.conftest import Cli

# None of these is what a field of one of the files may be, except where it is.
WRONG: tuple[Any, ...] = (None, True, -1, 1e300, "\x1b[2Jx", [], [[]], {}, {"a": [None]})


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> RunDirectory:
    """A finished run of one's own."""
    return RunDirectory(Path(shutil.copytree(trained, tmp_path / "run")))


def places(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Give the path of every field of a document, the first of each list."""
    if before:
        yield before
    if isinstance(value, dict):
        for name, item in value.items():
            yield from places(item, (*before, name))
    elif isinstance(value, list) and value:
        yield from places(value[0], (*before, 0))


def replaced(document: Any, place: tuple[Any, ...], value: Any) -> Any:
    """A copy of a document with one field replaced."""
    changed = copy.deepcopy(document)
    inner = changed
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    return changed


def assert_no_bug(cli: Cli, *argv: Any) -> None:
    result = cli(*argv)
    assert result.code in (0, 1, 2), f"{argv}: {result.err}"
    assert "Traceback" not in result.err
    assert result.code == 0 or "error: " in result.err


def test_every_field_of_the_files_that_a_run_reads_may_be_anything(
    cli: Cli, run: RunDirectory
) -> None:
    for path in (run.record, run.metrics):
        whole = json.loads(path.read_text())
        for number, place in enumerate(places(whole)):
            path.write_text(json.dumps(replaced(whole, place, WRONG[number % len(WRONG)])))
            assert_no_bug(cli, "runs", run.path)
            assert_no_bug(cli, "runs", run.path, run.path)
        path.write_text(json.dumps(whole))


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("classes",), ["left"], "classes should be a list"),
        (("classes",), ["left", "left"], "classes should be a list of different names"),
        (("classes", 1), 3, r"classes\[1\] should be a name"),
        (("positive",), "up", "positive should be one of the classes, and is 'up'"),
        (("seed",), "3", 'seed should be a whole number .*, and is "3"'),
        (("epochs",), True, "epochs should be a whole number .*, and is true"),
        (("data", "options", "value_range"), [1], "data.options.value_range should be a list"),
        (("data", "options", "depth"), 0, "data.options.depth should be a whole number"),
        (("data", "options", "merge"), {"a": 1}, "data.options.merge.a should be text"),
        (("data", "options", "background"), [255], "data.options.background should be"),
        (("data", "split", "group_by"), 7, "data.split.group_by should be text, and is 7"),
    ],
)
def test_the_message_names_file_and_field(
    run: RunDirectory, place: tuple[Any, ...], value: Any, said: str
) -> None:
    run.write_record(replaced(run.read_record(), place, value))
    with pytest.raises(ModelError, match=rf"run\.json: {said}"):
        run.read_record()


def test_evaluate_and_resume_take_no_malformed_record(cli: Cli, run: RunDirectory) -> None:
    whole = json.loads(run.record.read_text())
    for place in (("classes",), ("data", "labels"), ("data", "split"), ("threads",), ("data",)):
        run.record.write_text(json.dumps(replaced(whole, place, {"a": [None]})))
        for argv in (("evaluate", run.path), ("train", "--resume", run.path, "--epochs", 5)):
            result = cli(*argv)
            assert result.code == 1
            assert f"run.json: {'.'.join(place)}" in result.err
            assert "Traceback" not in result.err


def with_record(path: Path, said: bytes) -> Path:
    """A copy of a model with another member cnncli.json."""
    changed = path.with_name("changed.keras")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            new.writestr(name, said if name == keras_archive.MEANING else old.read(name))
    return changed


def test_every_field_of_a_models_record_may_be_anything(cli: Cli, run: RunDirectory) -> None:
    with zipfile.ZipFile(run.model) as archive:
        whole = json.loads(archive.read(keras_archive.MEANING))
    image = run.path / "none.png"
    for value in (b"null", b"[]", b"3", b"", b"{", b"\xff", b"[" * 100_000):
        assert cli("predict", with_record(run.model, value), image).code == 1
    for number, place in enumerate(places(whole)):
        said = json.dumps(replaced(whole, place, WRONG[number % len(WRONG)])).encode()
        assert_no_bug(cli, "predict", with_record(run.model, said), image)


@pytest.mark.parametrize(
    ("loss", "said"),
    [
        ("evil", "loss should be a mapping"),
        ({"class_name": "function", "config": "plot_model"}, "config should be a mapping"),
        ({"class_name": "Sequential", "config": {"layers": []}}, "should be a loss of Keras"),
        ({"class_name": "Huber", "config": {"fn": 1}}, "Huber has no argument 'fn'"),
        ({"class_name": "Huber", "config": {"delta": "x"}}, "config.delta should be a number"),
        ({"class_name": "Dice", "config": {"axis": [1] * 1000}}, "config.axis should be"),
    ],
)
def test_only_losses_of_keras_are_made(run: RunDirectory, loss: Any, said: str) -> None:
    with zipfile.ZipFile(run.model) as archive:
        whole = json.loads(archive.read(keras_archive.MEANING))
    changed = with_record(run.model, json.dumps({**whole, "loss": loss}).encode())
    with pytest.raises(ModelError, match=said):
        trained_file.read_meaning(changed)


@pytest.mark.parametrize("name", catalog.names("loss"))
def test_every_loss_of_keras_can_be_kept_in_a_record(name: str) -> None:
    keras = load_keras()
    saved = keras.losses.serialize(getattr(keras.losses, name)())
    check("x.json", {"classes": ["a", "b"], "loss": saved}, MEANING)


def test_a_number_for_each_class_can_be_kept_in_a_record() -> None:
    keras = load_keras()
    loss = keras.losses.CategoricalFocalCrossentropy(alpha=[0.25, 0.75])
    saved = keras.losses.serialize(loss)
    check("x.json", {"classes": ["a", "b"], "loss": saved}, MEANING)


def test_a_loss_that_does_not_fit_is_told(cli: Cli, run: RunDirectory, images: Path) -> None:
    with zipfile.ZipFile(run.model) as archive:
        whole = json.loads(archive.read(keras_archive.MEANING))
    loss = {"class_name": "CategoricalCrossentropy", "config": {"axis": 7}}
    changed = with_record(run.model, json.dumps({**whole, "loss": loss}).encode())
    result = cli("evaluate", changed, images)
    assert result.code == 1
    assert "its loss CategoricalCrossentropy cannot be computed" in result.err


TABLES: dict[str, str] = {
    "empty": "",
    "no rows": "file,label,split,digest\n",
    "other columns": "a,b\n1,2\n",
    "short row": "file,label,split,digest\nx.png,left\n",
    "long row": "file,label,split,digest\nx.png,left,train,0,1,2\n",
    "no part": "file,label,split,digest\nx.png,left,somewhere,00\n",
    "no class": "file,label,split,digest\nx.png,up,train,00\n",
    "long field": f"file,label,split,digest\n{'x' * 200_000},left,train,00\n",
    "open quote": 'file,label,split,digest\n"x.png,left,train,00\n',
    "zeros": "\0" * 50,
}


@pytest.mark.parametrize("case", TABLES)
def test_a_split_that_is_none(cli: Cli, run: RunDirectory, case: str) -> None:
    run.split.write_text(TABLES[case])
    result = cli("evaluate", run.path)
    assert (result.code, "Traceback" in result.err) == (1, False)
    assert "split.csv" in result.err


@pytest.mark.parametrize("case", ["other columns", "short row", "long row", "open quote", "zeros"])
def test_tables_that_runs_reads(cli: Cli, run: RunDirectory, trained: Path, case: str) -> None:
    run.write_record({**run.read_record(), "seed": 4})  # the tables of equal runs are not compared
    text = TABLES[case].replace("file,label,split,digest", "epoch,file,label,predicted")
    for path in (run.history, run.predictions):
        kept = path.read_bytes()
        path.write_text(text)
        result = cli("runs", run.path, trained)
        assert (result.code, "Traceback" in result.err) == (1, False)
        assert path.name in result.err
        path.write_bytes(kept)
    run.history.write_text("epoch,val_loss\none,2\n")
    result = cli("runs", run.path.parent)
    assert result.code == 1
    assert "warning: left out: " in result.err and "history.csv: row 1" in result.err


def test_a_table_that_is_a_pipe_is_not_waited_for(cli: Cli, run: RunDirectory) -> None:
    run.split.unlink()
    os.mkfifo(run.split)
    assert "is no regular file" in cli("evaluate", run.path).err


@settings(max_examples=60)
@given(st.text(alphabet='ab,"\n\r\0', max_size=60))
def test_a_table_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("table") / "table.csv"
    path.write_text(text, newline="")
    try:
        rows = tables.read(path, ["a"])
    except ModelError:
        return
    assert rows == list(csv.DictReader(io.StringIO(text, newline="")))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=20,
)


@settings(max_examples=100)
@given(JSON, st.sampled_from([RECORD, METRICS, MEANING]))
def test_any_document_is_taken_or_refused(said: Any, kind: Any) -> None:
    try:
        check("x.json", said, kind)
    except ModelError as error:
        assert error.message.startswith("x.json: ")


def changed_state(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Write a state again with other facts."""
    with np.load(path) as stored:
        arrays = {name: stored[name] for name in stored.files}
    facts = json.loads(arrays["facts"].tobytes())
    change(facts)
    arrays["facts"] = np.frombuffer(json.dumps(facts).encode(), np.uint8)
    np.savez(path, **arrays)  # type: ignore[arg-type]


def test_every_field_of_a_state_may_be_anything(run: RunDirectory, tmp_path: Path) -> None:
    with np.load(run.state) as stored:
        whole = json.loads(stored["facts"].tobytes())
    path = tmp_path / "state.npz"
    for place in places(whole):
        for value in WRONG:
            shutil.copy(run.state, path)
            said = replaced(whole, place, value)
            changed_state(path, lambda facts, said=said: (facts.clear(), facts.update(said)))  # type: ignore[misc]
            try:
                state.read(path)
            except ModelError as error:
                assert str(path) in error.message


def _positions(facts: dict[str, Any]) -> None:
    facts["position"]["surprise"] = 1


def _callbacks(facts: dict[str, Any]) -> None:
    facts["callbacks"] = [{"on_epoch_end": 1}]


def _variables(facts: dict[str, Any]) -> None:
    facts["variables"]["model"] *= 2


@pytest.mark.parametrize(("change", "code"), [(_positions, 0), (_callbacks, 1), (_variables, 1)])
def test_a_state_that_does_not_fit(
    cli: Cli, run: RunDirectory, change: Callable[[dict[str, Any]], None], code: int
) -> None:
    changed_state(run.state, change)
    result = cli("train", "--resume", run.path, "--epochs", 5, "--quiet")
    assert (result.code, "Traceback" in result.err) == (code, False)


def test_a_state_takes_no_more_memory_than_it_has_bytes(run: RunDirectory, tmp_path: Path) -> None:
    packed = tmp_path / "packed.npz"
    np.savez_compressed(packed, facts=np.zeros(10**7, np.uint8))
    with pytest.raises(ModelError, match="is packed"):
        state.read(packed)
    header = io.BytesIO()
    described = {"descr": "|u1", "fortran_order": False, "shape": (10**12,)}
    np.lib.format.write_array_header_1_0(header, described)
    with zipfile.ZipFile(tmp_path / "large.npz", "w") as archive:
        archive.writestr("facts.npy", header.getvalue() + b"{}")
    with pytest.raises(ModelError, match="declares more than it holds"):
        state.read(tmp_path / "large.npz")
    for damaged in (b"", b"PK", run.state.read_bytes()[:-50]):
        packed.write_bytes(damaged)
        with pytest.raises(ModelError, match="damaged"):
            state.read(packed)


def test_the_split_of_an_own_run_is_taken(run: RunDirectory) -> None:
    rows = record.read_split(run.split, run.read_record()["classes"])
    assert {row.part for row in rows} == set(record.PARTS)
    with pytest.raises(CnncliError, match="the run has no class 'left'"):
        record.read_split(run.split, ["right", "up"])


@pytest.mark.parametrize("name", ["run.json", "metrics.json", "threshold.json", "sanity.json"])
def test_a_text_of_a_run_is_a_file_of_a_size(run: RunDirectory, name: str) -> None:
    path = run.path / name
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    with pytest.raises(ModelError, match=f"{name}: is no regular file"):
        run.read_json(path)
    path.unlink()
    path.touch()
    os.truncate(path, 10**10)
    with pytest.raises(ModelError, match=f"{name}: has more than 20,000,000 bytes"):
        run.read_json(path)


def test_a_line_of_a_table_has_an_end(run: RunDirectory) -> None:
    os.truncate(run.history, 10**10)
    with pytest.raises(ModelError, match="it has 4,000,000 characters or more"):
        tables.numbers(run.history, ["epoch"])


@pytest.mark.parametrize("name", [".lock", "log.txt", "model.keras", "last/state.npz"])
def test_nothing_is_written_through_a_link_out_of_a_run(
    cli: Cli, run: RunDirectory, tmp_path: Path, name: str
) -> None:
    outside = tmp_path / "thesis.txt"
    path = run.path / name
    if path.is_file():
        shutil.copy(path, outside)
        path.unlink()
    else:
        outside.write_text("mine")
    before = outside.read_bytes()
    path.symlink_to(outside)
    result = cli("train", "--resume", run.path, "--epochs", 5)
    assert (result.code, "a link that leads out of" in result.err) == (1, True)
    assert outside.read_bytes() == before


def test_nothing_is_written_into_a_pipe_of_a_run(cli: Cli, run: RunDirectory) -> None:
    run.predictions.unlink()
    os.mkfifo(run.predictions)
    result = cli("train", "--resume", run.path, "--epochs", 5)
    assert (result.code, "predictions.csv: is no regular file" in result.err) == (1, True)


def test_a_number_that_no_float_holds_is_none(run: RunDirectory) -> None:
    said = run.read_metrics()
    run.metrics.write_text(json.dumps({**said, "test": {**said["test"], "accuracy": 10**400}}))
    with pytest.raises(ModelError, match=r"test\.accuracy should be a number"):
        run.read_metrics()
