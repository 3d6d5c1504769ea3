"""Several devices that share each batch: here three that TensorFlow makes of one processor."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Cli
from tests.same import assert_same_bits
from tests.trained_runs import TINY

# Makes the devices, which can be done once only; then trains, and dies and resumes.
CHILD = """
import sys
import numpy as np
import tensorflow as tf

processor = tf.config.list_physical_devices("CPU")[0]
parts = [tf.config.LogicalDeviceConfiguration()] * 3
tf.config.set_logical_device_configuration(processor, parts)
from cnncli.cli import main

images, plain, restless, out = sys.argv[1:]

def train(*argv):
    assert main(["train", *argv]) == 0, argv

TWO = ("--epochs", "2")

class Death(BaseException):
    pass

def dying(file, **arrays):
    global left
    left -= 1
    if left == 0:
        raise Death
    write(file, **arrays)

train(images, "--arch", plain, "--out", f"{out}/plain", *TWO)
train(images, "--arch", restless, "--out", f"{out}/alone", *TWO)
# Dead with all but the last batch of an epoch done: a resumed run begins with the short one.
write, np.savez, left = np.savez, dying, 8
try:
    saving = ("--save-every", "0")
    main(["train", images, "--arch", restless, "--out", f"{out}/killed", *TWO, *saving])
except Death:
    np.savez = write
train("--resume", f"{out}/killed")
"""


@pytest.mark.tensorflow_process
def test_several_devices_come_to_the_same_and_resume_to_the_same_bits(
    images: Path, restless: Path, tmp_path: Path, cli: Cli
) -> None:
    plain = tmp_path / "plain.yaml"
    plain.write_text(TINY.replace("  - Dropout: {rate: 0.3}\n", ""))
    argv = [images, plain, restless, tmp_path / "several"]
    child = subprocess.run(
        [sys.executable, "-c", CHILD, *map(str, argv)], capture_output=True, text=True
    )
    assert child.returncode == 0, child.stderr
    assert "Training on 3 CPUs" in child.stderr
    assert_same_bits(tmp_path / "several" / "killed", tmp_path / "several" / "alone")
    assert (
        cli("train", images, "--arch", plain, "--out", tmp_path / "one", "--epochs", "2").code == 0
    )
    states = [np.load(tmp_path / p / "last" / "state.npz") for p in ("one", "several/plain")]
    names = [name for name in states[0].files if name.startswith(("model", "optimizer"))]
    for name in names:
        np.testing.assert_allclose(states[1][name], states[0][name], rtol=1e-3, atol=1e-4)

    one, several = (_history(tmp_path / place) for place in ("one", "several/plain"))
    assert list(one) == list(several)
    for name in one:  # the mean over the images, whatever the shares
        np.testing.assert_allclose(several[name], one[name], rtol=2e-5, err_msg=name)


def _history(run: Path) -> dict[str, list[float]]:
    rows = list(csv.DictReader((run / "history.csv").open()))
    return {name: [float(row[name]) for row in rows] for name in rows[0]}
