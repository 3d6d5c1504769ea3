"""Loading Keras from a command: something is said before the seconds that TensorFlow takes."""

from __future__ import annotations

from typing import Any

from cnncli import console


def keras() -> Any:
    """Return the module `keras`, imported under a line on the terminal that says so."""
    from cnncli.commands.shared.fetching import shown
    from cnncli.network.backend import load_keras
    from cnncli.pretrained import fetch

    fetch.watch(shown)
    with console.status("Loading TensorFlow"):
        return load_keras(verbose=console.settings.verbose)
