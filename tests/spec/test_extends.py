"""A spec that extends another one: what it means, and where each mistake is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cnncli.network.architecture import fingerprint
from cnncli.spec import check_text, dump, expand, load_file, load_text
from cnncli.spec.extends import MOST_PARENTS
from tests.conftest import Cli

PARENT = """\
name: parent
description: What is shared
params: {filters: 8, rate: 0.5}
input: [16, 16, 1]
preprocess: rescale
blocks:
  conv:
    params: {filters: 4}
    layers:
      - Conv2D: {filters: $filters, kernel_size: 3}
      - ReLU
layers:
  - conv: {filters: $filters}
  - GlobalAveragePooling2D
  - Dropout: {rate: $rate}
  - Dense: {units: 2, activation: softmax}
training:
  optimizer: {Adam: {learning_rate: 0.01}}
  epochs: 30
"""
CHILD = """\
extends: parent.yaml
params: {filters: 12}
changes:
  layers[-1].units: 5
  conv_1_conv2d.kernel_size: 5
  layers[2].rate: $rate
training: {epochs: 3, batch_size: 4}
"""


@pytest.fixture
def files(tmp_path):
    def write(**texts: str):
        for name, text in texts.items():
            (tmp_path / f"{name}.yaml").write_text(text)
        return tmp_path

    return write


def layers(spec) -> dict[str, dict]:
    return {node.name: dict(node.arguments) for node in expand(spec).nodes}


def test_a_child_says_in_what_it_differs(files):
    spec = load_file(files(parent=PARENT, child=CHILD) / "child.yaml")
    found = layers(spec)
    assert found["conv_1_conv2d"] == {"filters": 12, "kernel_size": 5}
    assert found["dense"]["units"] == 5
    assert (spec.name, spec.description, spec.preprocess) == ("child", "What is shared", "rescale")
    assert (spec.training.epochs, spec.training.batch_size) == (3, 4)
    assert spec.training.optimizer.class_name == "Adam"
    assert spec.params == {"filters": 12, "rate": 0.5}


def test_p_and_set_change_a_child_as_any_spec(files):
    folder = files(parent=PARENT, child=CHILD)
    spec = load_file(folder / "child.yaml", {"filters": 3}, [("dense.units", 7)])
    assert layers(spec)["conv_1_conv2d"]["filters"] == 3
    assert layers(spec)["dense"]["units"] == 7


def test_what_is_written_of_a_child_needs_no_parent(files):
    spec = load_file(files(parent=PARENT, child=CHILD) / "child.yaml")
    again = load_text(dump(spec), "child.yaml")
    assert again.source.parents == ()
    assert fingerprint(again) == fingerprint(spec)
    assert again.training.epochs == 3


def test_a_changed_parent_is_another_network(files):
    folder = files(parent=PARENT, child=CHILD)
    before = fingerprint(load_file(folder / "child.yaml"))
    files(parent=PARENT.replace("ReLU", "Dropout: {rate: 0.1}"))
    assert fingerprint(load_file(folder / "child.yaml")) != before


def test_a_grandchild_and_a_folder_beside(files, tmp_path):
    folder = files(parent=PARENT, child=CHILD)
    (folder / "small").mkdir()
    text = "extends: ../child.yaml\nchanges: {conv_1_conv2d.kernel_size: 1}\n"
    (folder / "small" / "mine.yml").write_text(text)
    spec = load_file(folder / "small" / "mine.yml")
    assert layers(spec)["conv_1_conv2d"] == {"filters": 12, "kernel_size": 1}
    assert layers(spec)["dense"]["units"] == 5
    assert [source.name for source in spec.source.parents] == [
        str(folder / "small" / "../child.yaml"),
        str(folder / "small" / "../parent.yaml"),
    ]


def test_a_shipped_spec_is_extended_by_name_with_a_preset():
    spec = load_text(
        "extends: efficientnet@B1\nparams: {classes: 4}\nchanges:\n  layers[-2].rate: 0.1\n"
    )
    assert layers(spec)["dense"]["units"] == 4
    assert layers(spec)["dropout"]["rate"] == 0.1
    assert (
        len(expand(spec).nodes)
        == len(expand(load_text("extends: efficientnet@B1\n")).nodes)
        > len(expand(load_text("extends: efficientnet\n")).nodes)
    )


def test_presets_go_along_but_where_the_child_names_one():
    text = "extends: resnet\npresets: {tiny: {blocks_1: 1, blocks_2: 1}}\n"
    spec = load_text(text, preset="34")
    assert (spec.presets, spec.name) == (("18", "34", "50", "101", "152", "tiny"), "text-34")
    assert len(expand(load_text(text, preset="tiny")).nodes) < len(expand(load_text(text)).nodes)
    assert load_text("extends: resnet@18\n").presets == ()


def test_what_is_replaced_is_not_told_as_unused(files):
    text = "extends: parent.yaml\nlayers: [Flatten, Dense: {units: 2, activation: softmax}]\n"
    folder = files(parent=PARENT, child=text)
    assert check_text(text, str(folder / "child.yaml")).problems == ()


def problems(folder, name="child"):
    path = folder / f"{name}.yaml"
    return [
        (Path(p.file).name, p.line, p.column, p.message, p.hint)
        for p in check_text(path.read_bytes(), str(path)).problems
    ]


C, P = ("child.yaml",), ("parent.yaml",)
TWICE = "layers[-1].units: 5"


@pytest.mark.parametrize(
    ("parent", "child", "place", "message", "hint"),
    [
        # In the parent.
        (("units: 2", "unit: 2"), None, (*P, 16, 13), 'no argument "unit"', '"units"'),
        (("- ReLU", "- RLU"), None, (*P, 11, 9), 'no layer "RLU"', '"ReLU"'),
        (("input: ", "input "), None, (*P, 4, 1), "no YAML", None),
        (("epochs: 30", "epoch: 30"), None, (*P, 19, 3), 'no key "epoch"', None),
        # In the child.
        (None, ("batch_size: 4", "batch: 4"), (*C, 7, 23), 'no key "batch"', None),
        (None, (" {filters", " {filtres"), (*C, 2, 10), 'no parameter "filtres"', '"filters"'),
        (None, ("changes:", "chnges:"), (*C, 3, 1), 'no key "chnges"', '"changes"'),
        # In what the child changes of the parent.
        (None, ("units: 5", "units: five"), (*C, 4, 21), 'not the text "five"', None),
        (None, ("units: 5", "unit: 5"), (*C, 4, 3), 'no argument "unit"', '"units"'),
        (None, ("[-1]", "[9]"), (*C, 4, 3), "the list has 4 items", None),
        (None, ("conv_1", "conv_2"), (*C, 5, 3), "no layer is called", '"conv_1_conv2d"'),
        (None, ("$rate", "$rat"), (*C, 6, 19), 'no parameter "rat"', '"rate"'),
        (None, (TWICE, f"{TWICE}\n  {TWICE}"), (*C, 5, 3), "a second time", "line 4"),
        (None, ("layers[-1].units: 5", "'[': 5"), (*C, 4, 3), "is no path into a spec", None),
    ],
)  # fmt: skip
def test_each_mistake_is_told_in_its_own_file(files, parent, child, place, message, hint):
    first = PARENT.replace(*parent) if parent else PARENT
    second = CHILD.replace(*child) if child else CHILD
    assert (first, second) != (PARENT, CHILD)
    found = problems(files(parent=first, child=second))
    assert any(each[:3] == place and message in each[3] for each in found), found
    assert hint is None or any(hint in (each[4] or "") for each in found)


@pytest.mark.parametrize(
    ("said", "message", "hint"),
    [
        (*C, "extend each other in a circle: ", None),
        ("paren.yaml", "paren.yaml: no such file", '"parent.yaml"'),
        ("parent.yaml/x.yaml", "no such file", None),
        ("folder.yaml", "folder.yaml is a folder", None),
        ("pipe.yaml", "pipe.yaml is no regular file", None),
        ("secret.txt", 'there is no architecture "secret.txt"', "its ending"),
        ("/etc/passwd", 'there is no architecture "/etc/passwd"', None),
        ("resnet50", 'there is no architecture "resnet50"', '"resnet@50"'),
        ("resnt", 'there is no architecture "resnt"', '"resnet"'),
        ("resnet@51", 'what this extends has no preset "51"', "It has 18, 34"),
        ("parent.yaml@x", 'no preset "x"', "It has none."),
        ("[a, b]", "names an architecture or a YAML file, not a list", None),
        ("3", "not the number 3", None),
        ('"\\0.yaml"', "no such file", None),
        ("a" * 300 + ".yaml", "File name too long", None),
        ("list.yaml", "list.yaml is no spec: it holds a list", None),
        ("empty.yaml", "empty.yaml is no spec: it holds nothing", None),
    ],
)
def test_what_cannot_be_extended_is_told_at_extends(files, said, message, hint):
    folder = files(parent=PARENT, child=f"extends: {said}\n", list="[1, 2]\n", empty="")
    (folder / "folder.yaml").mkdir()
    (folder / "secret.txt").write_text("password: 1234\n")
    os.mkfifo(folder / "pipe.yaml")
    ((file, line, column, told, tip),) = problems(folder)
    assert (file, line, column) == (*C, 1, 10)
    assert message in told
    assert hint is None or hint in (tip or "")
    assert "1234" not in f"{told}{tip}"


def test_files_that_a_parent_names_stand_beside_the_parent(files, tmp_path):
    (tmp_path / "lib").mkdir()
    body = "input: [8, 8, 3]\npreprocess: none\nlayers: [pretrained: {file: net.keras}]\n"
    (tmp_path / "lib" / "base.yaml").write_text(body)
    folder = files(child="extends: lib/base.yaml\n")
    ((file, line, column, told, _),) = problems(folder)
    assert (file, line, column) == ("base.yaml", 3, 29)
    assert told.endswith("lib/net.keras: no such file")


def test_a_longer_circle_is_told_where_it_closes(files):
    folder = files(a="extends: b.yaml\n", b="extends: c.yaml\n", c="extends: a.yaml\n")
    ((file, line, column, told, _),) = problems(folder, "a")
    assert (file, line, column) == ("c.yaml", 1, 10)
    assert [Path(name).name for name in told.split(": ")[1].split(" -> ")] == [
        *("a.yaml", "b.yaml", "c.yaml", "a.yaml")
    ]


def test_a_chain_has_a_bound(files):
    chain = {f"s{n}": f"extends: s{n + 1}.yaml\n" for n in range(MOST_PARENTS + 1)}
    chain[f"s{MOST_PARENTS}"] = PARENT
    folder = files(**chain)
    assert problems(folder, "s0") == []
    chain[f"s{MOST_PARENTS}"] = f"extends: s{MOST_PARENTS + 1}.yaml\n"
    folder = files(**chain, **{f"s{MOST_PARENTS + 1}": PARENT})
    ((*_, told, _),) = problems(folder, "s0")
    assert told == f"more than {MOST_PARENTS} files extend each other"


def test_changes_belong_to_extends(cli: Cli, files):
    folder = files(parent=PARENT + "changes: {seed: 3}\n")
    ((_, line, _, told, _),) = problems(folder, "parent")
    assert (line, told) == (
        20,
        '"changes" is for a spec that extends another, and this one does not',
    )
    result = cli("show", "lesson", "--set", "extends=resnet18")
    assert result.code == 2
    assert '"extends" is for a file' in result.err


def test_the_commands_take_a_child(cli: Cli, files, monkeypatch):
    folder = files(parent=PARENT, child=CHILD)
    monkeypatch.chdir(folder)
    assert cli("validate", "child.yaml", "parent.yaml").code == 0
    assert cli("show", "child.yaml").out == CHILD
    paths = cli("show", "child.yaml", "--paths").out
    assert "# layers[3]" in paths
    assert "units: 5" in paths
    (folder / "other").mkdir()
    assert cli("new", "other/mine.yaml", "--from", "child.yaml").code == 0
    assert layers(load_file(folder / "other" / "mine.yaml")) == layers(
        load_file(folder / "child.yaml")
    )
    files(parent=PARENT.replace("ReLU", "RLU"))
    result = cli("validate", "child.yaml", "parent.yaml")
    assert result.out.count('no layer "RLU"') == 1
    assert "parent.yaml:11:9: error:" in result.out
