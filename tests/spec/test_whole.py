"""A spec written into one file: it stays what it was, whatever is set in it later."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnncli.spec import dump, load_file, load_text
from cnncli.spec.outside_files import anchored
from cnncli.spec.shipped import names, path
from cnncli.spec.whole import whole

FAMILY = """\
params: {width: 4, side: 3}
presets:
  small: {width: 2}
input: [9, 9, 1]
blocks:
  pair:
    params: {filters: 3}
    layers:
      - Conv2D: {filters: $filters, kernel_size: $side, padding: same}
      - ReLU
layers:
  - pair: {filters: $width, repeat: 2}
  - Flatten
  - Dense: {units: 2, activation: softmax, name: $$price}
"""
CHILD = """\
extends: sub/family.yaml
params: {width: 5}
changes: {"layers[1]": GlobalAveragePooling2D}
"""


@pytest.mark.parametrize("name", names())
def test_every_shipped_one_with_each_parameter_and_preset(name: str) -> None:
    text = path(name).read_bytes()
    spec = load_text(text, name)
    kept = whole(spec)
    assert load_text(kept).name == spec.name
    numbers = [(key, value) for key, value in spec.params.items() if type(value) in (int, float)]
    ways: list[tuple[list[tuple[str, object]], str | None]] = [([], None)]
    ways += [([(f"params.{key}", value * 2)], None) for key, value in numbers]
    ways += [([], preset) for preset in spec.presets[-1:]]
    for changes, preset in ways:
        one, other = (_said(each, name, changes, preset) for each in (text, kept))
        assert one == other, (changes, preset)


def _said(
    text: str | bytes, name: str, changes: list[tuple[str, object]], preset: str | None
) -> str:
    try:
        return dump(load_text(text, name, overrides=changes, preset=preset))
    except Exception as error:  # which both must give
        return type(error).__name__


def test_what_extends_another_file_stands_alone(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "family.yaml").write_text(FAMILY)
    child = tmp_path / "child.yaml"
    child.write_text(CHILD)
    spec = load_file(child)
    kept = whole(spec)
    for given in ({}, {"params": {"side": 5}}, {"preset": "small"}):
        again = load_text(kept, "elsewhere/spec.yaml", **given)  # type: ignore[arg-type]
        assert dump(again) == dump(load_file(child, **given))  # type: ignore[arg-type]


def test_the_files_that_it_names_are_found_from_anywhere(tmp_path: Path) -> None:
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets" / "base.weights.h5").touch()
    file = tmp_path / "own.yaml"
    file.write_text(
        "input: [96, 96, 3]\nlayers:\n  - applications.VGG16: {weights: nets/base.weights.h5}\n"
        "  - Flatten\n  - Dense: {units: 2}\n"
    )
    spec = load_text(file.read_text(), str(file))
    kept = whole(spec)
    assert f"weights: {tmp_path}/nets/base.weights.h5" in kept.replace('"', "")
    assert dump(load_text(kept, "own.yaml")) == dump(anchored(spec))
