"""`cnncli list`."""

from __future__ import annotations

from cnncli import console
from cnncli.commands.shared.options import JsonOption
from cnncli.render.terminal.table import Column, Table, show
from cnncli.spec import load_file
from cnncli.spec.model import Spec
from cnncli.spec.shipped import names, path


def list_(json: JsonOption = False) -> None:
    """List the architectures that come with cnncli.

    Every command takes these names where it asks for an ARCH, with a preset as NAME@PRESET.
    Each is a commented YAML file: `cnncli show NAME` prints it.

    \b
    Examples:
      cnncli list
      cnncli summary efficientnet@B3
      cnncli list --json | jq -r '.[].name'
    """
    specs = {name: load_file(path(name)) for name in names()}
    if json:
        console.json_result([_document(name, spec) for name, spec in specs.items()])
        return
    rows = [
        (name, _shape(spec), ", ".join(spec.presets), spec.description)
        for name, spec in specs.items()
    ]
    columns = (
        Column("name"),
        Column("input", priority=2),
        Column("presets", priority=1),
        Column("description"),
    )
    show(Table(columns=columns, rows=rows))


def _document(name: str, spec: Spec) -> dict[str, object]:
    shapes = [entry.arguments.get("shape") for entry in spec.body.input]
    return {
        "name": name,
        "description": spec.description,
        "input_shape": shapes[0] if len(shapes) == 1 else shapes,
        "parameters": sorted(spec.params),
        "presets": list(spec.presets),
        "file": str(path(name)),
    }


def _shape(spec: Spec) -> str:
    shapes = (entry.arguments.get("shape", ()) for entry in spec.body.input)
    return ", ".join(" × ".join(map(str, shape)) for shape in shapes)
