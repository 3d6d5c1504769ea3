"""The meeting of workers: who comes, who does not, who brings something else."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from cnncli.errors import CnncliError, UsageError
from cnncli.training.cluster import meeting
from cnncli.training.cluster.local import free_ports
from cnncli.training.cluster.meeting import Claims, Met, meet
from cnncli.training.cluster.place import Place

SAME = Claims({"cnncli": "1.0", "keras": "3.0"}, {"--epochs": "3"}, "digest")
Meet = Callable[..., list[Future[Met]]]


def addresses(count: int) -> tuple[str, ...]:
    return tuple(f"127.0.0.1:{port}" for port in free_ports(count))


@pytest.fixture
def together() -> Any:
    """Let workers meet, each in a thread; return what came of each."""
    with ThreadPoolExecutor() as threads:

        def run(claims: dict[int, Claims], count: int, timeout: float = 10) -> list[Future[Met]]:
            known = addresses(count)
            return [
                threads.submit(meet, Place(known, index), said, timeout, lambda text: None)
                for index, said in claims.items()
            ]

        yield run


def test_all_come_and_agree(together: Meet) -> None:
    met = [each.result() for each in together(dict.fromkeys(range(3), SAME), 3)]
    assert [sorted(each.talk) for each in met] == [[1, 2], [0], [0]]
    assert [sorted(each.watch) for each in met] == [[1, 2], [0], [0]]
    for each in met:
        for line in (*each.talk.values(), *each.watch.values()):
            line.close()


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (
            replace(SAME, versions={"cnncli": "1.1", "keras": "3.0"}),
            "cnncli 1.1, the chief has 1.0",
        ),
        (replace(SAME, versions={"cnncli": "1.0"}), "keras missing, the chief has 3.0"),
        (replace(SAME, arguments={"--epochs": "4"}), "--epochs 4, the chief has --epochs 3"),
        (replace(SAME, arguments={}), "no --epochs, the chief has --epochs 3"),
        (replace(SAME, spec="another"), "its spec is not that of the chief"),
        (replace(SAME, fault="wrong.yaml: no such file"), "wrong.yaml: no such file"),
    ],
)
def test_one_brings_something_else(together: Meet, other: Claims, said: str) -> None:
    messages = set()
    for each in together({0: SAME, 1: SAME, 2: other}, 3):
        with pytest.raises(CnncliError) as raised:
            each.result()
        messages.add(raised.value.message)
    assert len(messages) == 1  # the same on all
    assert messages.pop().startswith("worker 2 (127.0.0.1:") and said in raised.value.message


def test_several_differences_are_lines(together: Meet) -> None:
    other = replace(SAME, arguments={"--set": "a=1 --set b=2"}, fault=None)
    broken = replace(SAME, fault="a.yaml:1:2: error: no\n  1 | x\n    | ^")
    for each in together({0: SAME, 1: other, 2: broken}, 3):
        with pytest.raises(CnncliError) as raised:
            each.result()
        assert raised.value.message == "the workers cannot train together:"
        told = re.sub(r" \(127.0.0.1:\d+\)", "", raised.value.hint or "")
        assert told.splitlines() == [
            "  worker 1: no --epochs, the chief has --epochs 3",
            "  worker 1: --set a=1 --set b=2, the chief has no --set",
            "  worker 2: a.yaml:1:2: error: no",
            "    1 | x",
            "      | ^",
            "All workers need the same command, versions, spec and images.",
        ]


def test_one_does_not_come(together: Meet) -> None:
    for each in together({0: SAME, 1: SAME}, 3, timeout=1):
        with pytest.raises(CnncliError, match=r"worker 2 \(127.0.0.1:\d+\): not there after 1 s"):
            each.result()


def test_the_chief_does_not_come(together: Meet) -> None:
    (only,) = together({1: SAME}, 2, timeout=1)
    with pytest.raises(CnncliError, match=r"worker 0 \(the chief, .*\): not there after 1 s"):
        only.result()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wait is worth a word at once."""
    monkeypatch.setattr(meeting, "PATIENCE", 0.3)


@pytest.mark.usefixtures("impatient")
def test_a_chief_whose_name_is_not_known() -> None:
    place = Place(("no such host:4000", *addresses(1)), 1)
    told: list[str] = []
    with pytest.raises(CnncliError, match="not there after 1 s: that name is not known here"):
        meet(place, SAME, 1, told.append)
    (said,) = told
    assert said.startswith("Waiting for worker 0 (the chief, no such host:4000): that name")


@pytest.mark.usefixtures("impatient")
def test_all_are_told_for_whom_they_wait() -> None:
    known, told = addresses(3), ([], [])
    with ThreadPoolExecutor() as threads:
        for index, lines in enumerate(told):
            threads.submit(meet, Place(known, index), SAME, 1, lines.append)
    assert told == 2 * ([f"Waiting for worker 2 ({known[2]}) ..."],)


def test_two_have_the_same_number() -> None:
    known, elsewhere = addresses(3), addresses(1)
    places = [Place(known, 0), Place(known, 1), Place((known[0], *elsewhere, known[2]), 1)]
    with ThreadPoolExecutor() as threads:
        for met in [threads.submit(meet, each, SAME, 20, lambda text: None) for each in places]:
            with pytest.raises(UsageError, match=r"worker 1 \(.*\) is there twice"):
                met.result()


def test_two_of_one_machine_have_the_same_number() -> None:
    known = addresses(2)
    with ThreadPoolExecutor() as threads:
        places = 2 * [Place(known, 1)]
        met = [threads.submit(meet, each, SAME, 1, lambda text: None) for each in places]
        faults = sorted(str(each.exception()) for each in met)
    assert "not there after 1 s" in faults[0] and "cannot be had here" in faults[1]


def test_strangers_do_not_disturb() -> None:
    known = addresses(2)
    host, _, port = known[0].partition(":")
    threading.Thread(target=_scan, args=(host, int(port)), daemon=True).start()
    with ThreadPoolExecutor() as threads:
        places = (Place(known, 0), Place(known, 1))
        met = [threads.submit(meet, each, SAME, 20, lambda text: None) for each in places]
        assert [each.result().place.addresses for each in met] == [known, known]


def _scan(host: str, port: int) -> None:
    """Say what port scanners and other programs say, as often as that port is open."""
    for said in (b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 64, b"", b"\0" * 7 + b"\2{}"):
        with contextlib.suppress(OSError), socket.create_connection((host, port), 1) as line:
            line.sendall(said)
