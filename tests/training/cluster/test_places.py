"""Where a worker is, by TF_CONFIG and by Slurm; each mistake is one line and no wait."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from cnncli.errors import UsageError
from cnncli.training.cluster.place import Place, here
from tests.conftest import Cli

TWO = ["a.example:4000", "b.example:4000"]


def config(cluster: Any, task: Any) -> str:
    return json.dumps({"cluster": cluster, "task": task})


def worker(index: Any) -> dict[str, Any]:
    return {"type": "worker", "index": index}


@pytest.mark.parametrize(
    ("cluster", "task", "place"),
    [
        ({"worker": TWO}, worker(1), Place(tuple(TWO), 1)),
        ({"chief": TWO[:1], "worker": TWO[1:]}, worker(0), Place(tuple(TWO), 1)),
        (
            {"worker": TWO[1:], "chief": TWO[:1]},
            {"type": "chief", "index": 0},
            Place(tuple(TWO), 0),
        ),
        ({"worker": ["[::1]:80", "[::2]:80"]}, worker(0), Place(("[::1]:80", "[::2]:80"), 0)),
        ({"worker": TWO[:1]}, worker(0), None),  # one worker trains alone
    ],
)
def test_tf_config(cluster: Any, task: Any, place: Place | None) -> None:
    assert here({"TF_CONFIG": config(cluster, task)}) == place


MISTAKES = {
    "{": "not JSON",
    "[1]": "holds no mapping `cluster`",
    '{"task": {"type": "worker", "index": 0}}': "holds no mapping `cluster`",
    json.dumps({"cluster": {"worker": TWO}}): "holds no mapping `task`",
    config({"worker": TWO}, {"type": "worker"}): "task.index should be a number, and is None",
    config({"worker": TWO}, worker("0")): "task.index should be a number, and is '0'",
    config({"worker": TWO}, worker(True)): "task.index should be a number, and is True",
    config({"worker": TWO}, worker(2)): "task.index is 2, and there are 2 of worker",
    config({"worker": TWO}, worker(-1)): "task.index is -1",
    config({"worker": TWO}, {"type": "chief", "index": 0}): "task.type is 'chief'",
    config({"worker": TWO}, {"type": ["worker"], "index": 0}): "task.type is ['worker']",
    config({"worker": [TWO[0], TWO[0]]}, worker(0)): "two workers have the address",
    config({"worker": TWO, "ps": ["c:1"]}, worker(0)): "ps: a run is trained by a chief",
    config({"worker": TWO, "evaluator": ["c:1"]}, worker(0)): "evaluator: a run is trained",
    config({"worker": ["a.example", "b:1"]}, worker(0)): "'a.example' is no address",
    config({"worker": ["a:0", "b:1"]}, worker(0)): "'a:0' is no address",
    config({"worker": ["a:65536", "b:1"]}, worker(0)): "'a:65536' is no address",
    config({"worker": [1, 2]}, worker(0)): "1 is no address",
    config({"worker": ["a..example:1", "b:1"]}, worker(0)): "'a..example:1' is no address",
    config({"worker": "a:1"}, worker(0)): "cluster.worker is no list",
    config({"worker": []}, worker(0)): "names no worker",
    config({"chief": TWO, "worker": ["c:1"]}, worker(0)): "more than one chief",
}


@pytest.mark.parametrize(("said", "fault"), MISTAKES.items())
def test_mistakes_of_tf_config(said: str, fault: str) -> None:
    with pytest.raises(UsageError) as raised:
        here({"TF_CONFIG": said})
    assert raised.value.message.startswith("TF_CONFIG: ") and fault in raised.value.message
    assert "\n" not in raised.value.message


def _scontrol(folder: Path, said: str) -> str:
    """Return the path of a program `scontrol` that says what Slurm's would."""
    program = folder / "scontrol"
    program.write_text(f'#!/bin/sh\n[ "$3" = "n[1-2]" ] || exit 1\nprintf "{said}"\n')
    program.chmod(0o755)
    return str(folder)


SLURM = {
    "SLURM_PROCID": "3", "SLURM_STEP_NUM_TASKS": "4", "SLURM_STEP_NODELIST": "n[1-2]",
    "SLURM_LOCALID": "1", "SLURM_JOB_ID": "512", "SLURMD_NODENAME": "n2",
}  # fmt: skip


def test_slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", _scontrol(tmp_path, r"n1\nn2\n"), prepend=":")
    assert here(SLURM) == Place(("n1:23200", "", "", "n2:23201"), 3)
    assert here({**SLURM, "SLURM_STEP_NUM_TASKS": "1"}) is None
    beaten = {**SLURM, "TF_CONFIG": config({"worker": TWO}, worker(0))}
    assert here(beaten) == Place(tuple(TWO), 0)
    alone = {**SLURM, "SLURM_STEP_NODELIST": "login", "SLURMD_NODENAME": "login"}
    assert here(alone) == Place(("login:23200", "", "", "login:23201"), 3)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"SLURM_LOCALID": None, "SLURM_JOB_ID": None},
            "SLURM_LOCALID, SLURM_JOB_ID missing, which srun sets for each task",
        ),
        ({"SLURM_JOB_ID": "5x"}, "SLURM_JOB_ID is '5x', and should be a number"),
        ({"SLURM_PROCID": "7"}, "SLURM_PROCID is 7, and tasks are counted from 0 to 3"),
        ({"SLURM_STEP_NODELIST": "n[9]"}, "`scontrol show hostnames n[9]` failed (exit code 1)"),
        ({"PATH": ""}, "`scontrol show hostnames n[1-2]` cannot be called (No such file"),
    ],
)
def test_mistakes_of_slurm(
    changes: dict[str, str | None],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if "PATH" in changes:
        monkeypatch.setenv("PATH", "")
    else:
        monkeypatch.setenv("PATH", _scontrol(tmp_path, "n1"), prepend=":")
    said = {name: value for name, value in {**SLURM, **changes}.items() if value is not None}
    with pytest.raises(UsageError) as raised:
        here(said)
    assert raised.value.message.startswith("Slurm: ") and message in raised.value.message
    assert raised.value.hint is not None and "unset SLURM_PROCID" in raised.value.hint


@pytest.mark.parametrize(
    ("variables", "argv", "message"),
    [
        ({"TF_CONFIG": "{"}, [], "TF_CONFIG: not JSON"),
        (
            {"TF_CONFIG": config({"worker": TWO}, worker(0))},
            ["--workers", "2"],
            "--workers starts workers on this machine, and TF_CONFIG or Slurm name 2 already",
        ),
        ({}, ["--join-timeout", "3"], "--join-timeout does nothing without other workers"),
    ],
)
def test_a_call_that_cannot_be_meant(
    variables: dict[str, str],
    argv: list[str],
    message: str,
    images: Path,
    cli: Cli,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    result = cli("train", images, *argv)
    assert result.code == 2 and message in result.err


def test_a_port_that_another_process_has(
    images: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        own = f"127.0.0.1:{taken.getsockname()[1]}"
        monkeypatch.setenv("TF_CONFIG", config({"worker": [own, TWO[1]]}, worker(0)))
        result = cli("train", images)
    assert result.code == 1
    port = own.rpartition(":")[2]
    assert result.err.splitlines()[-2:] == [
        f"error: worker 0 (the chief, {own}): port {port} cannot be had here "
        "(Address already in use)",
        "Another process has it: a second worker with the number 0 (each needs its own), or one "
        "of an earlier run.",
    ]


def test_what_trains_several_networks_is_for_one_machine(
    images: Path, tiny: Path, tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_CONFIG", config({"worker": TWO}, worker(0)))
    out = tmp_path / "folds"
    result = cli("crossval", images, "--arch", tiny, "--folds", "2", "--out", out)
    assert result.code == 2 and "only `cnncli train` knows several" in result.err
