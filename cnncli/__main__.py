"""Entry point of ``python -m cnncli`` and of the ``cnncli`` script.

It imports next to nothing itself, so that Ctrl-C is answered with exit code 130 from the
first moment on, while the rest is still being imported.
"""

import sys
import warnings


def run() -> None:
    """Run the command line and leave the process with its exit code."""
    if any(option.startswith("error") for option in sys.warnoptions):
        # Meant for the caller's own code: what a library is about to change is no fault here.
        warnings.simplefilter("ignore")
    try:
        from cnncli.cli import leave, main

        leave(main(sys.argv[1:]))
    except KeyboardInterrupt:
        import os

        os._exit(130)


if __name__ == "__main__":
    run()
