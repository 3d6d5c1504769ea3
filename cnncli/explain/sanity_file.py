"""What is kept in a run of its sanity checks: `sanity.json`, by method and layer.

Each entry says of which weights and by which version of cnncli it was computed, so that none of
another network, or by another rule, is believed.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cnncli import files
from cnncli._version import __version__
from cnncli.explain.sanity import Sanity
from cnncli.explain.ways import Way
from cnncli.json_text import dumps
from cnncli.runs.directory import MOST, RunDirectory

SCHEMA = "cnncli.sanity/1"
NO_LAYER = "-"  # the key of a method that takes no layer


class SanityFile:
    """The file of a run, for the weights that stand in the run when this is made.

    So it is made before they are loaded: a training may write others meanwhile.
    """

    def __init__(self, run: RunDirectory) -> None:
        self._run = run
        self._basis = _basis(run)
        self.note = ""  # why what stands there is not believed, once it was read

    def read(self, ways: Sequence[Way]) -> dict[Way, Sanity]:
        """Return what is known of these ways and these weights."""
        place = self._run.sanity
        try:
            text = files.read(place, MOST).decode()
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "not a text in UTF-8"
            self.note = f"{place} cannot be read, so nothing in it counts: {why}"
            return {}
        methods = _methods(text)
        if methods is None:
            self.note = f"{place} is damaged, so nothing in it counts"
            return {}
        entries = {way: methods.get(way.method, {}).get(way.layer or NO_LAYER) for way in ways}
        found = {way: known for way, said in entries.items() if (known := self._believed(said))}
        if len(found) < sum(said is not None for said in entries.values()):
            self.note = f"{place} is of other weights or another version of cnncli: does not count"
        return found

    def add(self, found: Mapping[Way, Sanity]) -> None:
        """Add what was found, beside what others find at the same time. Raises OSError."""
        with _alone(self._run.path):
            if _basis(self._run) != self._basis:
                self.note = f"{self._run.model} was written meanwhile, so nothing is kept"
                return
            methods = self._there()
            for way, each in found.items():
                layers = methods.setdefault(way.method, {})
                layers[way.layer or NO_LAYER] = _document(each) | self._basis
            content = dumps({"schema": SCHEMA, "methods": methods}, indent=2)
            files.write_text(self._run.sanity, content + "\n")

    def _there(self) -> dict[str, dict[str, Any]]:
        try:
            return _methods(files.read(self._run.sanity, MOST).decode()) or {}
        except (FileNotFoundError, UnicodeDecodeError):
            return {}

    def _believed(self, said: Any) -> Sanity | None:
        known = _sanity(said)
        is_of_now = known and all(said.get(key) == value for key, value in self._basis.items())
        return known if is_of_now else None


def _basis(run: RunDirectory) -> dict[str, str]:
    """Return what a figure depends on: the weights, and how cnncli computes it."""
    with run.model.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return {"model": digest, "cnncli": __version__}


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no other process adds to the file of a run."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


def _methods(text: str) -> dict[str, dict[str, Any]] | None:
    """Return what a file says by method and layer; None where it is not one of ours."""
    try:
        methods = json.loads(text)["methods"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if not isinstance(methods, dict) or not all(isinstance(e, dict) for e in methods.values()):
        return None
    return methods


def _document(each: Sanity) -> dict[str, Any]:
    return {
        **each.verdict.document,
        "layers": [{"layer": name, "figure": figure} for name, figure in each.steps],
        "seeds": each.seeds,
        "undefined": each.undefined,
        "top_layer": each.top,
        "control": each.control,
        "images": each.images,
    }


def _sanity(said: Any) -> Sanity | None:
    """Return what an entry says; None where it cannot be one."""
    try:
        steps = [(str(each["layer"]), _figure(each["figure"])) for each in said["layers"]]
        images, seeds = int(said["images"]), int(said["seeds"])
        undefined = float(said["undefined"])
        top, control = _figure(said["top_layer"]), _figure(said["control"])
    except (TypeError, KeyError, ValueError, OverflowError):
        return None
    return Sanity(steps, top, control, images, undefined, seeds) if steps else None


def _figure(value: Any) -> float | None:
    return None if value is None else float(value)
