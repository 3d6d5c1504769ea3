"""Processes that end with the one that began them, on every system."""

from __future__ import annotations

import subprocess
import sys

START = "import sys, time; from cnncli.process import end_with_caller; end_with_caller();"


def begin(code: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", f"{START} {code}"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_a_process_is_killed_when_its_caller_closes_its_end() -> None:
    process = begin("print('there', flush=True); time.sleep(60)")
    assert process.stdin is not None and process.stdout is not None
    assert process.stdout.readline() == "there\n"
    assert process.poll() is None
    process.stdin.close()  # as the system does it for a caller that dies
    assert process.wait(30) == -9


def test_a_process_whose_caller_stays_ends_by_itself_and_reads_nothing() -> None:
    process = begin("print(repr(sys.stdin.read()))")
    assert process.stdout is not None
    assert process.stdout.read() == "''\n"
    assert process.wait(30) == 0
