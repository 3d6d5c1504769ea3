"""Reading YAML: the scalars of YAML 1.2, and one clear error for everything that is no spec."""

from __future__ import annotations

import math

import pytest

from cnncli.errors import SpecError, UsageError
from cnncli.spec import load_text, parse_value

LAYERS = "\nlayers: [ReLU]\n"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("1.", 1.0),
        (".5", 0.5),
        ("+12", 12),
        ("012", 12),
        ("0x1F", 31),
        ("0o17", 15),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("", None),
        ("null", None),
        ("-.inf", -math.inf),
        # Texts, whatever YAML 1.1 makes of them.
        ("yes", "yes"),
        ("on", "on"),
        ("No", "No"),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("2026-11-23", "2026-11-23"),
        ("0b1", "0b1"),
        ("nan", "nan"),
        ('"1"', "1"),
        ("'true'", "true"),
        ("[128, 128, 1]", (128, 128, 1)),
        ("{SGD: {momentum: 0.9}}", {"SGD": {"momentum": 0.9}}),
        ("=", "="),
    ],
)
def test_plain_scalars_are_those_of_yaml_1_2(text, value):
    read = parse_value(text)
    assert (read, type(read)) == (value, type(value))


def test_nan_is_read():
    assert math.isnan(parse_value(".nan"))


@pytest.mark.parametrize("text", ["[1", "{a: ", "!!python/name:os.system", "1" * 5000, "a: b: c"])
def test_a_value_that_cannot_be_read_is_wrong_usage(text):
    with pytest.raises(UsageError, match="cannot be read"):
        parse_value(text)


BROKEN = {
    "empty": (b"", "there is nothing in this file"),
    "only a comment": (b"# hello\n", "there is nothing in this file"),
    "a list": (b"- Dense\n", "a spec is a mapping, not a list"),
    "a scalar": (b"hello\n", 'a spec is a mapping, not the text "hello"'),
    "binary": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary file"),
    "NUL": (b"input: [3]\0\nlayers: [ReLU]\n", "binary file"),
    "UTF-16": ("input: [3]\nlayers: [ReLU]\n".encode("utf-16"), "UTF-16"),
    "Latin-1": (b"name: caf\xe9\ninput: [3]\n", "byte 0xe9 is no UTF-8"),
    "control character": (b"name: a\x07b\n", "not allowed in YAML"),
    "tab": (b"input: [3]\nlayers:\n\t- ReLU\n", "spaces, not with tabs"),
    "at sign": (b"name: @home\n", "in quotes"),
    "not closed": (b"input: [3\nlayers: [ReLU]\n", "no YAML"),
    "two documents": (b"input: [3]\n---\nlayers: [ReLU]\n", "second document"),
    "tag": (b"input: !!python/tuple [3]\nlayers: [ReLU]\n", "tag"),
    "local tag": (b"input: !shape [3]\nlayers: [ReLU]\n", "tag"),
    "list as key": (b"[a, b]: 1\n", "a list cannot be a key"),
    "mapping as key": (b"{a: 1}: 1\n", "a mapping cannot be a key"),
    "unknown alias": (b"input: *shape\n", "is not defined"),
    "alias of itself": (b"input: &a [*a]\n", "stands within itself"),
    "merge key": (b"input: [3]\nlayers: [ReLU]\n<<: {name: x}\n", "a spec has no merge keys"),
    "huge integer": (b"seed: " + b"9" * 10_000, "does not fit 64 bits"),
    "deep": (b"input: " + b"[" * 5000 + b"]" * 5000, "levels deep"),
    "deep in lines": (
        b"".join(b" " * i + b"a:\n" for i in range(500)),
        "levels deep",
    ),
    "large": (b"#" + b"x" * 5_000_000, "bytes"),
    "many values": (b"input: [" + b"1," * 300_000 + b"]", "values"),
    "repeated key": (b"input: [3]\nlayers: [ReLU]\ninput: [4]\n", "a second time"),
    "repeated key within": (
        b"input: [3]\nlayers:\n  - Dense: {units: 1, units: 2}\n",
        'the key "units" stands here a second time',
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_spec_is_one_clean_error(name):
    content, message = BROKEN[name]
    with pytest.raises(SpecError) as caught:
        load_text(content, "x.yaml")
    assert message in str(caught.value)


def test_billion_laughs_are_stopped():
    lines = ["a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    for before, name in zip("abcdefghi", "bcdefghij", strict=True):
        lines.append(f"{name}: &{name} [{', '.join(['*' + before] * 9)}]")
    with pytest.raises(SpecError, match="aliases multiply"):
        load_text("\n".join(lines))


def test_aliases_may_be_used():
    spec = load_text(
        "input: [8, 8, 1]\nlayers:\n"
        "  - Conv2D: &conv {filters: 2, kernel_size: 3}\n  - Conv2D: *conv\n"
    )
    assert [dict(use.arguments) for use in spec.body.layers] == [
        {"filters": 2, "kernel_size": 3}
    ] * 2


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_are_counted_whatever_ends_them(newline):
    text = newline.join(["# a", "input: [3]", "layers: [Dens]", ""])
    with pytest.raises(SpecError) as caught:
        load_text(text)
    (problem,) = caught.value.problems
    assert (problem.line, problem.column, problem.source) == (3, 10, "layers: [Dens]")


def test_a_byte_order_mark_is_skipped():
    assert load_text(b"\xef\xbb\xbfinput: [3]" + LAYERS.encode()).body.layers[0].word == "ReLU"


def test_columns_count_characters_not_bytes():
    line = 'layers: [{Dense: {units: 1, name: "é"}}, Dens]'
    with pytest.raises(SpecError) as caught:
        load_text(f"input: [3]\n{line}\n")
    assert caught.value.problems[0].column == line.index("Dens]") + 1
