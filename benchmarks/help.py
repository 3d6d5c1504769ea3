"""`cnncli --help` against the imports that any program of this kind needs."""

import sys

from benchmarks.harness import rotate, run_process, verdict


def main() -> bool:
    """The whole process of `--help` takes less than 3 times that of importing typer and rich."""
    measured = rotate(
        {
            "cnncli --help": lambda: (
                run_process([sys.executable, "-m", "cnncli", "--help"]).seconds
            ),
            "import typer, rich": lambda: (
                run_process([sys.executable, "-c", "import typer, rich"]).seconds
            ),
        }
    )
    return verdict(measured, "cnncli --help", "import typer, rich", at_most=3)


if __name__ == "__main__":
    sys.exit(not main())
