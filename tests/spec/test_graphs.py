"""Graphs, blocks, repeats, shared and nested layers: what a spec expands to."""

from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.errors import SpecError, UsageError
from cnncli.spec import dump, dump_graph, expand, load_file, load_text
from cnncli.spec.graph import Graph, Ref
from cnncli.spec.shipped import names, path
from tests.conftest import ROOT

RESIDUAL = """
input: [32, 32, 3]
blocks:
  residual:
    params: {filters: 64, strides: 1}
    layers:
      - Conv2D: {filters: $filters, kernel_size: 3, strides: $strides, padding: same}
      - BatchNormalization: {name: main}
      - Conv2D: {filters: $filters, kernel_size: 1, strides: $strides, inputs: input, name: short}
      - Add: {inputs: [main, short]}
layers:
  - residual: {filters: 64, repeat: 2}
  - residual: {filters: 128, strides: 2}
  - GlobalAveragePooling2D
"""


def shown(inputs):
    if isinstance(inputs, Ref):
        return inputs.name if inputs.index is None else f"{inputs.name}/{inputs.index}"
    if isinstance(inputs, tuple):
        return [shown(item) for item in inputs]
    return {key: shown(item) for key, item in inputs.items()}


def lines(graph: Graph) -> list[str]:
    return [f"{node.name}: {node.class_name}({shown(node.inputs)})" for node in graph.nodes]


def of(text: str) -> Graph:
    return expand(load_text(text, "x.yaml"))


def test_a_chain_is_numbered_as_keras_numbers_it():
    assert lines(of("input: [8, 8, 1]\nlayers: [MaxPool2D, ReLU, MaxPooling2D, ops.relu]\n")) == [
        "max_pooling2d: MaxPooling2D(input)",
        "re_lu: ReLU(max_pooling2d)",
        "max_pooling2d_1: MaxPooling2D(re_lu)",
        "relu: relu(max_pooling2d_1)",
    ]


def test_blocks_are_written_out_with_names_of_their_own():
    graph = of(RESIDUAL)
    assert lines(graph)[:5] == [
        "residual_1_conv2d: Conv2D(input)",
        "residual_1_main: BatchNormalization(residual_1_conv2d)",
        "residual_1_short: Conv2D(input)",
        "residual_1_add: Add(['residual_1_main', 'residual_1_short'])",
        "residual_2_conv2d: Conv2D(residual_1_add)",
    ]
    assert [node.arguments["filters"] for node in graph.nodes if node.class_name == "Conv2D"] == [
        64,
        64,
        64,
        64,
        128,
        128,
    ]
    assert {node.group for node in graph.nodes} == {
        ("residual_1",),
        ("residual_2",),
        ("residual_3",),
        (),
    }


def test_no_repeat_lets_the_input_through():
    text = """
input: [4]
blocks:
  skip:
    params: {projections: 0}
    layers:
      - Dense: {units: 4, name: main}
      - Dense: {units: 4, inputs: input, repeat: $projections, name: short}
      - Add: {inputs: [main, short]}
layers: [skip, skip: {projections: 2}]
"""
    assert lines(of(text)) == [
        "skip_1_main: Dense(input)",
        "skip_1_add: Add(['skip_1_main', 'input'])",
        "skip_2_main: Dense(skip_1_add)",
        "skip_2_short_1: Dense(skip_1_add)",
        "skip_2_short_2: Dense(skip_2_short_1)",
        "skip_2_add: Add(['skip_2_main', 'skip_2_short_2'])",
    ]


def test_a_block_takes_several_inputs_and_a_name_stands_for_its_result():
    text = """
input: {left: [4], right: [4]}
blocks:
  join:
    layers:
      - Add: {inputs: [input/0, input/1]}
      - Subtract: {inputs: [input/1, input/0], name: less}
    output: [add, less]
layers:
  - join: {inputs: [left, right], name: both}
  - Multiply: {inputs: both}
  - ReLU: {inputs: both/1}
output: [multiply, re_lu]
"""
    assert lines(of(text)) == [
        "both_add: Add(['left', 'right'])",
        "both_less: Subtract(['right', 'left'])",
        "multiply: Multiply(['both_add', 'both_less'])",
        "re_lu: ReLU(both_less)",
    ]


def test_blocks_use_blocks_and_see_their_own_parameters_first():
    text = """
params: {units: 7}
input: [4]
blocks:
  inner:
    params: {units: 1}
    layers: [Dense: {units: $units}]
  outer:
    params: {width: 3}
    layers: [inner: {units: $width}, Dense: {units: $units}]
layers: [outer, outer: {width: 5}, inner]
"""
    graph = of(text)
    assert [(node.name, node.arguments["units"]) for node in graph.nodes] == [
        ("outer_1_inner_1_dense", 3),
        ("outer_1_dense", 7),
        ("outer_2_inner_1_dense", 5),
        ("outer_2_dense", 7),
        ("inner_1_dense", 1),
    ]
    assert graph.nodes[0].group == ("outer_1", "outer_1_inner_1")


def test_objects_pass_through_the_parameters_of_blocks():
    text = """
input: [4]
blocks:
  d:
    params: {act: relu, reg: null}
    layers: [Dense: {units: 1, activation: $act, kernel_regularizer: $reg}]
layers: [d, d: {act: {LeakyReLU: {negative_slope: 0.1}}, reg: {L2: {l2: 0.01}}}]
"""
    plain, rich = of(text).nodes
    assert plain.arguments["activation"] == "relu"
    assert plain.arguments["kernel_regularizer"] is None
    assert rich.arguments["activation"].class_name == "LeakyReLU"
    assert rich.arguments["kernel_regularizer"].arguments == {"l2": 0.01}


def test_layers_may_stand_before_what_they_take():
    text = """
input: [4]
layers:
  - ReLU: {name: last, inputs: first}
  - Dense: {units: 2, inputs: input, name: first}
output: last
"""
    assert lines(of(text)) == ["first: Dense(input)", "last: ReLU(first)"]


def test_a_layer_is_used_again():
    text = """
input: {a: [4], b: [4]}
layers:
  - Dense: {units: 2, inputs: a, name: shared}
  - use: {layer: shared, inputs: b, name: again}
  - use: {layer: again, inputs: a}
  - Add: {inputs: [shared, again, use]}
"""
    graph = of(text)
    assert [(n.name, n.kind, n.class_name) for n in graph.nodes[1:3]] == [
        ("again", "use", "shared"),
        ("use", "use", "shared"),
    ]


def test_models_nest_with_names_of_their_own():
    text = """
input: [4]
layers:
  - Model:
      input: {x: [4], y: [4]}
      layers: [Add: {inputs: [x, y], name: same}, ReLU]
      inputs: [input, input]
  - Sequential: {layers: [Dense: {units: 2}, ReLU: {name: same}], name: tail}
  - TimeDistributed: {layer: {Sequential: {layers: [Dense: {units: 2}]}}}
"""
    model, tail, wrapped = of(text).nodes
    assert (model.name, model.kind, shown(model.inputs)) == ("model", "model", ["input", "input"])
    assert lines(model.graph) == ["same: Add(['x', 'y'])", "re_lu: ReLU(same)"]
    assert lines(tail.graph) == ["dense: Dense(input)", "same: ReLU(dense)"]
    assert lines(wrapped.arguments["layer"]) == ["dense: Dense(input)"]


def test_outputs_are_a_list_or_a_mapping():
    text = "input: [4]\nlayers: [ReLU: {name: a}, ELU: {name: b}]\noutput: "
    assert shown(of(text + "[a, b]").outputs) == ["a", "b"]
    assert shown(of(text + "{first: a, second: b}").outputs) == {"first": "a", "second": "b"}


def test_names_that_we_make_keep_out_of_the_way_of_given_ones():
    text = """
input: [4]
blocks: {b: {layers: [ReLU: {name: x}]}}
layers: [ReLU, ELU: {name: re_lu}, ReLU, b, ELU: {name: b_1_x}]
"""
    given = [node.name for node in of(text).nodes]
    assert len(set(given)) == len(given) == 5
    assert {"re_lu", "b_1_x"} <= set(given)


def test_what_no_output_needs_is_left_out():
    assert lines(of("input: [4]\nlayers: [ReLU, ELU: {inputs: input}]\n")) == ["elu: ELU(input)"]


SPECS = [path(name) for name in names()] + [ROOT / "tests" / "spec" / "resnet50.yaml"]


@pytest.mark.parametrize("file", SPECS, ids=lambda file: file.stem)
def test_a_spec_written_out_is_the_same_network(file):
    spec = load_file(file)
    graph = expand(spec)
    for text in (dump(spec), dump_graph(spec, graph)):
        again = load_text(text, "again.yaml")
        assert lines(expand(again)) == lines(graph)
        assert [dict(n.arguments) for n in expand(again).nodes] == [
            dict(n.arguments) for n in graph.nodes
        ]
        assert (again.seed, again.preprocess, again.training.epochs) == (
            spec.seed,
            spec.preprocess,
            spec.training.epochs,
        )


def test_lines_are_broken_between_arguments():
    text = """\
name: a
seed: 0
input: [4]
preprocess: none
resize: stretch

layers:
  - Dense: {units: 2, kernel_initializer: {VarianceScaling: {scale: 2.0, mode: fan_out}},
            bias_regularizer: {L2: {l2: 0.1}}}
  - Sequential:
      name: nested
      layers:
        - Dense: {units: 3, activation: relu, kernel_regularizer: {L1: {l1: 0.1}},
                  bias_regularizer: {L2: {l2: 0.1}}, name: a name}
"""
    assert dump(load_text(text)) == text


def test_written_parameters_stay_parameters():
    spec = load_file(path("lesson"), {"dropout_rate": 0.25})
    assert "dropout_rate: 0.25" in dump(spec)
    assert "Dropout: {rate: $dropout_rate}" in dump(spec)
    assert load_text(dump(spec)).params == spec.params


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "on",
        "1e-3",
        "012",
        "null",
        "$a",
        "$$",
        "a: b",
        "a #b",
        "- a",
        'a "b" c',
        "tab\there",
        "line\nbreak",
        "\x85 \u2028 \ufeff é 😀",
        " a ",
        "",
        "[1]",
        "{a}",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "`a",
        "'",
        "a'b\"c\\",
        "2026-11-23",
        "=",
        "<<",
        "a/0",
    ],
)
def test_any_text_is_written_so_that_it_reads_back(text):
    spec = load_text("input: [3]\nlayers: [ReLU]\n")
    from dataclasses import replace

    again = load_text(dump(replace(spec, description=text)))
    assert again.description == text


@pytest.mark.parametrize(
    ("overrides", "found"),
    [
        ([("layers[0].units", 16)], "units: 16"),
        ([("layers[1]", "ELU")], "ELU"),
        ([("layers[1].negative_slope", 0.5)], "ReLU: {negative_slope: 0.5}"),
        ([("training.optimizer", {"SGD": {"momentum": 0.9}})], "SGD: {momentum: 0.9}"),
        ([("training.optimizer.learning_rate", 0.5)], "Adam: {learning_rate: 0.5}"),
        ([("seed", 7)], "seed: 7"),
        ([("params.n", 9)], "n: 9"),
        ([("blocks.b.layers[0].units", 3), ("blocks.b.layers[0].units", 4)], "units: 4"),
        ([("layers[2].repeat", 3)], "b: {repeat: 3}"),
        ([("layers[-3].units", 5)], "units: 5"),
        ([("dense.units", 6)], "units: 6"),
        ([("re_lu.max_value", 6)], "ReLU: {max_value: 6}"),
        ([("b_1.repeat", 2)], "b: {repeat: 2}"),
        ([("b_1_dense.units", 7)], "units: 7"),
    ],
)
def test_one_value_is_set_by_its_path(overrides, found):
    text = """
params: {n: 2}
input: [4]
blocks: {b: {layers: [Dense: {units: 2}]}}
layers: [Dense: {units: $n}, ReLU, b]
training: {optimizer: Adam}
"""
    assert found in dump(load_text(text, "x.yaml", {}, overrides))


def test_the_only_key_of_a_section_is_no_class():
    text = "input: [4]\nlayers: [ReLU]\ntraining: {optimizer: {SGD: {momentum: 0.9}}}\n"
    spec = load_text(
        text, "x.yaml", {}, [("training.epochs", 3), ("training.optimizer.nesterov", True)]
    )
    assert spec.training.epochs == 3
    assert spec.training.optimizer.arguments == {"momentum": 0.9, "nesterov": True}


def test_a_parameter_that_is_set_as_a_key_is_told_as_one():
    text = "params: {n: 2}\ninput: [4]\nlayers: [Dense: {units: $n}]\n"
    with pytest.raises(SpecError, match="it is a parameter: -p n=VALUE"):
        load_text(text, "x.yaml", {}, [("n", 3)])


@pytest.mark.parametrize(
    "path_text", ["layers[9].units", "layer[0].units", "layers.units", "seed.x.y", "", "[", "a..b"]
)
def test_a_path_that_leads_nowhere_is_wrong_usage(path_text):
    from cnncli.errors import UsageError

    with pytest.raises(UsageError):
        load_text("input: [4]\nlayers: [ReLU]\nseed: 3\n", "x.yaml", {}, [(path_text, 1)])


def test_what_is_set_is_checked_and_told_by_its_option():
    with pytest.raises(SpecError) as caught:
        load_text(
            "input: [4]\nlayers: [Dense: {units: 1}]\n", "x.yaml", {}, [("layers[0].unit", 1)]
        )
    assert "layers[0].unit, set by an option" in str(caught.value)


def test_an_unknown_parameter_is_wrong_usage():
    from cnncli.errors import UsageError

    with pytest.raises(UsageError, match='no parameter "dropout"') as caught:
        load_file(path("lesson"), {"dropout": 0.1})
    assert "dropout_rate" in (caught.value.hint or "")


TWICE = """
input: [4]
blocks: {b: {layers: [Dense: {units: 2}, {Sequential: {layers: [ReLU]}}]}}
layers: [b, b, ReLU]
"""


def test_every_row_knows_its_path():
    nodes = expand(load_text(TWICE)).nodes
    assert [(node.path, node.group_paths) for node in nodes] == [
        ("blocks.b.layers[0]", ("layers[0]",)),
        ("blocks.b.layers[1]", ("layers[0]",)),
        ("blocks.b.layers[0]", ("layers[1]",)),
        ("blocks.b.layers[1]", ("layers[1]",)),
        ("layers[2]", ()),
    ]
    assert nodes[1].graph is not None
    assert nodes[1].graph.nodes[0].path == "blocks.b.layers[1].layers[0]"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("b_1_dense.units", "one of 2 layers that stand at the same place"),
        ("dens.units", 'no key and no layer is called "dens"'),
        ("layers[-4].units", "numbered from 0 (-1 is the last)"),
    ],
)
def test_a_path_that_is_not_one_place_changes_nothing(path, said):
    with pytest.raises(UsageError, match=re.escape(said)):
        load_text(TWICE, "x.yaml", {}, [(path, 3)])


def test_what_was_changed_is_known():
    spec = load_text(TWICE, "x.yaml", {}, [("b_1.name", "c"), ("layers[-1].max_value", 6)])
    assert [(c.path, c.before, c.after) for c in spec.changes] == [
        ("layers[0].name", None, "c"),
        ("layers[2].max_value", None, 6),
    ]


@given(st.text(alphabet="layers[0]-.19bd_ense", min_size=1, max_size=14))
def test_any_path_is_answered(path):
    with contextlib.suppress(UsageError, SpecError):
        load_text(TWICE, "x.yaml", {}, [(path, 3)])


@pytest.mark.parametrize("name", names())
def test_paths_as_comments_change_nothing_and_lead_there(name):
    from cnncli.spec.paths import with_paths

    spec = load_file(path(name))
    again = load_text(with_paths(spec), name)
    assert dump(again) == dump(load_text(spec.source.text, name))
    for body, start in (
        (spec.body, "layers"),
        *((b, f"blocks.{n}") for n, b in spec.blocks.items()),
    ):
        for use in body.layers:
            assert use.path.startswith(start)
            changed = load_text(spec.source.text, name, {}, [(f"{use.path}.repeat", 1)])
            assert changed.changes[0].path == f"{use.path}.repeat"
