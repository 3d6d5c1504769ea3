"""The architectures that come with cnncli."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def folder() -> Path:
    """Return the folder of the shipped specs: in the package, or beside it in a checkout.

    A wheel carries it inside the package; an editable install leaves it where it is.
    """
    package = Path(__file__).parent.parent
    inside = package / "architectures"
    return inside if inside.is_dir() else package.parent / "architectures"


def names() -> list[str]:
    """Return the names of the shipped architectures, sorted."""
    return sorted(path.stem for path in folder().glob("*.yaml"))


def path(name: str) -> Path:
    """Return the file of a shipped architecture."""
    return folder() / f"{name}.yaml"
