"""Real processes for killing, without the seconds that TensorFlow takes to import in each.

This process imports TensorFlow once (and does not use it, so that it can be forked), then runs
each command line that it reads from stdin in a process of its own, which it forks.

One JSON document a line. In: {"argv": [...], "cwd": DIR, "output": FILE, "limit": BYTES|null}.
Out: the number of the process; once that has ended, its exit code, negative for a signal.
"""

import json
import os
import resource
import sys

from cnncli.cli import main
from cnncli.network.backend import load_keras


def child(job: dict) -> int:
    output = os.open(job["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.chdir(job["cwd"])
    sys.stdout = os.fdopen(1, "w")
    sys.stderr = os.fdopen(2, "w")
    if job.get("limit"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (job["limit"], job["limit"]))
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
