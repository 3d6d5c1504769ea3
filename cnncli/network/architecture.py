"""What ARCH may be on the command line, decided in one place."""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cnncli.errors import ModelError, UsageError
from cnncli.keras_archive import ZIP_MAGIC, first_bytes, refuse_hdf5
from cnncli.network import runtimes, several
from cnncli.network.parameters import DEFAULT_BOUND
from cnncli.spec import catalog, expand, load_file, load_text, outside_files, presets, template
from cnncli.spec.application_families import plain_name
from cnncli.spec.graph import Position
from cnncli.spec.model import Spec
from cnncli.spec.phases import patterns
from cnncli.spec.shipped import names as shipped_names
from cnncli.spec.shipped import path as shipped_path

APPLICATION_PREFIX = "applications:"
RUN_FILE = "run.json"
RUN_SPEC = "spec.yaml"

Overrides = Sequence[tuple[str, Any]]


@dataclasses.dataclass(frozen=True)
class Architecture:
    """A network that can be built: from a spec, a `.keras` file, or `keras.applications`.

    `spec` is None unless a spec describes it. Nothing of TensorFlow is loaded before `build`.
    """

    name: str
    spec: Spec | None
    max_params: int
    _build: Callable[[bool], Any] = dataclasses.field(repr=False)
    _fingerprint: Callable[[], str] = dataclasses.field(repr=False)

    def build(self, *, weights: bool = True) -> Any:
        """Return the Keras model, without a layer of preprocessing.

        Without `weights`, those of a spec have shapes only (see `network.build`). Raises
        SpecError or ModelError where it cannot be built.
        """
        return self._build(weights)

    def fingerprint(self) -> str:
        """Return a hash of all that the network depends on, without loading TensorFlow."""
        return self._fingerprint()


def resolve(
    arch: str,
    params: Mapping[str, Any] | None = None,
    overrides: Overrides = (),
    *,
    max_params: int = DEFAULT_BOUND,
) -> Architecture:
    """Find what `arch` names; loads no TensorFlow.

    It is a shipped name, a YAML file, `-` for a spec on standard input, a run directory, a
    `.keras` file, or `applications:NAME`; a shipped name wins over a file of that name. Behind
    a name or a file may stand `@PRESET`, one of the presets of the spec.
    `params` (name -> value) and `overrides` ((path, value) in order) change a spec.

    Raises UsageError when there is no such thing, SpecError for what is wrong in a spec.
    """
    params = params or {}
    arch, preset = _sized(arch)
    if arch == "-":
        text = sys.stdin.buffer.read()
        return of_spec(load_text(text, "<stdin>", params, overrides, preset), max_params)
    if arch.startswith(APPLICATION_PREFIX):
        _refuse_changes(arch, params, overrides)
        return _application(arch.removeprefix(APPLICATION_PREFIX), max_params)
    if arch in shipped_names():
        text = shipped_path(arch).read_bytes()
        return of_spec(load_text(text, arch, params, overrides, preset), max_params)
    path = Path(arch)
    if path.is_dir():
        return of_spec(load_file(_spec_of_run(path), params, overrides, preset), max_params)
    if not path.exists():
        raise _unknown(arch)
    begins = first_bytes(path)
    refuse_hdf5(path, begins)
    if runtimes.is_exported(path):
        raise UsageError(
            f"{arch} cannot become a Keras model again: another program runs it",
            hint="cnncli predict, evaluate, explain and bench take it.",
        )
    if _is_keras_file(path, begins):
        _refuse_changes(arch, params, overrides)
        return _keras_file(path, max_params)
    return of_spec(load_file(path, params, overrides, preset), max_params)


def split_preset(arch: str) -> tuple[str, str | None]:
    """Return ARCH without its `@PRESET`, and that preset; None where it has none.

    What is as a whole the name of a file is that file.
    """
    if arch.startswith(APPLICATION_PREFIX):
        return arch, None
    return presets.split(arch, lambda name: os.path.lexists(name) or name in shipped_names())


def _sized(arch: str) -> tuple[str, str | None]:
    """Return ARCH without its `@PRESET`, and that preset."""
    name, preset = split_preset(arch)
    if preset is not None and not has_spec(name):
        raise UsageError(f"{name} is not a spec, and has no presets", hint=f"Leave out @{preset}.")
    return name, preset


def with_head(arch: str, params: Mapping[str, Any], overrides: Overrides = ()) -> Spec:
    """Return the spec of `applications:NAME` with its weights, frozen, and a head of its own.

    Raises UsageError for what is none, SpecError for what is wrong once it is changed.
    """
    if not arch.startswith(APPLICATION_PREFIX):
        raise UsageError(
            f"--pretrained goes with --arch {APPLICATION_PREFIX}NAME, and {arch} is none",
            hint=_meant_by(arch)
            or "A network in a file stands in a spec: pretrained: {file: model.keras}",
        )
    name = arch.removeprefix(APPLICATION_PREFIX)
    _refuse_strange(name)
    return load_text(template.with_head(name), arch, params, overrides)


def _meant_by(arch: str) -> str | None:
    """Return a hint of which network of Keras a shipped name means, its preset as a part of it."""
    name, preset = split_preset(arch)
    known = {plain_name(each): each for each in catalog.applications()}
    found = known.get(plain_name(f"{name}{preset or ''}")) or known.get(plain_name(name))
    if found is None or name not in shipped_names():
        return None
    is_width = "alpha" in catalog.applications()[found]["arguments"] and preset is not None
    width = f" with --set 'layers[0].alpha={preset}'" if is_width else ""
    return f"Did you mean {APPLICATION_PREFIX}{found}{width}?"


def has_spec(arch: str) -> bool:
    """Whether a spec describes `arch`, judged by its name and first bytes alone."""
    if arch.startswith(APPLICATION_PREFIX):
        return False
    arch, _ = split_preset(arch)
    path = Path(arch)
    if arch == "-" or arch in shipped_names() or not path.is_file():
        return True
    return not _is_keras_file(path, first_bytes(path))


def of_spec(spec: Spec, max_params: int = DEFAULT_BOUND) -> Architecture:
    """Return the architecture that a spec describes."""

    def build(weights: bool) -> Any:
        from cnncli.network.build import build

        return build(spec, max_params=max_params, weights=weights)

    return Architecture(spec.name, spec, max_params, build, lambda: fingerprint(spec))


def fingerprint(spec: Spec) -> str:
    """Hash the network of a spec, and what `freeze` names of it; not the places in its file."""
    graph = expand(spec)
    content = [_bare(graph), spec.dtype, spec.seed, spec.preprocess, spec.name]
    content += map(str, patterns(spec.training))
    content += [digest for _, digest in outside_files.digests(graph)]
    return hashlib.sha256(repr(content).encode()).hexdigest()


def _bare(value: Any) -> Any:
    """Return `value` as nested lists without positions, the same for equal networks."""
    if isinstance(value, Position):
        return None
    if dataclasses.is_dataclass(value):
        fields = [f.name for f in dataclasses.fields(value) if f.name != "argument_where"]
        return [type(value).__name__, *(_bare(getattr(value, name)) for name in fields)]
    if isinstance(value, Mapping):
        return {key: _bare(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_bare(item) for item in value]
    return value


def _refuse_strange(name: str) -> None:
    known = list(catalog.applications())
    if name not in known:
        raise UsageError(
            f'keras.applications has no "{name}"',
            hint=_near(name, known) or f"It has {', '.join(known)}.",
        )


def _application(name: str, max_params: int) -> Architecture:
    _refuse_strange(name)

    def build(weights: bool) -> Any:
        from cnncli.network.applications import build

        return build(name, max_params=max_params, weights=weights)

    digest = hashlib.sha256(f"{APPLICATION_PREFIX}{name}".encode()).hexdigest()
    return Architecture(name, None, max_params, build, lambda: digest)


def _keras_file(path: Path, max_params: int) -> Architecture:
    from cnncli.network.keras_file import read

    read(path)  # what is wrong with it can be said before TensorFlow is loaded

    def build(weights: bool) -> Any:
        from cnncli.network.keras_file import load

        return load(path, max_params=max_params, weights=weights)

    def digest() -> str:
        with path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()

    return Architecture(path.stem, None, max_params, build, digest)


def _is_keras_file(path: Path, begins: bytes) -> bool:
    return path.suffix == ".keras" or begins == ZIP_MAGIC


def _spec_of_run(folder: Path) -> Path:
    spec = folder / RUN_SPEC
    if (together := several.told(folder, RUN_SPEC)) is not None:
        raise UsageError(f"{folder}: {together[0]}", hint=together[1])
    if spec.is_file():
        return spec
    if (folder / RUN_FILE).exists():
        raise ModelError(f"{folder}: this run has no {RUN_SPEC}")
    raise UsageError(
        f"{folder} is a folder, and not one of a run (it holds no {RUN_SPEC})",
        hint="An architecture is a shipped name, a YAML file, a run directory or a .keras file.",
    )


def _refuse_changes(arch: str, params: Mapping[str, Any], overrides: Overrides) -> None:
    for option, given in (("-p", params), ("--set", overrides)):
        if given:
            raise UsageError(
                f"{option} changes a spec, and {arch} is not one",
                hint=f"Make a spec of it first: cnncli import {arch} -o model.yaml",
            )


def _unknown(arch: str) -> UsageError:
    if os.sep in arch or arch.endswith((".yaml", ".yml", ".keras")):
        return UsageError(f"{arch}: no such file", hint=_near_file(arch))
    if arch in catalog.applications():
        hint = f"Did you mean {APPLICATION_PREFIX}{arch}?"
    else:
        known = [*shipped_names(), *presets.sizes()]
        hint = _near(arch, known) or f"There are {', '.join(shipped_names())}."
    return UsageError(f'there is no architecture "{arch}", and no file of that name', hint=hint)


def _near_file(arch: str) -> str | None:
    path = Path(arch)
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return None
    near = difflib.get_close_matches(path.name, names, n=3)
    return f"Near it: {', '.join(str(path.parent / name) for name in near)}." if near else None


def _near(name: str, known: Sequence[str]) -> str | None:
    by_folded = {entry.lower(): entry for entry in known}
    near = difflib.get_close_matches(name.lower(), list(by_folded), n=3, cutoff=0.5)
    return f"Did you mean {' or '.join(by_folded[entry] for entry in near)}?" if near else None
