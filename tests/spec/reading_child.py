"""Reads specs in a process held to little time and memory; no clean error ends it.

Input: one base64 line for each text. Output: for each the number of problems, or "spec".
"""

from __future__ import annotations

import base64
import resource
import sys

import cnncli.spec.writer  # noqa: F401  (loaded before memory is counted)
from cnncli.spec.expansion import expand
from cnncli.spec.load import check_text

CPU_SECONDS = 5
MORE_BYTES = 400 * 2**20


def held() -> None:
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
        now = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + MORE_BYTES, now + MORE_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))


def main() -> None:
    held()
    for line in sys.stdin:
        checked = check_text(base64.b64decode(line), "fuzz.yaml")
        for problem in checked.problems:
            assert problem.message and "\n" not in problem.message, problem
            assert problem.line is None or problem.line > 0, problem
            str(problem)
        if checked.spec is None:
            assert any(problem.severity == "error" for problem in checked.problems)
            said = str(len(checked.problems))
        else:
            expand(checked.spec)
            said = "spec"
        sys.stdout.write(f"{said}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
