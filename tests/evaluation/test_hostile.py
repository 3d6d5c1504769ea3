"""Malformed and hostile models in all commands that read one: an error, little memory, little time.

Each command runs in a process that is forked behind the import of TensorFlow and may take half a
GB of addresses more than it has then, and ten seconds of a processor. All other commands, and what
else may be wrong with models and runs: tests/commands/test_handed_over.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.forker import Forker
from tests.network.hostile import models


@pytest.mark.tensorflow_process
def test_models_of_others_end_in_errors(forker: Forker, tmp_path: Path, images: Path) -> None:
    image = next(images.rglob("*.png"))
    for path in models(tmp_path):
        for argv in (("predict", path, image), ("features", path, image), ("import", path)):
            process = forker.start(*argv, frugal=(500_000_000, 10))
            code, said = process.wait(), process.output.read_text()
            # What describes a network may, where it is one: its memory is that of who uses it.
            assert code in ((0, 1, 2) if argv[0] == "import" else (1, 2)), f"{argv}: {code} {said}"
            assert "Traceback" not in said, f"{argv}: {said}"
            assert code == 0 or "error: " in said
            assert code == 0 or "400 GB" not in path.name or " of memory; " in said
