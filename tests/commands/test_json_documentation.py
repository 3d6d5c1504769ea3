"""docs/json.md is true: its keys are exactly those that the commands print, and so are the types.

Every document is flattened to paths (`layers[].name`); a word in capitals in a documented path
stands for any key. Each path that is printed must be documented with a type that fits, and each
one that is documented must be printed by one of the commands of its section.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cnncli.registry import COMMANDS
from tests.conftest import ROOT, Cli
from tests.trained_runs import TINY, draw_images

TEXT = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")

# What is printed for each section; the files are those of the fixture `place`.
PRINTED = {
    "list": ["list"],
    "validate": ["validate wrong.yaml no-such.yaml"],
    "layers": ["layers"],
    "layers of a name": ["layers Conv2D Lambda Adam Dropout RandomZoom CosineDecay"],
    "neuron": ["neuron", "neuron -x 1 -w 1 -b 2 -a sigmoid"],
    "activations": ["activations relu softmax leaky_relu:negative_slope=0.1 --at -9,0,2"],
    "kernels": ["kernels"],
    "convolve": [
        "convolve sample:mri --kernel outline --at 100,120",
        "convolve sample:china --kernel sobel --activation relu --bias 1 --at 3,4",
    ],
    "samples": ["samples"],
    "samples blobs": ["samples blobs known --images 4"],
    "pool": ["pool"],
    "pool of an image": ["pool sample:mri", "pool sample:china --global"],
    "data": ["data images --group-by (.)[.]", "data broken"],
    "train": ["train --resume run", "train sample:digits --arch lenet5 --epochs 1 --out digits"],
    "crossval": ["crossval --resume cv"],
    "tune": ["tune --resume study"],
    "evaluate": [
        "evaluate run",
        "evaluate run --best youden",
        "evaluate run images",
        "evaluate run.onnx images",
        "evaluate digits",
    ],
    "evaluate of folds": ["evaluate cv", "evaluate cv --best youden"],
    "evaluate of several": ["evaluate run run/model.keras --on images"],
    "predict": ["predict run images broken/left/cut.png"],
    "curves": ["curves run digits"],
    "runs": ["runs .", "runs run"],
    "runs of two": ["runs run digits"],
    "explain": [
        "explain run images/left/000.png broken/left/cut.png -m integrated-gradients -m grad-cam "
        "--sanity --faithfulness --stability",
        "explain run images/left -m grad-cam -m occlusion --truth truth.csv",
    ],
    "mistakes": ["mistakes digits", "mistakes digits sample:digits"],
    "mistakes --suspects": ["mistakes cv --suspects"],
    "features": ["features run images/left/000.png"],
    "bench": ["bench run.onnx --batch 1"],
    "filters": ["filters run images --top 2", "filters lesson"],
    "cache": ["cache"],
}
OBJECTS = ("list of objects", "list of objects, or null")
LINES = {"predict", "explain"}  # a document for each image
ELSEWHERE = {"summary", "compare"}  # docs/summary.md, which has its own test


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("json")
    draw_images(folder / "images", 12)
    broken = draw_images(folder / "broken", 3)
    (broken / "left" / "cut.png").write_bytes((broken / "left" / "000.png").read_bytes()[:60])
    wrong = "input: [8, 8, 1]\nlayers:\n  - Conv3D\n  - Dens: {units: 1}\n"
    (folder / "wrong.yaml").write_text(wrong)
    (folder / "truth.csv").write_text("file,top,left,height,width\nimages/left/000.png,5,9,1,1\n")
    (folder / "tiny.yaml").write_text(TINY.replace("epochs: 4", "epochs: 1"))
    return folder


@pytest.fixture
def printed(
    cli: Cli, place: Path, studied: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Iterator[Any]]:
    monkeypatch.chdir(place)
    if not Path("run").exists():
        assert cli("train", "images", "--arch", "tiny.yaml", "--out", "run").code == 0
    if not Path("digits").exists():
        digits = ("train", "sample:digits", "--arch", "lenet5", "--epochs", "1", "--out", "digits")
        assert cli(*digits).code == 0

    if not Path("cv").exists():
        folds = ("crossval", "images", "--arch", "tiny.yaml", "--folds", "2", "--out", "cv")
        assert cli(*folds).code == 0
    if not Path("study").exists():
        shutil.copytree(studied, "study")
    if not Path("run.onnx").exists():
        assert cli("export", "run", "-o", "run.onnx").code == 0

    def documents(section: str) -> Iterator[Any]:
        for command in PRINTED[section]:
            words = command.split()
            if words[0] == "train" and "--out" in words:
                words = ["train", "--resume", words[-1]]
            result = cli(*words, "--json")
            assert "Traceback" not in result.err
            if section in LINES:
                yield from map(json.loads, result.out.splitlines())
            else:
                yield json.loads(result.out)

    return documents


def documented(section: str) -> dict[str, str]:
    """Return the type of each path in the table of a section."""
    rest = TEXT.split(f"\n## {section}\n", 1)[1].split("\n## ", 1)[0]
    found = {}
    for line in rest.splitlines():
        if line.startswith("| `"):
            _, names, kind, *_ = line.split("|")
            found.update({name: kind.strip() for name in re.findall(r"`([^`]+)`", names)})
    return found


def fits(value: Any, kind: str) -> bool:
    """Whether a value is of a type as the page words it."""
    if kind.endswith(" or null"):
        return value is None or fits(value, kind.removesuffix(" or null").rstrip(","))
    if kind.startswith(("list of ", "lists of ")):
        return isinstance(value, list) and all(fits(v, kind.partition(" of ")[2]) for v in value)
    if kind == "numbers or nulls":
        return value is None or fits(value, "number")
    kinds: dict[str, Any] = {
        "text": str, "integer": int, "number": (int, float), "boolean": bool, "object": dict,
        "anything": object,
    }  # fmt: skip
    kind = kind.removesuffix("s")
    return isinstance(value, kinds[kind]) and (kind != "integer" or not isinstance(value, bool))


def paths(value: Any, known: dict[str, str], path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the paths of a document that are documented as such, and all others, with values."""
    if isinstance(value, list) and (not path or known.get(path) in OBJECTS):
        for item in value:
            yield from paths(item, known, f"{path}[]")
    elif isinstance(value, dict):
        for key, item in value.items():
            name = _named(path, key, known)
            yield name, item
            if any(other.startswith((f"{name}.", f"{name}[]")) for other in known):
                yield from paths(item, known, name)


def _named(above: str, key: str, known: dict[str, str]) -> str:
    """Return the documented path that stands for one: `classes.CLASS` for `classes.left`."""
    path = f"{above}.{key}".lstrip(".")
    if path in known:
        return path
    any_key = re.compile(re.escape(above) + r"\.[A-Z]+")
    return next(filter(any_key.fullmatch, known), path)


@pytest.mark.parametrize("section", PRINTED)
def test_the_keys_are_those_that_are_printed(
    section: str, printed: Callable[[str], Iterator[Any]]
) -> None:
    known = documented(section)
    figures = {k: v for k, v in documented("evaluate").items() if k in _figures()}
    if section == "train":
        known |= {f"{p}.{k}": v for p in ("test", "validation") for k, v in figures.items()}
    if section == "evaluate of folds":
        known |= {k: v for k, v in figures.items() if k != "top_k_accuracy.K"}  # of two classes
    seen = set()
    for document in printed(section):
        assert document, "nothing was printed that could be compared"
        if isinstance(document, dict) and section not in LINES:
            assert document["schema"] == f"cnncli.{section.split()[0]}/1"
            assert next(iter(document)) == "schema"
        for path, value in paths(document, known):
            assert path in known, f"{path} is printed and not documented"
            assert fits(value, known[path]), f"{path}: {value!r} is no {known[path]}"
            seen.add(path)
    assert seen == set(known)


def _figures() -> set[str]:
    names = list(documented("evaluate"))
    return set(names[names.index("accuracy") :])


def test_every_command_with_json_has_its_section(cli: Cli) -> None:
    with_json = {
        entry.name for entry in COMMANDS if "--json" in cli(entry.name, "--help").out.split()
    }
    assert with_json - ELSEWHERE == {section.split()[0] for section in PRINTED}
    assert set(re.findall(r"^## (.+)$", TEXT, re.M)) == set(PRINTED)


def test_metrics_json_holds_what_train_prints(printed: Callable[[str], Iterator[Any]]) -> None:
    document = next(printed("train"))
    for key in ("schema", "run", "state"):
        del document[key]
    assert json.loads(Path("run/metrics.json").read_text()) == document
