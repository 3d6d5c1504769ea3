"""What Slurm says of a job step: `srun cnncli train ...` starts one worker for each task."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping

from cnncli.errors import UsageError

# A job has a block of ports of its own, by its number, below those that Linux gives to anybody.
FIRST_PORT, BLOCKS, EACH = 12_000, 200, 100


def is_step(environment: Mapping[str, str]) -> bool:
    """Whether this process is one of several tasks that `srun` has started."""
    tasks = environment.get("SLURM_STEP_NUM_TASKS", "")
    return "SLURM_PROCID" in environment and tasks.isdecimal() and int(tasks) > 1


def read(environment: Mapping[str, str]) -> tuple[list[str], int]:
    """Return addresses and the number of this task; known are the chief's and its own.

    How tasks are laid out on nodes is Slurm's affair: each tells its address when they meet.
    Raises UsageError where Slurm does not say what it should.
    """
    try:
        tasks, index = int(environment["SLURM_STEP_NUM_TASKS"]), int(environment["SLURM_PROCID"])
        local, job = int(environment["SLURM_LOCALID"]), int(environment["SLURM_JOB_ID"])
        nodes, own = environment["SLURM_STEP_NODELIST"], environment["SLURMD_NODENAME"]
    except (KeyError, ValueError) as error:
        raise UsageError(f"Slurm: {error} is not as srun sets it") from error
    base = FIRST_PORT + job % BLOCKS * EACH
    addresses = [""] * tasks
    addresses[0] = f"{_hosts(nodes)[0]}:{base}"
    addresses[index] = f"{own}:{base + local}"
    return addresses, index


def _hosts(nodes: str) -> list[str]:
    """Return the names that node[1-3] stands for."""
    command = ["scontrol", "show", "hostnames", nodes]
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    except (OSError, subprocess.CalledProcessError) as error:
        raise UsageError(f"Slurm: {' '.join(command)} failed ({error})") from error
    if not said:
        raise UsageError(f"Slurm: {nodes} names no node")
    return said
