"""Shared fixtures: the command line in process, as a user types it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from cnncli.cli import main

pytest_plugins = ["tests.trained_runs"]

ROOT = Path(__file__).parent.parent


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
