"""Entry point of ``python -m cnncli`` and of the ``cnncli`` script.

It imports next to nothing itself, so that Ctrl-C is answered with exit code 130 from the
first moment on, while the rest is still being imported.
"""

import sys


def run() -> None:
    """Run the command line and leave the process with its exit code."""
    try:
        from cnncli.cli import leave, main

        leave(main(sys.argv[1:]))
    except KeyboardInterrupt:
        import os

        os._exit(130)


if __name__ == "__main__":
    run()
