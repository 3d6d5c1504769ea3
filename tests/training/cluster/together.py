"""Workers as a test starts them: TensorFlow is imported once, and each leaves what it came to."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from cnncli.training.cluster.local import free_ports

# Each worker writes what it holds when training is over, and before it is evaluated.
PROGRAM = """
import os, sys
from pathlib import Path
import numpy as np
from cnncli.cli import leave, main
from cnncli.network.backend import load_keras
load_keras()
from cnncli.training import replicas
from cnncli.training.loop import Loop

run = Loop.run

def noting(self, stop):
    position = run(self, stop)
    held = replicas.capture(self.devices, self._groups(), {})
    np.savez(Path(sys.argv[1], f"held-{self.devices.first}"), **held.arrays)
    return position

Loop.run = noting
leave(main(sys.argv[2:]))
"""
LONGEST = 240.0


class Together:
    """A call of `train` in real processes; `folder` takes what the workers hold at their end."""

    def __init__(
        self,
        folder: Path,
        *argv: object,
        environment: Mapping[str, str] | None = None,
        terminal: str | None = None,
    ) -> None:
        folder.mkdir(exist_ok=True)
        self.folder, self.errors = folder, folder / "errors.txt"
        # One thread each: the bits depend on their number.
        variables = {**os.environ, "TF_NUM_INTRAOP_THREADS": "1", **(environment or {})}
        with (
            Path(terminal or self.errors).open("w") as errors,
            (folder / "out.txt").open("w") as out,
        ):
            self.process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, str(folder), "train", *map(str, argv)],
                env=variables,
                stdout=out,
                stderr=errors,
            )

    def wait(self, timeout: float = LONGEST) -> int:
        """Return the exit code."""
        try:
            return self.process.wait(timeout)
        finally:
            for each in self.processes():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(each, signal.SIGKILL)

    def done(self) -> Together:
        """Wait until it has ended as it should."""
        assert self.wait() == 0, self.said
        return self

    def wait_for(self, file: Path) -> None:
        """Wait until a file is there, or the call has ended."""
        end = time.monotonic() + LONGEST
        while not file.exists() and self.process.poll() is None and time.monotonic() < end:
            time.sleep(0.02)

    @property
    def said(self) -> str:
        return self.errors.read_text()

    def processes(self) -> list[int]:
        """Return all processes of this call that are there, the first one last."""
        return [*_descendants(self.process.pid)] if self.process.poll() is None else []

    def worker(self, index: int) -> tuple[int, int]:
        """Return the processes of a local worker: the one that watches, and the one that trains."""
        guards = sorted(_children(self.process.pid))
        return guards[index], _children(guards[index])[0]

    def held(self, devices: int) -> list[dict[str, np.ndarray]]:
        """Return what each worker held at its end."""
        paths = [self.folder / f"held-{number}.npz" for number in range(devices)]
        return [dict(np.load(path)) for path in paths]


def _children(process: int) -> list[int]:
    try:
        said = Path(f"/proc/{process}/task/{process}/children").read_text()
    except OSError:
        return []
    return [int(each) for each in said.split()]


def _descendants(process: int) -> list[int]:
    return [each for child in _children(process) for each in (*_descendants(child), child)]


def config(addresses: list[str], index: int) -> dict[str, str]:
    """Return the environment of a worker of a cluster that TF_CONFIG describes."""
    said = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
    return {"TF_CONFIG": json.dumps(said)}


def free_addresses(count: int) -> list[str]:
    """Return addresses that nobody has on this machine."""
    return [f"127.0.0.1:{port}" for port in free_ports(count)]


def weights(run: Path) -> dict[str, np.ndarray]:
    """Return what a finished run holds of network and optimizer."""
    with np.load(run / "last" / "state.npz") as state:
        return {
            name: state[name].astype(np.float64)
            for name in state.files
            if re.match("(model|optimizer)/", name)
        }


def furthest(first: Path, second: Path) -> float:
    """Return the largest difference between the weights of two runs."""
    one, other = weights(first), weights(second)
    assert one.keys() == other.keys()
    return max(float(np.abs(one[name] - other[name]).max(initial=0)) for name in one)


def history(run: Path) -> np.ndarray:
    """Return the figures of a run, a row for each epoch."""
    return np.loadtxt(run / "history.csv", delimiter=",", skiprows=1, ndmin=2)
