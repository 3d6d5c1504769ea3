"""A file system that fills up while a network trains."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from tests.conftest import Cli
from tests.forker import Forker
from tests.same import assert_same_bits


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as ballast:
        try:
            while True:
                ballast.write(bytes(4096))
        except OSError as error:
            assert error.errno == errno.ENOSPC


@pytest.mark.tensorflow_process
def test_the_last_state_is_whole_and_goes_on_once_there_is_room(
    forker: Forker, images: Path, restless: Path, undisturbed: Path, small_disk: Path
) -> None:
    run, ballast = small_disk / "run", small_disk / "ballast"
    command = ("train", images, "--arch", restless, "--out", run, "--save-every", "0")
    process = forker.start(*command, pause=("last/state.npz", 2))
    assert process.wait_for_pause(), process.output.read_text()
    _fill(ballast)
    process.go_on()
    code = process.wait()
    said = process.output.read_text()
    assert code == 1, said
    assert "the disk is full" in said
    assert f"cnncli train --resume {run}" in said
    assert "Traceback" not in said and "Exception ignored" not in said
    ballast.unlink()
    assert not list(run.rglob(".state-*"))
    resumed = forker.start("train", "--resume", run)
    assert resumed.wait() == 0, resumed.output.read_text()
    assert_same_bits(run, undisturbed)


def test_a_run_that_cannot_be_begun_leaves_nothing(
    images: Path, tiny: Path, small_disk: Path, cli: Cli
) -> None:
    run = small_disk / "run"
    _fill(small_disk / "ballast")
    result = cli("train", images, "--arch", tiny, "--out", run)
    assert result.code == 1
    assert str(run) in result.err and "No space left" in result.err
    assert not run.exists()
