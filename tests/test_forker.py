"""Processes of the tests: none answers for another, and a server that has crashed is replaced."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.forker import Forker, Gone


@pytest.fixture
def waiting(tmp_path: Path) -> Path:
    """Return a file that nobody writes to: who reads it waits."""
    os.mkfifo(tmp_path / "spec.yaml")
    return tmp_path / "spec.yaml"


def test_answers_belong_to_their_process(bare: Forker, waiting: Path) -> None:
    first = bare.start("validate", waiting)
    second, third = bare.start("--version"), bare.start("--nosuch")
    assert (third.wait(), second.wait(), first.code) == (2, 0, None)
    first.send(signal.SIGKILL)
    assert first.wait() == -signal.SIGKILL


def test_a_signal_that_comes_too_late_goes_nowhere(bare: Forker) -> None:
    process = bare.start("--version")
    assert process.wait() == 0
    process.send(signal.SIGKILL)
    assert bare.start("--version").wait() == 0


def test_what_is_left_under_way_is_ended(bare: Forker, waiting: Path) -> None:
    process = bare.start("validate", waiting)
    bare.tidy()
    assert process.code == -signal.SIGKILL


def test_a_crash_of_the_server_is_told_and_followed_by_a_new_one(
    bare: Forker, waiting: Path
) -> None:
    process = bare.start("validate", waiting)
    with waiting.open("w"):  # returns once the process reads, and lets it end behind the block
        bare.server().program.kill()
        with pytest.raises(Gone):
            process.wait()
    assert bare.start("--version").wait() == 0


def test_signals_are_heard_whoever_ignores_them(bare: Forker, waiting: Path) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process = bare.start("validate", waiting)
    finally:
        signal.signal(signal.SIGINT, before)
    with waiting.open("w"):  # returns once the process reads
        process.send(signal.SIGINT)
        assert process.wait() == 130
