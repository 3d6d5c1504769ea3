"""The meeting of all workers before TensorFlow is loaded, whose own wait cannot be interrupted.

The chief listens where its TensorFlow will listen later. Each worker opens two lines to it: one for
the process that trains to talk, one for the process that watches over it (`guard`). Who does not
come is named, and so is who came with something else than the chief.
"""

from __future__ import annotations

import contextlib
import os
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
_UNKNOWN = "that name is not known here"
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
    if place.is_chief:
        with _own_port(place) as server:
            return _Reception(place, server, timeout, tell).held(claims)
    with _own_port(place):  # until TensorFlow takes it: a second worker of this number is told
        return _go_to_chief(place, claims, timeout, tell)


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
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else error
        raise CnncliError(
            f"{place.name(place.index)}: port {port} cannot be had here ({why})",
            hint="Another process has it: a second worker with the number "
            f"{place.index} (each needs its own), or one of an earlier run.",
        ) from error


class _Reception:
    """The meeting as the chief holds it: who has come, by which lines, and with what."""

    def __init__(self, place: Place, server: socket.socket, timeout: float, tell: Tell) -> None:
        self._place, self._server, self._timeout, self._tell = place, server, timeout, tell
        self._talk: Lines = {}
        self._watch: Lines = {}
        self._said: dict[int, dict[str, Any]] = {}
        self._is_long = False
        server.settimeout(ASKED_EVERY)

    def held(self, claims: Claims) -> Met:
        """Wait for all, compare, and tell all of them what came of it."""
        begun = time.monotonic()
        while missing := self._missing():
            if time.monotonic() > begun + self._timeout:
                self._give_up(missing)
            if not self._is_long and time.monotonic() > begun + PATIENCE:
                self._is_long = True
                self._tell(self._waiting())
                _send_all(self._talk, {"waiting": self._waiting()})
            with contextlib.suppress(TimeoutError, Broken, OSError):
                line, _ = self._server.accept()
                self._receive(line, _hello(line, self._place.count))
        place = self._place.at([self._address(index) for index in range(self._place.count)])
        self._refuse(_differing(place, claims, self._said))
        _send_all(self._talk, {"addresses": place.addresses})
        return Met(place, self._talk, self._watch)

    def _missing(self) -> list[int]:
        return [i for i in self._place.others if i not in self._talk or i not in self._watch]

    def _waiting(self) -> str:
        return f"Waiting for {', '.join(map(self._place.name, self._missing()))} ..."

    def _address(self, index: int) -> str:
        said = self._said.get(index)
        return self._place.addresses[index] if said is None else str(said["address"])

    def _receive(self, line: socket.socket, hello: dict[str, Any]) -> None:
        index, held = hello["index"], self._talk if hello["line"] == TALK else self._watch
        before = held.pop(index, None)
        held[index] = line
        if before is not None and _is_there(before):
            self._refuse_twice(index, before)
        if hello["line"] == TALK:
            self._said[index] = hello
            if self._is_long:
                lines.send(line, {"waiting": self._waiting()})

    def _refuse_twice(self, index: int, first: socket.socket) -> None:
        twice = f"{self._place.name(index)} is there twice: each worker needs a number of its own"
        _send_all({index: first}, {"refused": [twice]})
        self._refuse([twice])

    def _refuse(self, faults: Sequence[str]) -> None:
        if faults:
            _send_all(self._talk, {"refused": faults})
            raise refusal(faults)

    def _give_up(self, missing: Sequence[int]) -> NoReturn:
        said = f"{', '.join(map(self._place.name, missing))}: not there after {self._timeout:g} s"
        _send_all(self._talk, {"missing": said})
        raise absence(said)


def _is_there(line: socket.socket) -> bool:
    """Whether the worker at the other end of a line, which says nothing now, has it still."""
    try:
        return line.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


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


def _send_all(talk: Lines, message: Any) -> None:
    for line in talk.values():
        with contextlib.suppress(Broken):  # who has gone since is seen to by the guard
            lines.send(line, message)


def absence(said: str) -> CnncliError:
    """Return the error of workers that have waited for others."""
    return CnncliError(
        said,
        hint="Start all workers within the time of --join-timeout, each with a number of its own.",
    )


def refusal(faults: Sequence[str]) -> CnncliError:
    """Return the error of workers that cannot train together, the same on all of them."""
    hint = "All workers need the same command, versions, spec and images."
    told = [line for fault in faults for line in fault.splitlines()]
    if len(told) == 1:
        return UsageError(told[0], hint=hint)
    listed = [f"  {line}" for line in told]
    return UsageError("the workers cannot train together:", hint="\n".join([*listed, hint]))


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
    return f"{option} {arguments[option]}".rstrip() if option in arguments else f"no {option}"


def _go_to_chief(place: Place, claims: Claims, timeout: float, tell: Tell) -> Met:
    begun = time.monotonic()
    told = False
    while True:
        try:
            talk = _line(place, TALK, claims)
            watch = None
            with contextlib.suppress(Broken, OSError):  # a chief that has ended has said why
                watch = _line(place, WATCH, claims)
            left = max(begun + timeout - time.monotonic(), 0) + ANSWERED
            talk.settimeout(left if watch is not None else STRANGERS)
            answer = _answer(talk, tell)
            break
        except (Broken, OSError) as error:
            why = f": {_UNKNOWN} ({error.strerror})" if isinstance(error, socket.gaierror) else ""
            if time.monotonic() > begun + timeout:
                raise absence(f"{place.name(0)}: not there after {timeout:g} s{why}") from error
            if not told and time.monotonic() > begun + PATIENCE:
                told = True
                tell(f"Waiting for {place.name(0)}{why} ...")
            time.sleep(ASKED_EVERY)
    if "missing" in answer:
        raise absence(answer["missing"])
    if "refused" in answer:
        raise refusal(answer["refused"])
    assert watch is not None  # the chief has it
    talk.settimeout(None)
    watch.settimeout(None)
    return Met(place.at(answer["addresses"]), {0: talk}, {0: watch})


def _answer(talk: socket.socket, tell: Tell) -> dict[str, Any]:
    """Return how the meeting ended, and tell meanwhile for whom the chief waits."""
    while "waiting" in (said := lines.receive_json(talk, most=None)):
        tell(said["waiting"])
    return dict(said)


def _line(place: Place, name: str, claims: Claims) -> socket.socket:
    line = socket.create_connection(split_address(place.addresses[0]), timeout=STRANGERS)
    hello = {"line": name, "index": place.index, "address": place.addresses[place.index]}
    lines.send(line, {**hello, "claims": vars(claims)})
    return line
