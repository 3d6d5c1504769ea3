"""What TF_CONFIG says of a cluster, checked: some of its mistakes let TensorFlow wait for ever."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from cnncli.errors import UsageError
from cnncli.training.cluster.addresses import split_address

ROLES = ("chief", "worker")
EXAMPLE = (
    '{"cluster": {"worker": ["a.example:4000", "b.example:4000"]}, '
    '"task": {"type": "worker", "index": 0}}'
)


def read(text: str) -> tuple[list[str], int]:
    """Return the addresses of all workers, the chief's first, and the number of this one.

    Raises UsageError for each mistake.
    """
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _fault(f"not JSON ({error})") from error
    if not isinstance(said, dict) or not isinstance(said.get("cluster"), dict):
        raise _fault("holds no mapping `cluster`")
    cluster = said["cluster"]
    addresses = _addresses(cluster)
    return addresses, _number(said, cluster)


def _addresses(cluster: Mapping[str, Any]) -> list[str]:
    for role, listed in cluster.items():
        if role not in ROLES:
            raise _fault(f"{role}: a run is trained by a chief and workers alone")
        if not isinstance(listed, list):
            raise _fault(f"cluster.{role} is no list of addresses")
    if len(cluster.get("chief", ())) > 1:
        raise _fault("names more than one chief")
    every = [each for role in ROLES for each in cluster.get(role, ())]
    if not every:
        raise _fault("names no worker")
    for address in every:
        _check(address)
    twice = [each for place, each in enumerate(every) if each in every[:place]]
    if twice:
        raise _fault(f"two workers have the address {twice[0]}")
    return every


def _check(address: Any) -> None:
    try:
        split_address(address if isinstance(address, str) else "")
    except ValueError:
        raise _fault(f"{address!r} is no address: HOST:PORT") from None


def _number(said: Mapping[str, Any], cluster: Mapping[str, Sequence[str]]) -> int:
    task = said.get("task")
    if not isinstance(task, dict):
        raise _fault("holds no mapping `task`")
    role, index = task.get("type"), task.get("index")
    if not isinstance(role, str) or role not in cluster:
        raise _fault(f"task.type is {role!r}, and the cluster has {' and '.join(cluster)}")
    if type(index) is not int:
        raise _fault(f"task.index should be a number, and is {index!r}")
    if not 0 <= index < len(cluster[role]):
        raise _fault(f"task.index is {index}, and there are {len(cluster[role])} of {role}")
    before = 0 if role == "chief" else len(cluster.get("chief", ()))
    return before + index


def _fault(what: str) -> UsageError:
    return UsageError(f"TF_CONFIG: {what}", hint=f"It is such as {EXAMPLE}")
