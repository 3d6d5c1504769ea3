"""`cnncli export` to ONNX: its time against Keras's own route, its memory against the weights."""

import os
import sys
import tempfile
from pathlib import Path

from benchmarks.harness import rotate, run_process, verdict

TIMED, WEIGHED = "ResNet50", "VGG16"
# Both print the seconds of writing alone: loading TensorFlow and the network are the same for both.
OURS = """
import sys, time, numpy as np
from pathlib import Path
from cnncli.exporters import onnx
from cnncli.exporters.network import Network
from cnncli.network.architecture import resolve

if __name__ == "__main__":
    model = resolve(f"applications:{sys.argv[1]}").build()
    images = np.zeros((1, *model.input_shape[1:]), np.uint8)
    begun = time.perf_counter()
    onnx.write(Network("net", model, {}, images, ""), Path(sys.argv[2]), None)
    Path(sys.argv[3]).write_text(str(time.perf_counter() - begun))
"""
KERAS = """
import sys, time, keras, numpy as np
from pathlib import Path
model = getattr(keras.applications, sys.argv[1])(weights=None)
model(np.zeros((1, *model.input_shape[1:]), np.float32))  # or Keras refuses to export it
begun = time.perf_counter()
model.export(sys.argv[2], format="onnx", verbose=False)
Path(sys.argv[3]).write_text(str(time.perf_counter() - begun))
"""
# The most that any process took above the one in which the network was loaded, and the weights.
MEMORY = """
import sys, numpy as np
from pathlib import Path
from cnncli.exporters import onnx
from cnncli.exporters.network import Network
from cnncli.network.architecture import resolve
from cnncli.process import apart

def peak():
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) * 1024

def peak_of(function, *arguments):
    function(*arguments)
    return peak()

if __name__ == "__main__":
    model = resolve(f"applications:{sys.argv[1]}").build()
    images = np.zeros((1, *model.input_shape[1:]), np.uint8)
    network = Network("net", model, {}, images, "")
    Path("/proc/self/clear_refs").write_text("5")
    before, others = peak(), []
    onnx.apart = lambda *call: others.append(apart(peak_of, *call))
    onnx.write(network, Path(sys.argv[2]), None)
    Path(sys.argv[3]).write_text(f"{peak() - before} {max(others)} {network.weight_bytes}")
"""


def main() -> bool:
    """Less time than Keras for ResNet50; at most four times the weights of VGG16 in memory."""
    with tempfile.TemporaryDirectory() as folder:
        candidates = {"cnncli": lambda: _time(OURS, folder), "Keras": lambda: _time(KERAS, folder)}
        kept = verdict(rotate(candidates, rounds=3), "cnncli", "Keras", at_most=1.0)
        own, other, weights = map(int, _said(MEMORY, WEIGHED, folder).split())
    measured = {"this process": [own], "the process that cleans": [other], "weights": [weights]}
    kept &= verdict(measured, "this process", "weights", at_most=4.0, unit="B")
    return verdict(measured, "the process that cleans", "weights", at_most=4.0, unit="B") and kept


def _time(script: str, folder: str) -> float:
    return float(_said(script, TIMED, folder))


def _said(script: str, network: str, folder: str) -> str:
    """Run a script on a network, and return what it writes into its last file."""
    file, said = Path(folder, "script.py"), Path(folder, "said.txt")
    file.write_text(script)
    root = str(Path(__file__).parents[1])
    run_process([sys.executable, str(file), network, str(Path(folder, "m.onnx")), str(said)],
                env={**os.environ, "PYTHONPATH": root})  # fmt: skip
    return said.read_text()


if __name__ == "__main__":
    sys.exit(not main())
