"""Read the folder that is named as `cnncli` does, held to little memory and processor time.

A child process: whatever a hostile file does, it does to this one. Prints one JSON document.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path

from cnncli.data.index import find
from cnncli.data.scan import scan
from cnncli.images.opencv import load_cv2
from cnncli.images.prepare import Target

GIGABYTE = 2**30
SECONDS = 60
NOBODY = 65534


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    load_cv2()
    # What the libraries have mapped already is not the files' doing.
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (mapped + GIGABYTE, mapped + GIGABYTE))

    os.chdir(sys.argv[1])
    superuser = os.geteuid() == 0
    if superuser:  # who may read everything
        os.seteuid(NOBODY)
    index = find(".")
    if superuser:
        os.seteuid(0)
    unreadable = {one.file: one.reason for one in index.unreadable}
    read = []
    for item in index.items:
        (seen,) = scan([item], Target(32, 32, 1))
        if seen.facts is None:
            unreadable[item.file] = seen.reason
        else:
            read.append(item.file)
    sys.stdout.write(json.dumps({"read": read, "unreadable": unreadable}))


if __name__ == "__main__":
    main()
