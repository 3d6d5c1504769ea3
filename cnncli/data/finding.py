"""What is worth telling about a set of images."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that was found.

    `kind` is a word for scripts, `wrong` tells that it spoils training or its figures (and fails
    `--strict`), `files` names the images, in sets where they belong together.
    """

    kind: str
    text: str
    wrong: bool
    files: tuple[tuple[str, ...], ...] = ()
