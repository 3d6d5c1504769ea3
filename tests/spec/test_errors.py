"""Every mistake in a spec is told with its line and column, and all of them at once."""

from __future__ import annotations

import re

import pytest

from cnncli.errors import SpecError
from cnncli.spec import check_text, load_text
from cnncli.spec.families import REFUSED

# (text, line, column, part of the message, part of the hint)
WRONG = [
    ("layers: [ReLU]\n", 1, 1, 'the key "input" is missing', None),
    ("input: [3]\n", 1, 1, 'the key "layers" is missing', None),
    ("input: [3]\nlayers: [ReLU]\nlayer: 3\n", 3, 1, 'no key "layer"', '"layers"'),
    ("input: [3]\nlayers: []\n", 2, 9, "has no layer", None),
    ("input: [3]\nlayers: {Dense: {units: 1}}\n", 2, 9, "is a list", '"- "'),
    (
        "input: [3]\nlayers: [ReLU]\ntraining:\n  optimizer: {SGD: {learning_rate: '1e-3'}}\n",
        *(4, 36, 'not the text "1e-3"', "1e-3 without quotes is a number"),
    ),
    ("input: [3]\nlayers: [Dens]\n", 2, 10, 'no layer "Dens"', '"Dense"'),
    ("input: [3]\nlayers: [conv2d]\n", 2, 10, 'no layer "conv2d"', '"Conv2D"'),
    ("input: [3]\nlayers: [relu]\n", 2, 10, 'no layer "relu"', '"ReLU"'),
    ("input: [3]\nlayers: [3]\n", 2, 10, "the number 3 is no layer", None),
    ("input: [3]\nlayers: [Dense]\n", 2, 10, 'needs the argument "units"', None),
    ("input: [3]\nlayers: [Dense: 3]\n", 2, 17, "are a mapping", "Dense: {units: 3}"),
    ("input: [3]\nlayers: [Dense: {unit: 3}]\n", 2, 18, 'no argument "unit"', '"units"'),
    ("input: [3]\nlayers: [{Dense: {units:3}}]\n", 2, 19, '"units:3"', "space is missing"),
    ("input: [3]\nlayers:\n- Dense:\n  units: 3\n", 3, 3, "several keys", "indent"),
    ("input: [3]\nlayers: [Dense: {units: x}]\n", 2, 25, '"units" of Dense is a whole', None),
    ("input: [3]\nlayers: [Dense: {units: 2.5}]\n", 2, 25, "not the number 2.5", None),
    ("input: [3]\nlayers: [Dense: {units: true}]\n", 2, 25, "not true", None),
    ("input: [3]\nlayers: [Dropout: {rate: None}]\n", 2, 26, "number", '"null"'),
    (
        "input: [3]\nlayers: [Dense: {units: 1, use_bias: no}]\n",
        2,
        38,
        "true or false",
        '"false"',
    ),
    ("input: [3]\nlayers: [Dense: {units: 1, activation: rleu}]\n", 2, 40, '"rleu"', '"relu"'),
    (
        "input: [3]\nlayers: [Dense: {units: 1, kernel_regularizer: {Orthogonal: {factor: 1}}}]\n",
        2,
        49,
        'no regularizer "Orthogonal"',
        '"OrthogonalRegularizer"',
    ),
    (
        "input: [3]\nlayers: [Dense: {units: 1, kernel_regularizer: {L2: {l1: 1}}}]\n",
        2,
        54,
        'L2 has no argument "l1"',
        "l2",
    ),
    (
        "input: [3]\nlayers: [Dense: {units: 1, kernel_initializer: he_norml}]\n",
        2,
        48,
        'no initializer "he_norml"',
        '"he_normal"',
    ),
    ("input: [3]\nlayers: [Dense: {units: 1, name: a/b}]\n", 2, 34, '"/"', None),
    ("input: [3]\nlayers: [ReLU: {repeat: -1}]\n", 2, 25, '"repeat" is a whole', None),
    ("input: [3]\nlayers: [ReLU: {inputs: b}]\n", 2, 25, 'nothing is called "b"', None),
    ("input: [3]\nlayers: [ReLU: {inputs: []}]\n", 2, 25, "is empty", None),
    ("input: [3]\nlayers: [ReLU: {inputs: input/2}]\n", 2, 25, '"input" is one', None),
    (
        "input: [3]\nlayers: [Dropout: {rate: 0, call: {trainin: true}}]\n",
        2,
        36,
        "no call",
        "training",
    ),
    ("input: [3]\nlayers: [ReLU: {name: a, inputs: a}]\n", 2, 10, "its own result", None),
    (
        "input: [3]\nlayers: [ReLU: {name: a, inputs: b}, ReLU: {name: b}]\n",
        None,
        None,
        'a cycle: "a" takes "b" takes "a"',
        None,
    ),
    (
        "input: [3]\nlayers:\n- ReLU: {name: a}\n- ReLU: {name: a}\n",
        4,
        16,
        'two layers are called "a"',
        "line 3",
    ),
    ("input: [3]\nlayers: [ReLU: {name: input}]\n", 2, 23, "name of an input", None),
    ("input: [3]\nlayers: [use: {inputs: input}]\n", 2, 10, 'use needs "layer"', None),
    ("input: [3]\nlayers: [use: {layer: input}]\n", 2, 23, "no layer that could be used", None),
    ("input: [3]\nlayers: [ops.substract]\n", 2, 10, 'function "substract"', '"subtract"'),
    ("input: [3]\nlayers: [ops.add: {y: 1}]\n", 2, 20, 'no argument "y"', "x1, x2"),
    ("input: [3]\nlayers: [Sequential]\n", 2, 10, 'needs "layers"', None),
    ("input: [3]\nlayers: [Model: {layers: [ReLU]}]\n", 2, 10, 'needs "input"', None),
    ("input: [3]\nlayers: [ReLU]\noutput: x\n", 3, 9, 'nothing is called "x"', None),
    ("input: 3\nlayers: [ReLU]\n", 1, 8, "a shape is a list", "height, width, channels"),
    ("input: [0]\nlayers: [ReLU]\n", 1, 9, "whole numbers from 1 on", None),
    ("input: [a]\nlayers: [ReLU]\n", 1, 9, "whole numbers from 1 on", None),
    ("input: {a: {shap: [3]}}\nlayers: [ReLU]\n", 1, 13, 'no argument "shap"', '"shape"'),
    ("input: [3]\nseed: -1\nlayers: [ReLU]\n", 2, 7, '"seed" is a whole number', None),
    ("input: [3]\npreprocess: standardise\nlayers: [ReLU]\n", 2, 13, "none, stand", "standardize"),
    ("input: [3]\nresize: [1]\nlayers: [ReLU]\n", 2, 9, "stretch, pad or crop", None),
    ("input: $shap\nparams: {shape: [3]}\nlayers: [ReLU]\n", 1, 8, '"shap"', '"shape"'),
    ("input: [3]\nblocks: {A: {layers: [ReLU]}}\nlayers: [A]\n", 2, 10, "name of a block", "lower"),
    (
        "input: [3]\nblocks: {use: {layers: [ReLU]}}\nlayers: [ReLU]\n",
        2,
        10,
        "name of a block",
        None,
    ),
    ("input: [3]\nblocks: {a: {layer: [ReLU]}}\nlayers: [a]\n", 2, 14, 'no key "layer"', "layers"),
    ("input: [3]\nblocks: {a: {layers: [a]}}\nlayers: [a]\n", 2, 23, "contains itself", None),
    (
        "input: [3]\nblocks: {a: {params: {name: 1}, layers: [ReLU]}}\nlayers: [a]\n",
        2,
        23,
        'cannot be called "name"',
        None,
    ),
    (
        "input: [3]\nblocks: {a: {params: {b: 1}, layers: [ReLU]}}\nlayers: [a: {c: 1}]\n",
        3,
        14,
        'no parameter "c"',
        "b",
    ),
    (
        "input: [3]\nblocks: {a: {params: {n: x}, layers: [Dense: {units: $n}]}}\nlayers: [a]\n",
        2,
        54,
        "is a whole number",
        None,
    ),
    (
        "input: [3]\nblocks: {a: {params: {b: 1}, layers: [$b]}}\nlayers: [a]\n",
        2,
        39,
        "the parameter $b is no layer",
        None,
    ),
    ("input: [3]\nlayers: [ReLU: {repeat: 999999}]\n", 2, 10, "more than 20,000 layers", None),
    ("input: [3]\nlayers: [ReLU]\ntraining: [Adam]\n", 3, 11, "is a mapping", None),
    ("input: [3]\nlayers: [ReLU]\ntraining: {epoch: 3}\n", 3, 12, 'no key "epoch"', '"epochs"'),
    ("input: [3]\nlayers: [ReLU]\ntraining: {epochs: 0}\n", 3, 20, "from 1 on", None),
    ("input: [3]\nlayers: [ReLU]\ntraining: {optimizer: Adm}\n", 3, 23, '"Adm"', '"Adam"'),
    (
        "input: [3]\nlayers: [ReLU]\ntraining: {optimizer: {SGD: {momentm: 1}}}\n",
        3,
        30,
        'SGD has no argument "momentm"',
        '"momentum"',
    ),
    ("input: [3]\nlayers: [ReLU]\ntraining: {metrics: AUC}\n", 3, 21, "is a list", "[AUC]"),
    (
        "input: [3]\nlayers: [ReLU]\ntraining: {optimizer: sgd, lr: 1e-4}\n",
        3,
        28,
        'no key "lr"',
        "optimizer: {SGD: {learning_rate: 1e-4}}",
    ),
    ("input: [3]\nlayers: [ReLU]\ntraining: {class_weight: 3}\n", 3, 26, "balanced", None),
    ("input: [3]\nlayers: [ReLU]\ntraining: {phases: {epochs: 3}}\n", 3, 20, "is a list", None),
    ("input: [3]\nlayers: [ReLU]\ntraining: {phases: []}\n", 3, 20, "one phase or more", None),
    ("input: [3]\nlayers: [ReLU]\ntraining: {phases: [3]}\n", 3, 21, "a phase is a mapping", None),
    (
        "input: [3]\nlayers: [ReLU]\ntraining:\n  phases:\n    - {epochs: 2}\n    - {epoch: 2}\n",
        *(6, 8, 'a phase has no key "epoch"', "epochs"),
    ),
    (
        "input: [3]\nlayers: [ReLU]\ntraining: {phases: [{phases: []}]}\n",
        *(3, 22, 'a phase has no key "phases"', None),
    ),
    ("epochs: 3\ninput: [3]\nlayers: [ReLU]\n", 1, 1, 'no key "epochs"', "training.epochs"),
    (
        "momentum: 0.9\ninput: [3]\nlayers: [ReLU]\ntraining: {optimizer: {SGD: {}}}\n",
        *(1, 1, 'no key "momentum"', "training.optimizer.SGD.momentum"),
    ),
    ("input: [3]\nlayers: [ReLU]\ntraining: {unfreeze: [3]}\n", 3, 23, '"unfreeze" names', None),
]

# What learners write: Python, arithmetic, YAML that reads as something else.
# (text under `layers:`, column in its last line, part of the message, part of the hint)
SLIPS = [
    ("- Conv2D {filters: 8, kernel_size: 3}", 3, "a colon is missing", '"Conv2D: {"'),
    ("- Conv2D:{filters: 8, kernel_size: 3}", 3, "a space is missing", '"Conv2D: {"'),
    ("- Conv2D:\xa0{filters: 8, kernel_size: 3}", 10, "no-break space", "plain space"),
    ("- Conv2D: {filters: 8, kernel_size: 3", 11, '"{" is not closed', '"}"'),
    ("- Conv2D: {filters: 8,, kernel_size: 3}", 23, 'before this ","', None),
    ("- Conv2D: {filters: 8 kernel_size: 3}", 34, "comma or a bracket is missing", None),
    ('- Activation: {activation: "relu}', 28, "begins with this quote does not end", None),
    ("- ReLU\n   - ELU: {alpha: 1}", 4, "indented unlike", "same column"),
    ("- ReLU\n - ELU: {alpha: 1}", 2, "indented unlike", "same column"),
    ("- ReLU\nELU", 1, 'a colon is missing after "ELU"', "- item"),
    ("- Dropout: {rate: ${rate}}", 20, 'a "{" cannot', "$name"),
    ("- Dropout: {rate: @rate}", 19, 'no text begins with "@"', "quotes"),
    ("\t- ReLU", 1, "a tab cannot stand here", "spaces"),
    ("- Conv2D(8, 3)", 3, 'no layer "Conv2D(8, 3)"', "Conv2D: {filters: ..., kernel_size: ...}"),
    ("- keras.layers.Conv2D: {filters: 8}", 3, "no layer", 'write "Conv2D"'),
    ("- Conv2D: {filters=8, kernel_size=3}", 12, '"filters=8"', '"filters: 8"'),
    ("- Conv2D: [8, 3]", 11, "not a list", "Conv2D: {filters: ..., kernel_size: ...}"),
    ("- Conv2D:\n    - filters: 8", 5, "not a list", 'without "- "'),
    ("- Conv2D: {filters: '8', kernel_size: 3}", 21, "not the text", "without quotes: 8"),
    ("- Dense: {units: '99999999999999999999'}", 18, "not the text", None),
    ("- Dense: {'99999999999999999999': , units: 1}", 11, "no argument", None),
    ("- Conv2D: {filters: , kernel_size: 3}", 21, "is a whole number, not nothing", None),
    ("- Conv2D: {filters: [8], kernel_size: 3}", 21, "is a whole number, not a list", None),
    ("- Conv2D: {filters: $f * 2, kernel_size: 3}", 21, "no parameter", "no arithmetic"),
    ("- Conv2D: {filters: 2*$f, kernel_size: 3}", 21, "whole number", "no arithmetic"),
    ("- Conv2D: {filters: 8, kernel_size: (3, 3)}", 37, "or a list of these", "[3, 3]"),
    ("- Conv2D: {filters: 8, kernel_size: 3, padding: sme}", 49, "valid or same", '"same"'),
    ("- Dense: {units: 1, use_bias: 'False'}", 31, "true or false", "without quotes: false"),
    ("- Dense: {units: 1, kernel_regularizer: L2(0.1)}", 41, "no regularizer", "L2: {l2: ...}"),
    ("- Dense: {units: 1, input: a}", 21, 'no argument "input"', '"inputs"'),
    ("- Reshape: {target_shape: 3}", 27, "is a list, not the number 3", None),
    ("- Dropout: {rate: 0,5}", 21, 'no argument "5"', "0.5"),
    ("- MaxPooling", 3, "no layer", '"MaxPooling2D"'),
    ("- Input: {shape: [3]}", 3, "no layer", '"input:"'),
    ("- use: relu", 8, "is a mapping", "use: {layer: relu}"),
    ("- ReLU: {inputs: 'a, b'}", 18, "nothing is called", "square brackets"),
]
SECTIONS = [
    ("input: [null, -1]\nlayers: [ReLU]\n", 1, 15, "not the number -1", "null is any size"),
    ("input: [None, 3]\nlayers: [ReLU]\n", 1, 9, "None", "null is any size"),
    ("input: [3]\nlayers:\n", 2, 8, "has no layer", None),
    ("input: [3]\nlayers\n  - ReLU\n", 2, 1, 'a colon is missing after "layers"', None),
    ("input: [3\nlayers: [ReLU]\n", 1, 8, '"[" is not closed', '"]"'),
    ("description: a: b\ninput: [3]\nlayers: [ReLU]\n", 1, 15, '":" cannot', "in quotes"),
    ("input: [3]\ndtype: mixed_float\nlayers: [ReLU]\n", 2, 8, "policy", '"mixed_float16"'),
    ("input: [3]\nblocks: [{a: 1}]\nlayers: [ReLU]\n", 2, 9, "is a mapping", 'without "- "'),
    (
        "input: [3]\nlayers: [ReLU]\ntraining: {optimizer: {Adam: {lr: 0.1}}}\n",
        3,
        31,
        'no argument "lr"',
        '"learning_rate"',
    ),
    (
        "input: [3]\nlayers: [ReLU]\ntraining: {callbacks: {EarlyStopping: {}}}\n",
        3,
        23,
        "is a list",
        '"- "',
    ),
]
WRONG += SECTIONS
WRONG += [
    (
        f"input: [8, 8, 3]\nlayers:\n  {text}\n",
        3 + text.count("\n"),
        column + 2 * ("\n" not in text),
        said,
        hint,
    )
    for text, column, said, hint in SLIPS
]


@pytest.mark.parametrize("case", WRONG, ids=lambda case: case[0])
def test_a_mistake_is_told_where_it_stands(case):
    text, line, column, message, hint = case
    problems = check_text(text, "x.yaml").problems
    errors = [p for p in problems if p.severity == "error"]
    matching = [p for p in errors if message in p.message]
    assert matching, [str(p) for p in errors]
    problem = matching[0]
    if line is not None:
        assert (problem.line, problem.column) == (line, column), str(problem)
    if hint is not None:
        assert hint in (problem.hint or ""), str(problem)


def test_the_example_of_the_documentation():
    with pytest.raises(SpecError) as caught:
        load_text("input: [8, 8, 1]\nlayers:\n  - Conv2D: {filter: 8, kernel_size: 3}\n", "a.yaml")
    assert str(caught.value) == (
        'a.yaml:3:14: error: Conv2D has no argument "filter"\n'
        "   3 |   - Conv2D: {filter: 8, kernel_size: 3}\n"
        '     |              ^^^^^^  did you mean "filters"?'
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("input: [3]\nlayers:\n- ReLU: {name: a}\n- ReLU: {name: a}\n- ReLU\n", 4),
        ("input: [3]\nblocks: {a: [ReLU]}\nlayers: [a]\n", 2),
        ("input: [8, 8, 3]\nlayers: [{MaxPool2D: {pool_size: (2, 2), padding: same}}]\n", 2),
        ("input: [8, 8, 3]\nlayers: [{Conv2D: {kernel_size: (2, 2), filters: 8}}]\n", 2),
        ("- some\n- other: {list: 1}\n", 1),
        ("width: 3\nkind: {of: file}\n", 1),
        ("input: [3]\nparams: {rate: 1}\nlayers: [Dropout: {rate: $rte}]\n", 3),
    ],
)
def test_one_mistake_is_one_error(text, line):
    (problem,) = check_text(text, "x.yaml").problems
    assert problem.line == line


def test_all_errors_are_told_at_once_in_the_order_of_the_file():
    text = "input: [a]\nlayers:\n- Dens\n- Dense: {unit: 3}\n- ReLU: {inputs: b}\nseed: x\n"
    with pytest.raises(SpecError) as caught:
        load_text(text)
    assert [problem.line for problem in caught.value.problems] == [1, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("input: [3]\nparams: {a: 1}\nlayers: [ReLU]\n", 2, 'parameter "a" is not used'),
        ("input: [3]\nblocks: {a: {layers: [ReLU]}}\nlayers: [ReLU]\n", 2, 'block "a" is not used'),
        ("input: [3]\nlayers:\n- ReLU\n- ELU: {inputs: input}\n", 3, '"re_lu" is not used'),
        ("input: {a: [3], b: [3]}\nlayers:\n- ReLU: {inputs: a}\n", 1, 'input "b" is not used'),
        (
            "input: [3]\nblocks: {a: {params: {b: 1}, layers: [ReLU]}}\nlayers: [a]\n",
            2,
            'the parameter "b" of the block is not used',
        ),
        (
            "input: [3]\nblocks:\n  a: {layers: [ELU, ReLU: {inputs: input}]}\nlayers: [a, a]\n",
            3,
            '"a_1_elu" is not used',
        ),
        (
            "input: [3]\nblocks: {a: {layers: [ReLU]}}\nlayers:\n- a\n- a: {inputs: input}\n",
            4,
            '"a_1" is not used',
        ),
    ],
)
def test_what_is_not_used_is_a_warning(text, line, message):
    checked = check_text(text, "x.yaml")
    (problem,) = checked.problems
    assert checked.spec is not None
    assert (problem.severity, problem.line) == ("warning", line)
    assert message in problem.message


@pytest.mark.parametrize(
    ("family", "name"), [(f, name) for f, classes in REFUSED.items() for name in classes]
)
def test_a_refused_class_is_refused_with_its_reason(family, name):
    place = {
        "layer": "layers: [X: {}]",
        "optimizer": "layers: [ReLU]\ntraining: {optimizer: {X: {}}}",
        "schedule": "layers: [ReLU]\ntraining: {optimizer: {SGD: {learning_rate: {X: {}}}}}",
        "loss": "layers: [ReLU]\ntraining: {loss: {X: {}}}",
        "metric": "layers: [ReLU]\ntraining: {metrics: [X: {}]}",
        "initializer": "layers: [Dense: {units: 1, kernel_initializer: {X: {}}}]",
        "regularizer": "layers: [Dense: {units: 1, kernel_regularizer: {X: {}}}]",
        "constraint": "layers: [Dense: {units: 1, kernel_constraint: {X: {}}}]",
        "callback": "layers: [ReLU]\ntraining: {callbacks: [X: {}]}",
    }[family]
    with pytest.raises(SpecError) as caught:
        load_text(f"input: [3]\n{place.replace('X', name)}\n")
    assert f"{name} is refused: {REFUSED[family][name]}" in str(caught.value)


@pytest.mark.parametrize(
    "argument",
    [
        "kernel_initializer: {class_name: Lambda, config: {}}",
        "activation: {class_name: function, config: os.system}",
        "dtype: {class_name: DTypePolicy, config: {name: float16}}",
        "kernel_regularizer: {module: builtins, class_name: eval, config: {}}",
    ],
)
def test_keras_s_own_configurations_are_no_arguments(argument):
    with pytest.raises(SpecError):
        load_text(f"input: [3]\nlayers: [Dense: {{units: 1, {argument}}}]\n")


@pytest.mark.parametrize("layer", ["StringLookup", "IntegerLookup", "TextVectorization"])
def test_a_vocabulary_is_a_list_never_a_file(layer):
    text = f"input: {{shape: [1], dtype: string}}\nlayers: [{layer}: {{vocabulary: /etc/passwd}}]\n"
    with pytest.raises(SpecError, match=f'"vocabulary" of {layer} is a list'):
        load_text(text)


def test_what_is_given_to_a_misspelt_class_is_checked_too():
    text = """\
input: [28, 28, 1]
layers:
  - Conv2d: {filter: 8, kernel_size: 0, name: first}
  - TimeDistribute: {layer: {Dens: {unit: 3}}}
  - Add: {inputs: [first, first]}
training:
  optimizer: {Adm: {learnin_rate: 3}}
"""
    with pytest.raises(SpecError) as caught:
        load_text(text)
    assert [(problem.line, problem.message) for problem in caught.value.problems] == [
        (3, 'Keras has no layer "Conv2d"'),
        (3, 'Conv2D has no argument "filter"'),
        (
            3,
            '"kernel_size" of Conv2D is a whole number from 1 on, or a list of these, not the'
            " number 0",
        ),
        (4, 'Keras has no layer "TimeDistribute"'),
        (4, 'Keras has no layer "Dens"'),
        (4, 'Dense has no argument "unit"'),
        (7, 'Keras has no optimizer "Adm"'),
        (7, 'Adam has no argument "learnin_rate"'),
    ]


def test_what_stands_at_a_misspelt_key_or_too_far_left_is_checked_too():
    text = """\
inputs: 32, 32, 3
model:
  - Dropout:
    rate: 60
  - Dens: {units: 0}
trainning:
  optimiser: Adm
  epoch: many
  loss:
    Dice:
    smooth: 3
"""
    found = check_text(text, "x.yaml").problems
    assert [(problem.line, problem.hint) for problem in found] == [
        (1, 'did you mean "input"?'),
        (1, "write [32, 32, 3]"),
        (2, 'did you mean "layers"?'),
        (3, "indent the arguments of Dropout more than its name"),
        (4, "60 percent is 0.6"),
        (5, 'did you mean "Dense"?'),
        (5, None),
        (6, 'did you mean "training"?'),
        (7, 'did you mean "optimizer"?'),
        (7, 'did you mean "Adam"?'),
        (8, 'did you mean "epochs"?'),
        (8, None),
        (10, "indent the arguments of Dice more than its name"),
        (11, "it has reduction, axis"),
    ]


def test_layers_that_are_a_mapping_are_checked_too():
    found = check_text("input: (8, 8, 1)\nlayers: {Flaten: , Dense: {unit: 1}}\n", "x.yaml")
    assert [problem.hint for problem in found.problems] == [
        "write [8, 8, 1]",
        'begin each layer with "- "',
        'did you mean "Flatten"?',
        'did you mean "units"?',
    ]


@pytest.mark.parametrize(
    ("written", "suggested"),
    [("60", "rate: 0.6"), ("0.5", "rate: 0.5"), ("-3", "rate: ..."), ("800", "rate: ...")],
)
def test_a_suggested_value_is_itself_right(written, suggested):
    with pytest.raises(SpecError) as caught:
        load_text(f"input: [4]\nlayers:\n  - Dropout: {written}\n")
    (problem,) = caught.value.problems
    assert problem.hint == f"write Dropout: {{{suggested}}}"


@pytest.mark.parametrize(
    ("shape", "layer", "hint"),
    [
        ("[28, 28]", "Conv2D: {filters: 2, kernel_size: 3}", "write [28, 28, 1], for colour"),
        ("[28, 28]", "MaxPooling2D", "write [28, 28, 1], for colour [28, 28, 3]"),
        ("[9]", "Conv1D: {filters: 2, kernel_size: 3}", "write [9, 1], for colour [9, 3]"),
    ],
)
def test_an_input_without_channels_is_found_without_keras(shape, layer, hint):
    with pytest.raises(SpecError) as caught:
        load_text(f"input: {shape}\nlayers:\n  - {layer}\n")
    (problem,) = caught.value.problems
    assert problem.line == 1
    assert hint in (problem.hint or "")


@pytest.mark.parametrize("merged", ["*base", "[*base, {use_bias: false}]"])
def test_a_merge_key_is_named_as_such_and_nothing_follows_from_it(merged):
    text = f"""\
input: [8, 8, 1]
layers:
  - Conv2D: &base {{filters: 4, kernel_size: 3}}
  - Conv2D: {{<<: {merged}, padding: same}}
"""
    with pytest.raises(SpecError) as caught:
        load_text(text)
    (problem,) = caught.value.problems
    assert (problem.line, problem.column) == (4, 14)
    assert "a spec has no merge keys" in problem.message


def test_a_text_is_no_number_where_only_numbers_are_taken():
    with pytest.raises(SpecError) as caught:
        load_text("input: [4]\nlayers:\n  - ReLU: {max_value: a}\n")
    (problem,) = caught.value.problems
    assert problem.message == '"max_value" of ReLU is a number from 0 on, not the text "a"'


BEGINNER = """\
name: my net
input: [28, 28]
preproces: rescale
layers:
  - Conv2d: {filter: 16, kernel_size: 3x3, activation: ReLu}
  - MaxPooling: 2
  - Dropout: 60
  - Dense: {units: 10.5, activation: softmax
  - Dense: {unit: 10}
training:
  learning_rate: 1e-3
  metrics: accuracy
"""
# What is said of it, line by line, and what is then written: the hint, where there is one.
MENDED = {
    2: "input: [28, 28, 1]",
    3: "preprocess: rescale",
    5: "  - Conv2D: {filters: 16, kernel_size: [3, 3], activation: relu}",
    6: "  - MaxPooling2D: {pool_size: 2}",
    7: "  - Dropout: {rate: 0.6}",
    8: "  - Dense: {units: 10, activation: softmax}",
    9: "  - Dense: {units: 10}",
    11: "  optimizer: {Adam: {learning_rate: 1e-3}}",
    12: "  metrics: [accuracy]",
}


def test_a_beginners_mistakes_are_mended_in_two_rounds():
    first = check_text(BEGINNER, "x.yaml")
    assert [(problem.line, problem.hint) for problem in first.problems] == [(8, 'end it with "}"')]
    lines = BEGINNER.splitlines()
    lines[7] += "}"
    second = check_text("\n".join(lines), "x.yaml")
    assert {problem.line for problem in second.problems} == set(MENDED)
    assert len(second.problems) == 13
    for line, text in MENDED.items():
        lines[line - 1] = text
    assert check_text("\n".join(lines), "x.yaml").problems == ()


IN_EPOCHS = """\
input: [3]
layers: [Dense: {units: 1}]
training:
  optimizer:
    SGD:
      learning_rate: {%s}
"""


@pytest.mark.parametrize(
    ("schedule", "column", "message"),
    [
        ("CosineDecay: {initial_learning_rate: 1, decay_epochs: 0}", 77, "above 0"),
        ("CosineDecay: {initial_learning_rate: 1}", 23, 'needs the argument "decay_steps"'),
        (
            "CosineDecay: {initial_learning_rate: 1, decay_epochs: 1, decay_steps: 1}",
            *(63, '"decay_epochs" and "decay_steps" say the same twice'),
        ),
        (
            "CosineDecay: {initial_learning_rate: 1, decay_epoch: 1}",
            63,
            'no argument "decay_epoch"',
        ),
        ("PiecewiseConstantDecay: {boundaries_epochs: 3, values: [1, 2]}", 67, "list"),
        ("CosineDecay: {initial_learning_rate: 1, decay_epochs: x}", 77, 'not the text "x"'),
    ],
)
def test_a_schedule_in_epochs_is_checked_as_one_in_steps(schedule, column, message):
    found = check_text(IN_EPOCHS % schedule, "x.yaml").problems
    assert [(p.line, p.column) for p in found] == [(6, column)]
    assert message in found[0].message


@pytest.mark.parametrize(
    "schedule",
    [
        "CosineDecay: {initial_learning_rate: 1, decay_epochs: 2.5, warmup_epochs: 0}",
        "CosineDecayRestarts: {initial_learning_rate: 1, first_decay_epochs: 2}",
        "ExponentialDecay: {initial_learning_rate: 1, decay_epochs: 1, decay_rate: 0.5}",
        "PiecewiseConstantDecay: {boundaries_epochs: [1, 2.5], values: [3, 2, 1]}",
        "PolynomialDecay: {initial_learning_rate: 1, decay_epochs: 3}",
        "InverseTimeDecay: {initial_learning_rate: 1, decay_epochs: 3, decay_rate: 1}",
    ],
)
def test_every_schedule_is_counted_in_epochs(schedule):
    from cnncli.network.objects import make_thing
    from cnncli.training.schedules import in_steps

    optimizer = load_text(IN_EPOCHS % schedule).training.optimizer
    made = make_thing(in_steps(optimizer, 10), "optimizer")
    counted = schedule.replace("boundaries_epochs: [1, 2.5]", "boundaries: [10, 25]")
    counted = re.sub(r"epochs: ([\d.]+)", lambda m: f"steps: {float(m[1]) * 10:.0f}", counted)
    expected = make_thing(load_text(IN_EPOCHS % counted).training.optimizer, "optimizer")
    assert made.get_config()["learning_rate"] == expected.get_config()["learning_rate"]


@pytest.mark.parametrize("loss", ["crossentropy", "Crossentropy", "cross_entropy"])
def test_a_word_that_several_classes_end_with_names_them_all(loss: str) -> None:
    text = f"input: [4]\nlayers:\n  - Dense: {{units: 10}}\ntraining:\n  loss: {loss}\n"
    [problem] = check_text(text, "spec.yaml").problems
    assert problem.hint is not None and "BinaryCrossentropy, " in problem.hint
    assert "SparseCategoricalCrossentropy" in problem.hint and "did you mean" not in problem.hint


@pytest.mark.parametrize(
    ("metric", "warned"),
    [("F1Score", 1), ("f1_score", 1), ("F1Score: {average: macro}", 0), ("Precision", 0)],
)
def test_a_metric_of_each_class_is_told_before_training(metric: str, warned: int) -> None:
    text = "input: [4]\nlayers:\n  - Dense: {units: 10}\ntraining:\n  metrics:\n    - " + metric
    found = check_text(text, "spec.yaml")
    assert [each.hint for each in found.problems] == warned * ["give it average: macro"]
    assert found.spec is not None


@pytest.mark.parametrize("path", ["layers[0].units", "layers[-2]", "a.layers[12].b_c"])
def test_a_path_within_brackets_is_to_be_quoted(path: str) -> None:
    text = f"extends: lesson\nchanges: {{dense.units: 3, {path}: [1]}}\n"
    (problem,) = check_text(text, "x.yaml").problems
    assert (problem.line, problem.column) == (2, 27)
    assert "quote this path" in problem.message and problem.hint == f'write "{path}":'
    quoted = text.replace(path, f'"{path}"')
    assert "quote" not in str([p.message for p in check_text(quoted, "x.yaml").problems])


def test_a_path_as_a_value_is_not_told_to_be_a_key() -> None:
    (problem,) = check_text("extends: lesson\nchanges: {a: layers[0].b}\n", "x.yaml").problems
    assert "a comma or a bracket is missing" in problem.message
