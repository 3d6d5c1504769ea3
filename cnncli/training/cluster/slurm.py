"""What Slurm says of a job step: `srun cnncli train ...` starts one worker for each task."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping

from cnncli.errors import UsageError

# A job has a block of ports of its own, by its number, below those that Linux gives to anybody.
FIRST_PORT, BLOCKS, EACH = 12_000, 200, 100
NUMBERS = ("SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID", "SLURM_JOB_ID")
NAMES = (*NUMBERS, "SLURM_STEP_NODELIST", "SLURMD_NODENAME")


def is_step(environment: Mapping[str, str]) -> bool:
    """Whether this process is one of several tasks that `srun` has started."""
    tasks = environment.get("SLURM_STEP_NUM_TASKS", "")
    return "SLURM_PROCID" in environment and tasks.isdecimal() and int(tasks) > 1


def read(environment: Mapping[str, str]) -> tuple[list[str], int]:
    """Return addresses and the number of this task; known are the chief's and its own.

    How tasks are laid out on nodes is Slurm's affair: each tells its address when they meet.
    Raises UsageError where Slurm does not say what it should.
    """
    missing = [name for name in NAMES if not environment.get(name)]
    if missing:
        raise _fault(f"{', '.join(missing)} missing, which srun sets for each task")
    index, tasks, local, job = (_number(environment, name) for name in NUMBERS)
    if index >= tasks:
        raise _fault(
            f"SLURM_PROCID is {index}, and tasks are counted from 0 to {tasks - 1} "
            f"(SLURM_STEP_NUM_TASKS is {tasks})"
        )
    base = FIRST_PORT + job % BLOCKS * EACH
    addresses = [""] * tasks
    addresses[0] = f"{_hosts(environment['SLURM_STEP_NODELIST'])[0]}:{base}"
    addresses[index] = f"{environment['SLURMD_NODENAME']}:{base + local}"
    return addresses, index


def _number(environment: Mapping[str, str], name: str) -> int:
    value = environment[name]
    if not value.isdecimal():
        raise _fault(f"{name} is {value!r}, and should be a number")
    return int(value)


def _hosts(nodes: str) -> list[str]:
    """Return the names that node[1-3] stands for."""
    if not set(nodes) & set("[,"):
        return [nodes]
    command = ["scontrol", "show", "hostnames", nodes]
    try:
        said = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        raise _fault(f"`{' '.join(command)}` cannot be called ({error.strerror})") from error
    if said.returncode != 0:
        why = said.stderr.strip() or f"exit code {said.returncode}"
        raise _fault(f"`{' '.join(command)}` failed ({why})")
    if not (found := said.stdout.split()):
        raise _fault(f"SLURM_STEP_NODELIST is {nodes}, which names no node")
    return found


def _fault(what: str) -> UsageError:
    return UsageError(
        f"Slurm: {what}",
        hint="To train here alone: unset SLURM_PROCID. "
        "To say yourself where the workers are: TF_CONFIG, which beats Slurm.",
    )
