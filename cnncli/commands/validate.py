"""`cnncli validate`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cnncli import console
from cnncli.commands.shared.applies import Needs
from cnncli.commands.shared.options import JsonOption, MaxParamsOption, refuse_two_answers
from cnncli.errors import ExitCode, ModelError, Problem, SpecError, UsageError
from cnncli.visible import LINES, visible

if TYPE_CHECKING:
    from cnncli.spec.load import Checked
    from cnncli.spec.model import Spec


def validate(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="YAML files; - is standard input.")
    ],
    build: Annotated[
        bool, typer.Option("--build", help="Build each network with Keras too: do shapes fit?")
    ] = False,
    format_: Annotated[
        Literal["text", "github"] | None,
        typer.Option("--format", help="github: annotations for a GitHub workflow."),
    ] = None,
    json: JsonOption = False,
    max_params: Annotated[MaxParamsOption, Needs("build")] = None,
) -> None:
    """Check spec files: every problem at once, with its line and column.

    Without --build this takes a fraction of a second: names, arguments, types and connections
    are checked against a catalog of Keras's signatures, and TensorFlow is not loaded. A spec with
    presets is checked with each of them (FILE@PRESET: with that one alone).

    Exit code 0: no error (there may be warnings); 2: an error in one of the files.

    \b
    Examples:
      cnncli validate architectures/*.yaml
      cnncli validate --build model.yaml
      cnncli show lesson | cnncli validate - --json
    """
    refuse_two_answers(as_json=json, format_=format_)
    # What several presets have, or several files that extend one, is said once.
    found = (problem for file in files for problem in _check(file, build, max_params))
    problems = list(dict.fromkeys(found))
    errors = sum(problem.severity == "error" for problem in problems)
    if json:
        console.json_result([_document(problem) for problem in problems])
    else:
        for problem in problems:
            said = _github(problem) if format_ == "github" else str(problem)
            console.result(visible(said, keep=LINES))
        console.note(_verdict(len(files), errors, len(problems) - errors))
        if not errors and not build:
            console.note("To check whether the shapes fit, add --build.")
    if errors:
        raise typer.Exit(ExitCode.USAGE)


def _check(file: str, build: bool, max_params: int | None) -> Iterator[Problem]:
    """Yield the problems of one file."""
    from cnncli.network.architecture import split_preset
    from cnncli.spec.reader import read_file, read_stdin

    file, preset = split_preset(file)
    name = "<stdin>" if file == "-" else file
    try:
        text = read_stdin() if file == "-" else read_file(Path(file))
        yield from _told_once(_each_size(text, name, preset), build, max_params)
    except UsageError as error:
        yield Problem(name, None, None, error.message.removeprefix(f"{file}: "), error.hint)


def _told_once(sizes: Iterable[Checked], build: bool, max_params: int | None) -> Iterator[Problem]:
    """Yield the problems of a spec; of those that a preset alone has, which one."""
    seen: set[Problem] = set()
    for number, checked in enumerate(sizes):
        built = _build(checked.spec, max_params) if build and checked.spec is not None else ()
        for problem in (*checked.problems, *built):
            if problem not in seen:
                seen.add(problem)
                yield problem if number == 0 else _of_preset(problem, checked)


def _of_preset(problem: Problem, checked: Checked) -> Problem:
    return replace(problem, message=f"{problem.message} (with the preset {checked.preset})")


def _each_size(text: bytes, name: str, preset: str | None) -> Iterator[Checked]:
    """Yield what reading a spec gave: as it stands, then with each preset, while all is well."""
    from cnncli.spec import check_text

    checked = check_text(text, name, preset=preset)
    yield checked
    sizes = checked.spec.presets if checked.spec is not None and preset is None else ()
    for size in sizes:
        checked = check_text(text, name, preset=size)
        yield checked
        if checked.spec is None:
            return


def _build(spec: Spec, max_params: int | None) -> Iterator[Problem]:
    """Yield what Keras refuses, and what cannot be trained; the network is thrown away."""
    from cnncli.commands.shared.keras_session import keras
    from cnncli.network.build import build
    from cnncli.network.parameters import DEFAULT_BOUND
    from cnncli.network.shapes import doubts

    keras()
    try:
        model = build(spec, max_params=max_params or DEFAULT_BOUND, weights=False)
    except SpecError as error:
        yield from error.problems
    else:
        yield from doubts(model, spec)
        yield from _too_large(model, spec)
        yield from _all_frozen(model, spec)


def _too_large(model: Any, spec: Spec) -> Iterator[Problem]:
    """Yield a warning where this machine has not the memory to train a network."""
    from cnncli.facts.memory import require_memory

    try:
        require_memory(model, spec.name, batch=spec.training.batch_size, training=True)
    except ModelError as error:
        message = error.message.removeprefix(f"{spec.name}: ")
        yield spec.source.problem(None, message, error.hint, "warning")


def _all_frozen(model: Any, spec: Spec) -> Iterator[Problem]:
    """Yield an error where `freeze` leaves nothing to train, in the whole or in a phase."""
    from cnncli.spec.phases import patterns, stages
    from cnncli.training.freezing import Freezer

    if not any(patterns(spec.training)):
        return
    freezer = Freezer(model)
    try:
        for stage in stages(spec.training):
            freezer.apply(stage.freezing)
    except ModelError as error:
        yield spec.source.problem(spec.training.where, error.message, error.hint)


def _document(problem: Problem) -> dict[str, object]:
    names = ("file", "line", "column", "severity", "message", "hint")
    return {name: getattr(problem, name) for name in names}


def _github(problem: Problem) -> str:
    from cnncli.render.terminal.github import annotation

    text = problem.message + (f" ({problem.hint})" if problem.hint else "")
    place = {"line": problem.line, "column": problem.column}
    return annotation(problem.severity, text, file=problem.file, **place)


def _verdict(files: int, errors: int, warnings: int) -> str:
    counted = [
        f"{count} {word}{'' if count == 1 else 's'}"
        for count, word in ((errors, "error"), (warnings, "warning"))
        if count
    ]
    return f"{files} file{'' if files == 1 else 's'}: {', '.join(counted) or 'no problem'}."
