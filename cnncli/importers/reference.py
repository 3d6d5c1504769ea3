"""A Python function that returns a model: `package.module:function`, or `models.py:function`."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import sys
import traceback
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

from cnncli.errors import ModelError, UsageError
from cnncli.network.backend import load_keras

_REFERENCE = re.compile(r"(.*\.py|[^\W\d]\w*(\.[^\W\d]\w*)*):[^\W\d]\w*\Z")


def is_reference(text: str) -> bool:
    """Whether `text` reads as `package.module:function` or `FILE.py:function`."""
    return _REFERENCE.match(text) is not None


def check(reference: str) -> None:
    """Raise UsageError where there is no such file or package, before anything is run."""
    module, _, _ = reference.rpartition(":")
    if module.endswith(".py"):
        if not Path(module).is_file():
            raise UsageError(f"{module}: {'a folder' if Path(module).is_dir() else 'no such file'}")
        if not os.access(module, os.R_OK):
            raise UsageError(f"{module}: permission denied")
        return
    package, _, _ = module.partition(".")
    here = PathFinder.find_spec(package, [str(Path.cwd())])
    if here is None and importlib.util.find_spec(package) is None:
        raise _no_module(package)


def _no_module(name: str) -> UsageError:
    return UsageError(
        f"there is no module {name}",
        hint="It is looked for in the current directory and among what is installed.",
    )


def model_of(reference: str) -> Any:
    """Import the module, call the function, and return the Keras model that it gives.

    This runs the user's own code; the current directory (or that of FILE.py) is searched first.
    Raises UsageError where there is no such function, ModelError where it fails or gives
    something else.
    """
    keras = load_keras()
    module_name, _, function_name = reference.rpartition(":")
    folder = Path.cwd()
    if module_name.endswith(".py"):
        folder, module_name = Path(module_name).resolve().parent, Path(module_name).stem
    sys.path.insert(0, str(folder))
    try:
        function = getattr(importlib.import_module(module_name), function_name, None)
        if not callable(function):
            raise UsageError(f"{module_name} has no function {function_name}")
        model = function()
    except (UsageError, MemoryError):
        raise
    except ModuleNotFoundError as error:
        if error.name is not None and module_name.startswith(error.name):
            raise _no_module(error.name) from error
        raise ModelError(f"{reference}: {error}{_place(error)}") from error
    except Exception as error:
        raise ModelError(f"{reference}: {type(error).__name__}: {error}{_place(error)}") from error
    finally:
        sys.path.pop(0)
    if not isinstance(model, keras.Model):
        raise ModelError(f"{reference} returns a {type(model).__name__}, not a Keras model")
    return model


def _place(error: BaseException) -> str:
    """Return the file and line of the user's code where it failed."""
    frames = traceback.extract_tb(error.__traceback__)
    folder = str(Path.cwd())
    own = [frame for frame in frames if frame.filename.startswith(folder)]
    return f" ({Path(own[-1].filename).name}:{own[-1].lineno})" if own else ""
