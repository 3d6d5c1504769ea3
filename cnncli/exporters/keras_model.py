"""A network as a `.keras` file: trained, or with its seeded first weights."""

from __future__ import annotations

from pathlib import Path

from cnncli.network.architecture import Architecture
from cnncli.runs import trained_file


def export(architecture: Architecture, path: Path) -> None:
    """Build the network and save it; the same spec gives the same weights."""
    model = architecture.build()
    if path.suffix == ".keras":
        model.save(path)
        return
    # Keras insists on its own ending.
    saved = path.with_name(f"{path.name}.keras")
    try:
        model.save(saved)
        saved.replace(path)
    finally:
        saved.unlink(missing_ok=True)


def export_trained(file: Path, path: Path) -> None:
    """Copy the trained model of a run, which other tools load as it is."""
    trained_file.copy(file, path)
