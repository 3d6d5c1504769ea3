"""Real processes for killing, without the seconds that TensorFlow takes to import in each.

This process imports TensorFlow once (and does not use it, so that it can be forked), then runs
each command line that it reads from stdin in a process of its own, which it forks.

One JSON document a line. In: {"argv": [...], "cwd": DIR, "output": FILE, "terminal": DEVICE|null,
"memory": BYTES|null}. With a terminal the process has it as its controlling one, and writes to it
instead of the file; with memory it gets no more addresses than that.
Out: the number of the process; once that has ended, its exit code, negative for a signal.
"""

import json
import os
import resource
import sys

from cnncli.cli import main
from cnncli.network.backend import load_keras


def child(job: dict) -> int:
    if job["terminal"]:
        os.setsid()
        output = os.open(job["terminal"], os.O_RDWR)  # the first one opened is the controlling one
        os.dup2(output, 0)
    else:
        output = os.open(job["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    if job["memory"]:
        resource.setrlimit(resource.RLIMIT_AS, (job["memory"], job["memory"]))
    os.chdir(job["cwd"])
    sys.stdout = os.fdopen(1, "w")
    sys.stderr = os.fdopen(2, "w")
    code = main(job["argv"])
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def serve() -> None:
    load_keras()
    import cv2  # noqa: F401
    import matplotlib.figure  # noqa: F401
    import sklearn.metrics
    import sklearn.model_selection  # noqa: F401

    out = os.fdopen(os.dup(1), "w")
    print("ready", file=out, flush=True)
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            code = 99
            try:
                code = child(json.loads(line))
            finally:
                os._exit(code)
        print(process, file=out, flush=True)
        _, status = os.waitpid(process, 0)
        print(os.waitstatus_to_exitcode(status), file=out, flush=True)


if __name__ == "__main__":
    serve()
