"""The meeting of all workers before TensorFlow is loaded, whose own wait cannot be interrupted.

The chief listens where its TensorFlow will listen later. Each worker opens two lines to it: one for
the process that trains to talk, one for the process that watches over it (`guard`). Who does not
come is named, and so is who came with something else than the chief.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from cnncli.errors import CnncliError, UsageError
from cnncli.training.cluster import lines
from cnncli.training.cluster.addresses import split_address
from cnncli.training.cluster.lines import SHORT, Broken
from cnncli.training.cluster.place import Place

TALK, WATCH = "talk", "watch"
ASKED_EVERY = 0.2  # seconds between two tries to reach the chief
STRANGERS = 5.0  # seconds for what connects to say who it is
PATIENCE = 3.0  # seconds after which a wait is worth a word
ANSWERED = 30.0  # seconds more that the chief has to answer
Tell = Callable[[str], None]
Lines = dict[int, socket.socket]  # by the number of the worker at the other end


@dataclass(frozen=True)
class Met:
    """All workers are there, and agree. A worker has lines to the chief alone."""

    place: Place
    talk: Lines
    watch: Lines


@dataclass(frozen=True)
class Claims:
    """What a worker brings, that must be the same on all; `fault` is why it cannot go on at all."""

    versions: Mapping[str, str]
    arguments: Mapping[str, str]  # by option; those that are not given are missing
    spec: str | None
    fault: str | None = None


def meet(place: Place, claims: Claims, timeout: float, tell: Tell) -> Met:
    """Wait for all workers, and compare what they bring.

    Raises CnncliError, the same on all, with the workers that have not come in `timeout` seconds,
    or that differ from the chief, and in what.
    """
    with _own_port(place):
        pass  # nobody else has it
    if place.is_chief:
        return _receive_all(place, claims, time.monotonic() + timeout, timeout, tell)
    return _go_to_chief(place, claims, timeout)


def _own_port(place: Place) -> socket.socket:
    host, port = split_address(place.addresses[place.index])
    loopback = host in ("127.0.0.1", "localhost", "::1")
    family = socket.AF_INET6 if host == "::1" else socket.AF_INET
    try:
        if loopback:
            return socket.create_server((host, port), family=family)
        if socket.has_dualstack_ipv6():
            return socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True)
        return socket.create_server(("", port))
    except OSError as error:
        raise CnncliError(
            f"{place.name(place.index)}: port {port} cannot be had here ({error.strerror})",
            hint="Another process may have it, perhaps a worker of an earlier run.",
        ) from error


def _receive_all(place: Place, claims: Claims, deadline: float, timeout: float, tell: Tell) -> Met:
    talk: Lines = {}
    watch: Lines = {}
    said: dict[int, dict[str, Any]] = {}
    told_at = time.monotonic() + PATIENCE
    with _own_port(place) as server:
        server.settimeout(ASKED_EVERY)
        while missing := [each for each in place.others if each not in talk or each not in watch]:
            if time.monotonic() > deadline:
                _give_up(place, missing, talk, timeout)
            if time.monotonic() > told_at:
                told_at = deadline
                tell(f"Waiting for {', '.join(map(place.name, missing))} ...")
            with contextlib.suppress(TimeoutError, Broken, OSError):
                line, _ = server.accept()
                hello = _hello(line, place.count)
                (talk if hello["line"] == TALK else watch)[hello["index"]] = line
                if hello["line"] == TALK:
                    said[hello["index"]] = hello
    addresses = [said[i]["address"] if i in said else a for i, a in enumerate(place.addresses)]
    place = place.at(addresses)
    differing = _differing(place, claims, said)
    _send_all(talk, {"addresses": addresses, "refused": differing})
    if differing:
        raise refusal(differing)
    return Met(place, talk, watch)


def _hello(line: socket.socket, count: int) -> dict[str, Any]:
    """Return what a worker says that has come; raises Broken for what is none."""
    line.settimeout(STRANGERS)
    said = lines.receive_json(line, most=SHORT)
    known = isinstance(said, dict) and said.get("line") in (TALK, WATCH)
    if not known or said.get("index") not in range(1, count):
        line.close()
        raise Broken("that is no worker of this cluster")
    line.settimeout(None)
    return dict(said)


def _give_up(place: Place, missing: Sequence[int], talk: Lines, timeout: float) -> NoReturn:
    said = f"{', '.join(map(place.name, missing))}: not there after {timeout:g} s"
    _send_all(talk, {"missing": said})
    raise absence(said)


def _send_all(talk: Lines, message: Any) -> None:
    for line in talk.values():
        with contextlib.suppress(Broken):  # who has gone since is seen to by the guard
            lines.send(line, message)


def absence(said: str) -> CnncliError:
    """Return the error of workers that have waited for others."""
    return CnncliError(said, hint="Start all workers within the time of --join-timeout.")


def refusal(faults: Sequence[str]) -> CnncliError:
    """Return the error of workers that cannot train together, the same on all of them."""
    text = "the workers cannot train together:\n" if len(faults) > 1 else ""
    hint = "All workers need the same command, versions, spec and images."
    return UsageError(text + "\n".join(faults), hint=hint)


def _differing(place: Place, claims: Claims, said: Mapping[int, Mapping[str, Any]]) -> list[str]:
    if claims.fault is not None:
        return [f"{place.name(0)}: {claims.fault}"]
    found = []
    for index in sorted(said):
        theirs = Claims(**said[index]["claims"])
        faults = [theirs.fault] if theirs.fault is not None else _differences(theirs, claims)
        found += [f"{place.name(index)}: {fault}" for fault in faults]
    return found


def _differences(theirs: Claims, ours: Claims) -> list[str]:
    found = [
        f"{name} {theirs.versions.get(name, 'missing')}, the chief has {version}"
        for name, version in ours.versions.items()
        if theirs.versions.get(name) != version
    ]
    found += [
        f"{_said(name, theirs.arguments)}, the chief has {_said(name, ours.arguments)}"
        for name in sorted({**ours.arguments, **theirs.arguments})
        if theirs.arguments.get(name) != ours.arguments.get(name)
    ]
    if theirs.spec != ours.spec:
        found.append("its spec is not that of the chief")
    return found


def _said(option: str, arguments: Mapping[str, str]) -> str:
    return f"{option} {arguments[option]}" if option in arguments else f"no {option}"


def _go_to_chief(place: Place, claims: Claims, timeout: float) -> Met:
    deadline = time.monotonic() + timeout
    while True:
        try:
            talk = _line(place, TALK, claims)
            watch = _line(place, WATCH, claims)
            talk.settimeout(max(deadline - time.monotonic(), 0) + ANSWERED)
            answer = lines.receive_json(talk, most=None)
            break
        except (Broken, OSError) as error:
            if time.monotonic() > deadline:
                raise absence(f"{place.name(0)}: not there after {timeout:g} s") from error
            time.sleep(ASKED_EVERY)
    if "missing" in answer:
        raise absence(answer["missing"])
    if answer["refused"]:
        raise refusal(answer["refused"])
    talk.settimeout(None)
    watch.settimeout(None)
    return Met(place.at(answer["addresses"]), {0: talk}, {0: watch})


def _line(place: Place, name: str, claims: Claims) -> socket.socket:
    line = socket.create_connection(split_address(place.addresses[0]), timeout=STRANGERS)
    hello = {"line": name, "index": place.index, "address": place.addresses[place.index]}
    lines.send(line, {**hello, "claims": vars(claims)})
    return line
