"""What ARCH may be, and what is said of what it may not be."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from cnncli.errors import ModelError, SpecError, UsageError
from cnncli.network.architecture import resolve
from tests.conftest import Cli

SPEC = "name: tiny\nparams: {units: 2}\ninput: [4]\nlayers:\n  - Dense: {units: $units}\n"


def test_a_shipped_name_wins_over_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("lesson").write_text(SPEC)
    assert resolve("lesson").name == "lesson"
    assert resolve("./lesson").name == "tiny"


def test_a_spec_on_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(SPEC.encode())))
    architecture = resolve("-", {"units": 3})
    assert architecture.build().count_params() == 15


def test_a_run_directory(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(ModelError, match=r"spec\.yaml"):
        resolve(str(tmp_path))
    (tmp_path / "spec.yaml").write_text(SPEC)
    assert resolve(str(tmp_path)).name == "tiny"


def test_an_application() -> None:
    architecture = resolve("applications:MobileNetV2")
    assert architecture.spec is None
    assert architecture.build(weights=False).count_params() == 3_538_984


def test_nothing_heavy_is_loaded_before_the_model_is_built() -> None:
    code = (
        "import sys; from cnncli.network.architecture import resolve;"
        "resolve('lesson').fingerprint();"
        "resolve('applications:VGG16').fingerprint();"
        "print({'tensorflow', 'keras', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_the_fingerprint_is_that_of_the_network(tmp_path: Path) -> None:
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    one.write_text(SPEC)
    other.write_text("# a comment\n" + SPEC.replace("{units: 2}", "{ units:   2 }"))
    assert resolve(str(one)).fingerprint() == resolve(str(other)).fingerprint()
    assert resolve(str(one)).fingerprint() != resolve(str(one), {"units": 3}).fingerprint()


@pytest.mark.parametrize(
    ("arch", "said"),
    [
        ("leson", "Did you mean lesson"),
        ("ResNet50", "applications:ResNet50"),
        ("applications:resnet50", "Did you mean ResNet50"),
        ("applications:", "It has ConvNeXtBase"),
        ("nothing.yaml", "no such file"),
        ("no/such/place.yaml", "no such file"),
        (".", "is a folder"),
        ("zzz", "There are"),
    ],
)
def test_what_is_no_architecture(cli: Cli, arch: str, said: str) -> None:
    result = cli("summary", arch)
    assert (result.code, result.out) == (2, "")
    assert said in result.err


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n\0\0\0", b"\xff\xfe", b"- 1\n"])
def test_a_file_that_is_no_spec(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "net.yaml"
    file.write_bytes(content)
    with pytest.raises((SpecError, UsageError)):
        resolve(str(file))


def test_parameters_are_for_specs_only(cli: Cli) -> None:
    result = cli("summary", "applications:VGG16", "-p", "units=3")
    assert result.code == 2
    assert "cnncli import applications:VGG16" in result.err
