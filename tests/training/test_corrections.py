"""`train --corrections`: decisions are obeyed, recorded and kept, and no image changes its part."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import shutil
from contextlib import redirect_stderr
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncli.cli import main
from cnncli.data import index
from cnncli.data.index import Item
from cnncli.data.split import split
from cnncli.data.split_options import Options
from cnncli.images.prepare import Target
from cnncli.training.hooks import Hooks
from cnncli.training.images import Options as Taken
from cnncli.training.images import check, load
from tests.conftest import Cli

DECIDED = """\
file,action,label,seen by
left/000.png,relabel,right,A
left/001.png,drop,,A
right/000.png,KEEP,,B
right/001.png,,,
left/002.png,Relabel,right,A
"""


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def corrected(
    images: Path, tiny: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str, bytes]:
    """A run of which four labels were decided on, what it said, and the file, which is gone."""
    folder = tmp_path_factory.mktemp("corrected")
    decided = folder / "decided.csv"
    # As a spreadsheet in Europe writes it.
    decided.write_text(DECIDED.replace(",", ";") + ";;;\n", encoding="utf-8-sig")
    content = decided.read_bytes()
    argv = [
        "train",
        str(images),
        "--arch",
        str(tiny),
        "--epochs",
        "1",
        "--out",
        str(folder / "run"),
    ]
    with redirect_stderr(io.StringIO()) as said:
        assert main([*argv, "--corrections", str(decided)]) == 0
    decided.unlink()
    return folder / "run", said.getvalue(), content


def test_decisions_are_obeyed_and_no_image_changes_its_part(
    corrected: tuple[Path, str, bytes], trained: Path
) -> None:
    run, said, _ = corrected
    before = {row["file"]: row for row in table(trained / "split.csv")}
    after = {row["file"]: row for row in table(run / "split.csv")}
    assert set(before) - set(after) == {"left/001.png"}
    assert all(after[file]["split"] == before[file]["split"] for file in after)
    changed = {
        file: row["label"] for file, row in after.items() if row["label"] != before[file]["label"]
    }
    assert changed == {"left/000.png": "right", "left/002.png": "right"}
    assert "2 images relabelled, 1 dropped, 1 kept; 1 row without an action ignored" in said
    tested = {file for file, row in before.items() if row["split"] == "test"}
    relabelled, dropped = len(tested & set(changed)), len(tested & {"left/001.png"})
    assert bool(relabelled or dropped) == (
        f"{relabelled} are relabelled and {dropped} dropped" in said
    )


def test_they_are_recorded_with_their_digest(corrected: tuple[Path, str, bytes]) -> None:
    run, _, content = corrected
    about = json.loads((run / "run.json").read_text())["data"]["corrections"]
    assert about.pop("path").endswith("/decided.csv")
    assert about == {
        "digest": hashlib.sha256(content).hexdigest()[:32],
        "dropped": ["left/001.png"],
        "relabelled": {"left/000.png": "right", "left/002.png": "right"},
        "kept": ["right/000.png"],
        "undecided": 1,
    }


def test_a_run_keeps_them_when_the_file_is_gone(
    corrected: tuple[Path, str, bytes], images: Path, cli: Cli, tmp_path: Path
) -> None:
    run = Path(shutil.copytree(corrected[0], tmp_path / "run"))
    tested = [row for row in table(run / "split.csv") if row["split"] == "test"]
    result = cli("evaluate", run, "--predictions", tmp_path / "p.csv", "--json")
    assert result.code == 0, result.err
    said = {row["file"]: row["label"] for row in table(tmp_path / "p.csv")}
    assert said == {row["file"]: row["label"] for row in tested}
    result = cli("evaluate", run, images, "--json")
    assert "corrections of the run are of its own images" in result.err
    assert cli("train", "--resume", run, "--epochs", "2").code == 0
    again = {row["file"]: row["label"] for row in table(run / "predictions.csv")}
    assert again == said
    refused = cli("train", "--resume", run, "--corrections", tmp_path / "p.csv")
    assert refused.code == 2 and "--corrections does nothing beside --resume" in refused.err
    assert cli("report", run, "-o", tmp_path / "report.html").code == 0
    page = (tmp_path / "report.html").read_text()
    assert "2 images relabelled, 1 dropped" in page
    assert "1 image was left out and the class of 2 was corrected" in page


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("nosuch.png,drop,", "decided.csv:2: "),
        ("nosuch.png,drop,", "has no image nosuch.png"),
        ("nosuch.png,,", "has no image nosuch.png"),
        (",drop,", "names no file"),
        ("left/000.png,dorp,", 'there is no action "dorp"'),
        ("left/000.png,dorp,", 'did you mean "drop"?'),
        ("left/000.png,relabel,", "relabel, and no label"),
        ("left/000.png,relabel,rihgt", "there is no class rihgt"),
        ("left/000.png,relabel,left", "is of class left already"),
        ("left/000.png,drop,right", "a label (right) beside drop"),
        ("left/000.png,keep,left", "a label (left) beside keep"),
        ("left/000.png,,right", "a label (right) without an action"),
        ("left/000.png,drop,\nleft/000.png,drop,", "decided.csv:3: left/000.png stands in line 2"),
        ("\n".join(f"left/{n:03}.png,drop," for n in range(40)), "has one class only (right)"),
        ('"left/000.png\nx",drop,', "has no image left/000.png\\nx"),
    ],
)
def test_a_file_that_cannot_be_obeyed_is_told(
    images: Path, tiny: Path, cli: Cli, tmp_path: Path, rows: str, said: str
) -> None:
    decided = tmp_path / "decided.csv"
    decided.write_text(f"file,action,label\n{rows}\n")
    out = tmp_path / "run"
    result = cli("train", images, "--arch", tiny, "--corrections", decided, "--out", out)
    assert result.code == 1 and said in result.err
    assert not out.exists()


def test_all_faults_are_told_at_once_and_before_images_are_read(
    images: Path, tiny: Path, cli: Cli, tmp_path: Path
) -> None:
    decided = tmp_path / "decided.csv"
    decided.write_text("file,action,label\n" + "".join(f"{n}.png,drop,\n" for n in range(30)))
    result = cli("train", images, "--arch", tiny, "--corrections", decided)
    assert "30 rows cannot be obeyed" in result.err
    assert result.err.count("has no image") == 20 and "and 10 more" in result.err
    assert "Reading images" not in result.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("file,action\n", "has no column label"),
        ("file,action,label,label\n", "has two columns label"),
        ("", "has no line of headings"),
        ("file,action,label\n\xff", "not a text in UTF-8"),
    ],
)
def test_what_is_no_such_table_is_told(
    images: Path, tiny: Path, cli: Cli, tmp_path: Path, text: str, said: str
) -> None:
    decided = tmp_path / "decided.csv"
    decided.write_bytes(text.encode("latin-1"))
    result = cli("train", images, "--arch", tiny, "--corrections", decided)
    assert result.code == 1 and f"--corrections {decided}: {said}" in result.err


@given(st.data(), st.integers(3, 30), st.booleans())
@settings(max_examples=60)
def test_whatever_is_corrected_the_others_stay_in_their_part(
    data: st.DataObject, count: int, folded: bool
) -> None:
    items = [Item(f"{name}/{i}.png", name, "") for name in "ab" for i in range(count)]
    options = Options(folds=3, fold=2) if folded else Options()
    before = split(items, options).parts
    chosen = st.sampled_from(["a", "b", None])
    right: list[str | None] = [item.label for item in items]
    for place in data.draw(st.sets(st.integers(2, 2 * count - 3))):
        right[place] = data.draw(chosen)
    right[-2:] = ["b", "b"]
    after = split(items, options, corrected=right)
    kept = ["" if label is None else part for label, part in zip(right, before, strict=True)]
    assert list(after.parts) == kept and after.uncorrected == before


def test_copies_of_which_one_was_dropped_are_no_contradiction(images: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(images, tmp_path / "halves"))
    shutil.copy(folder / "left" / "005.png", folder / "right" / "copy.png")
    decided = tmp_path / "decided.csv"
    decided.write_text("file,action,label\nright/copy.png,drop,\n")
    for corrections, told in ((None, True), (decided, False)):
        said: list[str] = []
        hooks = _hooks(said)
        listed, options = index.find(folder), Taken(corrections=corrections, cache=False)
        found = load(listed, check(listed, options), Target(12, 12, 1), options, hooks)
        assert any("same picture in more than one class" in line for line in said) == told
        assert np.bincount(found.labels).tolist() == ([40, 41] if told else [40, 40])
        assert [found.rows[i].file for i in range(len(found.rows))] == sorted(
            row.file for row in found.rows
        )


def _hooks(said: list[str]) -> Hooks:
    return Hooks(
        note=said.append,
        warn=said.append,
        load_keras=lambda: None,
        progress=lambda text: contextlib.nullcontext(lambda done, of: None),
        display=lambda: contextlib.nullcontext(),  # type: ignore[arg-type, return-value]
        draw_curves=lambda *_: None,
        draw_confusion=lambda *_: None,
    )
