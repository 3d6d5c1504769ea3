"""What the shell offers for ARCH, IMAGE and DATA beside the files that it finds itself."""

from __future__ import annotations

SAMPLE_IMAGES = ("china", "flower", "mri", "portrait")


def architectures(incomplete: str) -> list[str]:
    """Return the names that ARCH may begin with: shipped ones, and those of keras.applications."""
    from cnncli.network.applications import APPLICATIONS
    from cnncli.spec import shipped

    names = [*shipped.names(), *(f"applications:{name}" for name in sorted(APPLICATIONS))]
    if not incomplete.startswith("applications:"):
        names = [*shipped.names(), "applications:"]
    return [name for name in names if name.startswith(incomplete)]


def images(incomplete: str) -> list[str]:
    """Return the sample images."""
    names = [f"sample:{name}" for name in SAMPLE_IMAGES]
    return [name for name in names if name.startswith(incomplete)]


def data(incomplete: str) -> list[str]:
    """Return the sample data set."""
    return [name for name in ("sample:digits",) if name.startswith(incomplete)]
