"""`cnncli validate` of 1,000 layers against the imports that any program of this kind needs."""

import sys
import tempfile
from pathlib import Path

from benchmarks.harness import rotate, run_process, verdict

LAYERS = (
    "Conv2D: {filters: 8, kernel_size: 3, padding: same, activation: relu}",
    "BatchNormalization",
    "ReLU",
    "Conv2D: {filters: 8, kernel_size: 1, use_bias: false, kernel_regularizer: {L2: {l2: 0.001}}}",
    "Dropout: {rate: 0.1}",
)


def main() -> bool:
    """The whole process takes at most 3 times that of importing typer, rich and yaml."""
    lines = "".join(f"  - {LAYERS[number % len(LAYERS)]}\n" for number in range(1000))
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder, "thousand.yaml")
        spec.write_text(f"input: [32, 32, 3]\nlayers:\n{lines}", encoding="utf-8")
        validate = [sys.executable, "-m", "cnncli", "validate", str(spec)]
        peer = [sys.executable, "-c", "import typer, rich, yaml"]
        measured = rotate(
            {
                "validate 1,000 layers": lambda: run_process(validate).seconds,
                "import typer, rich, yaml": lambda: run_process(peer).seconds,
            }
        )
    return verdict(measured, "validate 1,000 layers", "import typer, rich, yaml", at_most=3)


if __name__ == "__main__":
    sys.exit(not main())
