"""Shared fixtures: the command line in process, as a user types it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import HealthCheck, settings

from cnncli.cli import main

pytest_plugins = ["tests.trained_runs"]

ROOT = Path(__file__).parent.parent

# No test depends on how fast the machine is.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")

# What a shell may say and the tests must not depend on; what they start inherits it, too.
UNSAID = (
    "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "TTY_COMPATIBLE",
    "TTY_INTERACTIVE", "PYTHONWARNINGS", "PYTHONUTF8", "PYTHONIOENCODING", "MPLBACKEND",
    "MPLCONFIGDIR", "TF_CONFIG", "OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES", "LANG", "LANGUAGE",
)  # fmt: skip
LONGER = 7200  # seconds for a test that is marked slow, or kills


def pytest_configure() -> None:
    for name in UNSAID:
        os.environ.pop(name, None)
    os.environ.update(TERM="xterm-256color", LC_ALL="C.UTF-8")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("slow") or item.get_closest_marker("kill"):
            item.add_marker(pytest.mark.timeout(LONGER))


@dataclass(frozen=True)
class Result:
    """Exit code and output of one command."""

    code: int
    out: str
    err: str


class Cli(Protocol):
    def __call__(self, *argv: str | Path) -> Result: ...


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str]) -> Cli:
    """Run a command in process; its output is what reaches the file descriptors."""

    def run(*argv: str | Path) -> Result:
        capfd.readouterr()
        code = main([str(argument) for argument in argv])
        captured = capfd.readouterr()
        return Result(int(code), captured.out, captured.err)

    return run


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the user's cache out of the tests."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(autouse=True)
def own_signals() -> Iterator[None]:
    """Leave the handling of signals as the test found it."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def signals_heard() -> None:
    """Hear SIGINT and SIGTERM, which whoever started the tests may have set to be ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder on a file system of 3 MB; skips where none can be mounted."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(place)],
        capture_output=True,
        text=True,
    )
    if mounted.returncode != 0:
        pytest.skip(f"no tmpfs can be mounted here: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)
