"""Shell completion, as bash asks for it, and what is offered for which argument."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cnncli.cli import main
from cnncli.commands.shared import completion
from cnncli.teaching import activations
from tests.conftest import ROOT, Cli


def complete(line: str, folder: Path) -> list[str]:
    """Return what bash is offered when Tab is pressed at the end of `line`."""
    (folder / "bin").mkdir()
    program = folder / "bin" / "cnncli"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m cnncli "$@"\n')
    program.chmod(0o755)
    script = f"""
        source <(cnncli --show-completion bash)
        COMP_LINE=$LINE_SO_FAR COMP_POINT={len(line)}
        _cnncli_completion cnncli
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    environment = {
        **os.environ,
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "LINE_SO_FAR": line,
    }
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.splitlines()


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("cnncli summ", ["summary"]),
        ("cnncli summary app", ["applications:"]),
        ("cnncli summary effi", ["efficientnet", "efficientnet@"]),
        # An @ begins what bash replaces, unlike a colon.
        ("cnncli summary resnet@1", ["@18", "@101", "@152"]),
        # Bash keeps what stands before the colon, or the equals sign: only the rest is given back.
        ("cnncli import applications:MobileNetV3S", ["MobileNetV3Small"]),
        ("cnncli pool --kind=a", ["average"]),
        # Names with spaces, quotes and stars stay one word.
        ("cnncli summary my", [r"my\ spec.yaml"]),
        ('cnncli summary "my s', ["my spec.yaml"]),
        ("cnncli summary my\\ s", [r"my\ spec.yaml"]),
        ("cnncli summary it", [r"it\'s.yaml"]),
        ("cnncli summary gl", [r"gl\*.yaml"]),
        ("cnncli predict runs/f", ["runs/first"]),
    ],
)
def test_bash_completes(line: str, offered: list[str], tmp_path: Path):
    for name in ("my spec.yaml", "it's.yaml", "gl*.yaml", "glob.txt", "runs/first/run.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert complete(line, tmp_path) == offered


@pytest.mark.parametrize(
    ("line", "there"),
    [
        ("train --arch ", "lesson"),
        ("train sample:digits --resume ru", "runs/first"),
        ("convolve sample:", "sample:china"),
        ("features lesson sample:", "sample:mri"),
        ("features lesson sample:mri --layer co", "conv2d_1"),
        ("features ru", "runs/first"),
        ("convolve x.png --kernel so", "sobel-left"),
        ("kernels so", "sobel"),
        ("activations re", "relu"),
        ("pool --kind ", "average"),
        ("runs --sort acc", "accuracy"),
        ("summary --columns layer,par", "layer,params"),
        ("summary lesson -p dr", "dropout_rate="),
        ("train x --optimizer A", "AdamW"),
        ("train x --loss Bin", "BinaryCrossentropy"),
        ("train x --augment Random", "RandomFlip"),
        ("cache sum", "summaries"),
        ("evaluate r", "runs/first"),
        ("export lesson --format ke", "keras"),
        ("samples b", "blobs"),
        ("data sample:", "sample:blobs"),
        ("new x.yaml --from=les", "lesson-batchnorm"),
    ],
)
def test_arguments_and_options_complete(
    line: str, there: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    (tmp_path / "runs" / "first").mkdir(parents=True)
    (tmp_path / "runs" / "first" / "run.json").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("_CNNCLI_LINE", f"cnncli {line}")
    monkeypatch.setenv("_CNNCLI_BREAKS", "")
    monkeypatch.setenv("_CNNCLI_COMPLETE", "complete_bash")
    with pytest.raises(SystemExit) as end:
        main([])
    assert end.value.code == 0
    assert there in capsys.readouterr().out.split()


def test_names_that_completion_knows_by_heart_are_those_of_the_tables():
    known = {each.name for each in activations.every()}
    assert known <= set(completion.OFFERS["activation"].names({}))


def test_a_shell_without_completion_is_told_what_to_do(cli: Cli):
    result = cli("--show-completion", "sh")
    assert result.code == 2
    assert "only for bash, zsh and fish" in result.err
    assert "cnncli --install-completion bash" in result.err
