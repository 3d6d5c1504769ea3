"""The options that every command has, before its name and behind it."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from cnncli import console
from cnncli._version import __version__

_OFFLINE = "CNNCLI_OFFLINE"  # what it starts inherits it


def _set_quiet(value: bool) -> None:
    if value:
        console.settings.quiet = True


def _set_verbose(value: bool) -> None:
    if value:
        console.settings.verbose = True


def _set_offline(value: bool) -> None:
    if value:
        os.environ[_OFFLINE] = "1"


def _show_version(value: bool) -> None:
    if value:
        typer.echo(f"cnncli {__version__}")
        raise typer.Exit


QuietOption = Annotated[
    bool, typer.Option("--quiet", "-q", callback=_set_quiet, help="Print only the result.")
]
VerboseOption = Annotated[
    bool,
    typer.Option("--verbose", callback=_set_verbose, help="Show TensorFlow's own messages."),
]
OfflineOption = Annotated[
    bool, typer.Option("--offline", callback=_set_offline, help="Fetch no weights from the net.")
]
VersionOption = Annotated[
    bool, typer.Option("--version", callback=_show_version, help="Print the version and exit.")
]
