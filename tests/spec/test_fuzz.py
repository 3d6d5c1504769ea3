"""Whatever is given as a spec gives a spec or a clean error, in little time and memory."""

from __future__ import annotations

import base64
import random
import re
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnncli.errors import SpecError
from cnncli.spec import dump, dump_graph, expand, load_text
from cnncli.spec.shipped import names, path
from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is held by RLIMIT_AS")


def read_in_child(texts: list[bytes]) -> list[str]:
    """Read texts in one held process; what it says of each."""
    lines = b"".join(base64.b64encode(text) + b"\n" for text in texts)
    done = subprocess.run(
        [sys.executable, "-m", "tests.spec.reading_child"],
        input=lines,
        capture_output=True,
        cwd=ROOT,
        check=False,
    )
    said = done.stdout.decode().split()
    assert done.returncode == 0, (done.returncode, done.stderr.decode()[-2000:], texts[len(said)])
    return said


def laughs(width: int, depth: int, kind: str) -> bytes:
    opening, closing = ("[", "]") if kind == "list" else ("{", "}")
    lines = []
    for level in range(depth):
        before = ["x"] * width if level == 0 else [f"*a{level - 1}"] * width
        items = before if kind == "list" else [f"k{i}: {b}" for i, b in enumerate(before)]
        lines.append(f"a{level}: &a{level} {opening}{', '.join(items)}{closing}")
    return "\n".join(lines).encode()


BLOCKS = b"input: [3]\nblocks:\n" + b"".join(
    b"  b%d: {layers: [%s]}\n" % (i, b", ".join([b"ReLU" if i == 0 else b"b%d" % (i - 1)] * 10))
    for i in range(12)
)
BOMBS = {
    "aliases in lists": laughs(10, 12, "list"),
    "aliases in mappings": laughs(10, 12, "mapping"),
    "aliases for layers": laughs(9, 9, "list") + b"\ninput: [3]\nlayers: *a8\n",
    "merge keys": b"a: &a {x: 1}\n" + b"".join(b"b%d: {<<: *a}\n" % i for i in range(2000)),
    "deep lists": b"input: " + b"[" * 200_000,
    "deep mappings": b"{a: " * 100_000,
    "deep blocks": b"".join(b" " * i + b"- - - a:\n" for i in range(0, 2000, 2)),
    "question marks": b"? " * 100_000,
    "dashes": b"- " * 100_000,
    "a long line": b"input: [" + b"1, " * 400_000 + b"]",
    "a long text": b"name: " + b"x" * 3_900_000 + b"\ninput: [3]\nlayers: [ReLU]\n",
    "a long key": b"x" * 3_900_000 + b": 1",
    "many lines": b"a: 1\n" * 400_000,
    "many keys": b"".join(b"k%d: 1\n" % i for i in range(60_000)),
    "many layers": b"input: [3]\nlayers:\n" + b"- Dens\n" * 90_000,
    "many good layers": b"input: [3]\nlayers:\n" + b"- ReLU\n" * 90_000,
    "too large": b"#" * 10_000_000,
    "a huge integer": b"seed: " + b"1" * 3_000_000,
    "a huge hexadecimal integer": b"seed: 0x" + b"f" * 3_000_000,
    "a huge float": b"seed: " + b"1" * 1_000_000 + b".0e" + b"9" * 1_000_000,
    "repeats": b"input: [3]\nlayers: [ReLU: {repeat: 9223372036854775807}]\n",
    "named repeats": b"input: [3]\nlayers: [ReLU: {repeat: 9223372036854775807, name: a}]\n",
    "repeats of repeats": b"input: [3]\nblocks:\n  a: {layers: [ReLU: {repeat: 10000}]}\n"
    b"  b: {layers: [a: {repeat: 10000}]}\nlayers: [b: {repeat: 10000}]\n",
    "empty blocks again and again": b"input: [3]\nblocks: {a: {layers: [ReLU: {repeat: 0}]}}\n"
    b"layers: [a: {repeat: 1000000000}]\n",
    "blocks of blocks": BLOCKS + b"layers: [b11]\n",
    "nested outputs": b"input: [3]\nblocks: {d: {layers: [ReLU: {repeat: 0}], "
    b"output: [input, input]}}\nlayers: [d: {repeat: 64}]\n",
    "a long chain of names": b"input: [3]\nblocks: {d: {layers: [ReLU: {repeat: 0}]}}\nlayers:\n"
    + b"".join(b"- d: {name: n%d, inputs: n%d}\n" % (i, i + 1) for i in range(3000)),
    "quotes": b'name: "' + b"\\" * 1_000_000,
    "anchors": b"".join(b"- &a%d x\n" % i for i in range(90_000)),
    "tabs": b"\t" * 1_000_000,
    "NULs": b"\0" * 1_000_000,
    "a byte-order mark in the middle": b"input: [3]\n\xef\xbb\xbflayers: [ReLU]\n",
    "UTF-32": "input: [3]\nlayers: [ReLU]\n".encode("utf-32"),
    "half a surrogate": b"name: \xed\xa0\x80\n",
    "escaped surrogate": b'name: "\\ud800"\ninput: [3]\nlayers: [ReLU]\n',
    "a tag that runs code": b"input: !!python/object/apply:os.system [true]\n",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_gives_a_clean_error_in_little_time_and_memory(name):
    assert len(read_in_child([BOMBS[name]])) == 1


TOKENS = """
$ $x $$a null ~ [ ] { } : - # &a *a !!python/object:os.system !x ' " 0x 1e999 -1 NaN .inf
99999999999999999999 true use ops.add input/0 input/9 / a/1 <<: ? | > --- ... %YAML
layers: input: params: blocks: output: Lambda Sequential Model residual repeat: inputs:
name: call:
""".split()  # noqa: SIM905
TOKENS += ["\t", "\n", "\n  ", "\0", "\ufeff", "\x85", "\u2028", "é", "😀", "repeat: 100000"]


def mutated(text: str, rng: random.Random) -> str:
    """Return a text with a few accidents."""
    for _ in range(rng.choice((1, 1, 2, 3, 6))):
        place = rng.randrange(len(text) + 1)
        accident = rng.randrange(4)
        if accident == 0:
            text = text[:place] + text[place + rng.choice((1, 2, 5, 20)) :]
        elif accident == 1:
            text = text[:place] + rng.choice(TOKENS) + text[place:]
        elif accident == 2:
            lines = text.split("\n")
            lines.insert(rng.randrange(len(lines)), rng.choice(lines))
            text = "\n".join(lines)
        else:
            words = list(re.finditer(r"[\w$.]+", text))
            word = rng.choice(words)
            other = rng.choice([rng.choice(words).group(), rng.choice(TOKENS)])
            text = text[: word.start()] + other + text[word.end() :]
    return text


@pytest.mark.parametrize("name", names())
def test_a_shipped_spec_with_accidents_is_a_spec_or_a_clean_error(name):
    rng = random.Random(name)
    text = path(name).read_text(encoding="utf-8")
    read_in_child([mutated(text, rng).encode() for _ in range(25)])


def test_random_bytes_are_a_spec_or_a_clean_error():
    rng = random.Random(1)
    read_in_child([rng.randbytes(rng.randrange(1, 400)) for _ in range(300)])


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=6),
    st.sampled_from(["Dense", "ReLU", "Add", "input", "units", "$a", "a", "Sequential", "use"]),
)
KEYS = st.sampled_from(
    [
        "input",
        "layers",
        "params",
        "blocks",
        "output",
        "training",
        "Dense",
        "ReLU",
        "units",
        "name",
        "inputs",
        "repeat",
        "call",
        "shape",
        "optimizer",
        "Model",
        "Sequential",
        "use",
        "layer",
        "a",
    ]
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.one_of(KEYS, st.text(max_size=3)), inner)
    ),
    max_leaves=20,
)


@settings(max_examples=80, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(KEYS, ANYTHING, min_size=1), ANYTHING)
def test_random_data_is_a_spec_or_a_spec_error(document, layers):
    from cnncli.spec.yaml_text import flow

    text = flow({"input": [4], **document, "layers": layers})
    try:
        load_text(text)
    except SpecError as error:
        assert error.problems and all(problem.message for problem in error.problems)


UNITS = st.integers(1, 8)
LAYER = st.one_of(
    st.builds(lambda n: {"Dense": {"units": n}}, UNITS),
    st.builds(lambda n: {"Dense": {"units": n, "kernel_regularizer": {"L2": {"l2": 0.1}}}}, UNITS),
    st.sampled_from(["ReLU", "BatchNormalization", "ops.relu", {"Dropout": {"rate": 0.5}}]),
    st.builds(lambda n: {"ReLU": {"repeat": n}}, st.integers(0, 3)),
    st.builds(lambda n, k: {"twice": {"width": n, "repeat": k}}, UNITS, st.integers(0, 2)),
    st.builds(lambda n: {"Sequential": {"layers": [{"Dense": {"units": n}}, "ELU"]}}, UNITS),
)


@st.composite
def specs(draw):
    """A valid spec: a chain, then layers that take earlier ones by name, then their sum."""
    chain = draw(st.lists(LAYER, min_size=1, max_size=5))
    twice = {"params": {"width": 2}, "layers": [{"Dense": {"units": "$width"}}, "ReLU"]}
    width = draw(UNITS)
    branches = draw(st.integers(1, 3))
    joined = [
        {"Dense": {"units": width, "inputs": "trunk", "name": f"branch {i}"}}
        for i in range(branches)
    ]
    taken = [f"branch {i}" for i in range(branches)] + ["branch 0"]
    return {
        "input": [draw(UNITS)],
        "seed": draw(st.integers(0, 2**32 - 1)),
        "blocks": {"twice": twice},
        "layers": [
            *chain,
            {"Dense": {"units": width, "name": "trunk"}},
            *joined,
            {"Add": {"inputs": taken}},
            {"use": {"layer": "trunk", "inputs": "input", "name": "again"}},
        ][: None if draw(st.booleans()) else -1],
    }


def networks(text: str) -> list[tuple[str, str, str]]:
    graph = expand(load_text(text))
    return [(node.name, node.kind, node.class_name) for node in graph.nodes]


def written(document: object) -> str:
    from cnncli.spec.yaml_text import flow

    return flow(document).replace('"$$width"', "$width").replace("$$width", "$width")


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(specs())
def test_a_random_valid_spec_is_read_written_and_written_out_alike(document):
    text = written(document)
    spec = load_text(text)
    before = networks(text)
    assert networks(dump(spec)) == before
    assert networks(dump_graph(spec, expand(spec))) == before


@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(specs())
def test_a_random_valid_spec_builds_or_fails_at_a_line(document):
    from cnncli.network.build import build

    spec = load_text(written(document))
    try:
        build(spec, weights=False)
    except SpecError as error:
        assert all(problem.line is not None for problem in error.problems)
