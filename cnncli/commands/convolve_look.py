"""Looking closely at a convolution: the arithmetic of a pixel, an animation, a page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cnncli.commands.convolve_pictures import Request
from cnncli.errors import UsageError


def looks(
    request: Request, at: str | None, animate: Path | None, html: Path | None, *, as_json: bool
) -> list[Callable[[], None]]:
    """Return what is to be done for `--at`, `--animate` and `--html`, each of it checked."""
    if as_json and at is None:
        raise UsageError("--json goes with --at", hint="For values: --raw -o FILE.npy")
    return []
