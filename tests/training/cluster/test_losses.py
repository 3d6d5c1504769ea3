"""A worker dies, stands still, never comes, or brings something else: nobody waits for ever."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from tests.same import assert_same_bits
from tests.terminal import ESCAPE, Screen
from tests.trained_runs import draw_images
from tests.training.cluster.test_workers import DROPPING, PLAIN, assert_all_hold_the_same, spec
from tests.training.cluster.together import Together, config, free_addresses, furthest

BOUND = 60.0  # seconds after which nothing is left
SLOW = pytest.mark.slow
LONG = ("sample:digits", "--arch", "lenet5", "--epochs", "6", "--save-every", "0")


def assert_gone(call: Together, processes: list[int], since: float) -> None:
    """Wait until all processes of a call have ended, within the bound."""
    call.wait(BOUND)
    while any(Path(f"/proc/{each}").exists() for each in processes):
        assert time.monotonic() - since < BOUND, call.said
        time.sleep(0.2)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the long run comes to where nobody dies."""
    folder = tmp_path_factory.mktemp("alone")
    Together(folder / "a", *LONG, "--workers", "2", "--out", folder / "run").done()
    return folder / "run"


@SLOW
@pytest.mark.parametrize("seed", range(5))
def test_a_worker_is_killed_and_the_run_resumed(seed: int, alone: Path, tmp_path: Path) -> None:
    moments = random.Random(seed)
    run = tmp_path / "run"
    call = Together(tmp_path / "a", *LONG, "--workers", "2", "--out", run)
    call.wait_for(run / "last" / "state.npz")
    time.sleep(moments.uniform(0.0, 2.0))
    victim, everybody = call.worker(seed % 2), call.processes()
    killed = time.monotonic()
    os.kill(victim[moments.randrange(2)], signal.SIGKILL)
    assert_gone(call, everybody, killed)
    assert call.process.returncode == 1
    assert call.said.count("error:") == 1, call.said
    assert f"error: worker {seed % 2} (" in call.said and "has died" in call.said
    assert f"cnncli train --resume {run} --workers 2" in call.said
    for count in (2, 3, 1):
        copy = tmp_path / str(count)
        shutil.copytree(run, copy)
        again = ("--resume", copy, "--workers", count)
        Together(tmp_path / f"again-{count}", *again).done()
        assert furthest(copy, alone) < 1e-5
        if count == 2:
            assert_same_bits(copy, alone)


@pytest.mark.tensorflow_process
def test_a_loss_is_told_below_the_display(images: Path, tmp_path: Path) -> None:
    """By one of the others, while the chief draws."""
    run, terminal = tmp_path / "run", Screen()
    common = (images, "--arch", spec(tmp_path, PLAIN), "--epochs", "4000", "--save-every", "0")
    argv = (*common, "--workers", "2", "--out", run)
    call = Together(tmp_path / "a", *argv, terminal=terminal.name)
    call.wait_for(run / "last" / "state.npz")
    os.kill(call.worker(1)[1], signal.SIGKILL)
    assert call.wait(BOUND) == 1
    shown, _, last = ESCAPE.sub("", terminal.said()).rpartition("\r\x1b[J")
    assert "Epoch " in shown and shown.endswith(" " * 80)  # ends a line that is begun
    last = " ".join(last.split())
    assert re.fullmatch(
        r"error: worker 1 \(127.0.0.1:\d+\) has died \(SIGKILL\); the other workers were ended "
        f"Go on with as many workers or others: cnncli train --resume {run} --workers 2",
        last,
    )


@SLOW
def test_dropout_resumed_by_as_many_workers(images: Path, tmp_path: Path) -> None:
    common = (images, "--arch", spec(tmp_path, DROPPING), "--epochs", "40", "--save-every", "0")
    whole, run = tmp_path / "whole", tmp_path / "run"
    Together(tmp_path / "a", *common, "--workers", "2", "--out", whole).done()
    call = Together(tmp_path / "b", *common, "--workers", "2", "--out", run)
    call.wait_for(run / "last" / "state.npz")
    os.kill(call.worker(1)[1], signal.SIGKILL)
    assert call.wait() == 1
    again = Together(tmp_path / "c", "--resume", run, "--workers", "2").done()
    assert_all_hold_the_same(again, 2)
    assert_same_bits(run, whole)


@SLOW
@pytest.mark.parametrize(("index", "which"), [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_a_worker_stands_still(index: int, which: int, tmp_path: Path) -> None:
    run = tmp_path / "run"
    call = Together(tmp_path / "a", *LONG, "--epochs", "400", "--workers", "2", "--out", run)
    call.wait_for(run / "last" / "state.npz")
    victim, everybody = call.worker(index)[which], call.processes()
    stopped = time.monotonic()
    os.kill(victim, signal.SIGSTOP)
    assert_gone(call, everybody, stopped)
    assert call.process.returncode == 1
    assert call.said.count("error:") == 1 and f"error: worker {index} (" in call.said, call.said


@SLOW
@pytest.mark.usefixtures("signals_heard")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_all_of_them(number: signal.Signals, code: int, tmp_path: Path) -> None:
    run = tmp_path / "run"
    call = Together(tmp_path / "a", *LONG, "--epochs", "400", "--workers", "2", "--out", run)
    call.wait_for(run / "last" / "state.npz")
    everybody = call.processes()
    call.process.send_signal(number)
    assert_gone(call, everybody, time.monotonic())
    assert call.process.returncode == code
    assert call.said.count("Stopped in epoch") == 1
    assert f"  cnncli train --resume {run} --workers 2\n" in call.said
    assert '"state": "stopped"' in (run / "run.json").read_text()


def cluster(folder: Path, count: int, *argvs: tuple[object, ...]) -> list[Together]:
    """Start the first of `count` workers as TF_CONFIG describes them, each with its own call."""
    addresses = free_addresses(count)
    return [
        Together(folder / str(index), *argv, environment=config(addresses, index))
        for index, argv in enumerate(argvs)
    ]


@SLOW
def test_tf_config(images: Path, tmp_path: Path) -> None:
    run, one = tmp_path / "run", tmp_path / "one"
    common = (images, "--arch", spec(tmp_path, PLAIN))
    chief, other = cluster(tmp_path, 2, (*common, "--out", run), (*common, "--out", run))
    assert (chief.wait(), other.wait()) == (0, 0), chief.said + other.said
    assert other.said == "" and (other.folder / "out.txt").read_text() == ""
    held = [np.load(tmp_path / str(number) / f"held-{number}.npz") for number in range(2)]
    for name in held[0].files:
        np.testing.assert_array_equal(held[0][name], held[1][name])
    Together(tmp_path / "c", *common, "--out", one).done()
    assert furthest(run, one) < 1e-5


@SLOW
@pytest.mark.parametrize("index", [0, 1])
def test_a_signal_to_one_of_a_cluster(index: int, tmp_path: Path) -> None:
    """Each tells on its own terminal where it stopped, and that all are to go on."""
    run = tmp_path / "run"
    calls = cluster(tmp_path, 2, *2 * [(*LONG, "--epochs", "400", "--out", run)])
    calls[0].wait_for(run / "last" / "state.npz")
    calls[index].process.send_signal(signal.SIGTERM)
    assert [each.wait(BOUND) for each in calls] == [143, 143]
    for each in calls:
        told = f"Go on with, on each of them:\n  cnncli train --resume {run}\n"
        assert each.said.count("Stopped in epoch ") == 1 and each.said.endswith(told), each.said


@SLOW
def test_a_worker_that_never_comes(images: Path, tmp_path: Path) -> None:
    call = (images, "--out", tmp_path / "run", "--join-timeout", "2")
    calls = cluster(tmp_path, 3, call, call)
    for each in calls:
        assert each.wait(BOUND) == 1
        assert "error: worker 2 (127.0.0.1:" in each.said and "not there after 2 s" in each.said
    assert not (tmp_path / "run").exists()


@SLOW
def test_other_images_on_one_worker(images: Path, tmp_path: Path) -> None:
    folders = [draw_images(tmp_path / name, count=20) for name in ("here", "there")]
    (folders[1] / "left" / "003.png").write_bytes((folders[1] / "left" / "004.png").read_bytes())
    options = ("--arch", spec(tmp_path, PLAIN), "--out", tmp_path / "run")
    calls = cluster(tmp_path, 2, *((folder, *options) for folder in folders))
    assert [each.wait() for each in calls] == [2, 2]
    for each in calls:
        assert "error: worker 1 (127.0.0.1:" in each.said
        assert "1 of 40 images are not those" in each.said and "left/003.png" in each.said
    assert not (tmp_path / "run").exists()


@SLOW
def test_another_spec_on_one_worker(images: Path, tmp_path: Path) -> None:
    specs = [tmp_path / "one.yaml", tmp_path / "other.yaml"]
    specs[0].write_text(PLAIN)
    specs[1].write_text(PLAIN.replace("filters: 4", "filters: 5"))
    calls = cluster(tmp_path, 2, *((images, "--arch", each, "--epochs", "1") for each in specs))
    assert [each.wait() for each in calls] == [2, 2]
    for each in calls:
        assert "error: worker 1 (127.0.0.1:" in each.said and "its spec is not" in each.said


@SLOW
def test_other_options_on_one_worker(images: Path, tmp_path: Path) -> None:
    arch = spec(tmp_path, PLAIN)
    theirs = ("--set", "seed=4", "--set", "preprocess=rescale", "--no-test", "--range", "0,9")
    calls = cluster(tmp_path, 2, (images, "--arch", arch), (images, "--arch", arch, *theirs))
    assert [each.wait() for each in calls] == [2, 2]
    for each in calls:
        said = re.sub(r" \(127.0.0.1:\d+\)", "", each.said)
        assert said.splitlines() == [
            "error: the workers cannot train together:",
            "  worker 1: --no-test, the chief has no --no-test",
            "  worker 1: --range 0,9, the chief has no --range",
            "  worker 1: --set seed=4 --set preprocess=rescale, the chief has no --set",
            "  worker 1: its spec is not that of the chief",
            "All workers need the same command, versions, spec and images.",
        ]


@SLOW
def test_the_chief_fails(images: Path, tmp_path: Path) -> None:
    """What is wrong on the chief's side alone is told by it; the others end with it."""
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "file").touch()
    common = (images, "--arch", spec(tmp_path, PLAIN), "--workers", "2")
    call = Together(tmp_path / "a", *common, "--out", taken)
    assert call.wait(BOUND) == 2
    assert call.said.count("error:") == 1 and "not an empty folder" in call.said
