"""The boundary between program and process: exit codes, streams, signals, help."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

import cnncli
from cnncli import console
from cnncli.cli import main
from cnncli.errors import DataError, ExitCode
from cnncli.registry import COMMANDS, Entry
from tests.conftest import ROOT, Cli
from tests.terminal import terminal

CNNCLI = [sys.executable, "-m", "cnncli"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def process(*argv: str, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*CNNCLI, *argv], text=True, env=ENVIRONMENT, capture_output=True, timeout=120, **options
    )


def test_a_stdout_that_the_caller_closed_is_no_fault():
    shell = f"{sys.executable} -m cnncli --version >&-"
    done = subprocess.run(["bash", "-c", shell], env=ENVIRONMENT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_stdin_that_the_caller_closed_is_an_empty_one():
    shell = f"{sys.executable} -m cnncli summary - <&-"
    done = subprocess.run(["bash", "-c", shell], env=ENVIRONMENT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is nothing in this file" in done.stderr


def test_version_before_and_after_a_command(cli: Cli):
    for argv in (["--version"], ["list", "--version"]):
        result = cli(*argv)
        assert (result.code, result.out) == (0, f"cnncli {cnncli.__version__}\n")


def test_help_lists_every_command_under_its_group(cli: Cli):
    result = cli("-h")
    assert result.code == 0
    assert result.out.index("Inspect:") < result.out.index("summary")
    assert result.err == ""


def test_without_arguments_it_helps_and_fails(cli: Cli):
    result = cli()
    assert result.code == ExitCode.USAGE
    assert "Usage: cnncli" in result.err


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["sumary"], "Did you mean 'summary'"),
        (["list", "--nonsense"], "--nonsense"),
        (["convolve"], "IMAGE"),
    ],
)
def test_wrong_usage_is_one_plain_line_and_a_hint(cli: Cli, argv: list[str], said: str):
    result = cli(*argv)
    assert result.code == ExitCode.USAGE
    assert result.out == ""
    first, second = result.err.splitlines()
    assert first.startswith("error: ")
    assert said in first
    assert second.startswith("Try 'cnncli")


def test_an_option_is_suggested_only_where_it_is_near(cli: Cli):
    assert "--no-cache" not in cli("summary", "--nosuch").err
    assert "--columns" in cli("summary", "--colums").err


@pytest.mark.parametrize("argv", [["--quiet", "list"], ["list", "--quiet"]])
def test_global_options_work_before_and_after_the_command(cli: Cli, argv: list[str]):
    assert cli(*argv).code == 0
    assert console.settings.quiet


def _raising(fault: BaseException):
    def command() -> None:
        """Fail."""
        raise fault

    return command


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        (DataError("the folder 'x' is empty", hint="Put images in."), 1, "the folder 'x' is empty"),
        (OSError(28, "No space left on device", "out.png"), 1, "out.png: No space left on device"),
        (OSError(28, "No space left on device"), 1, "the output: No space left on device"),
        (MemoryError(), 1, "out of memory"),
        (BrokenPipeError(32, "Broken pipe"), 0, ""),
        (KeyboardInterrupt(), 130, "Interrupted."),
        (ZeroDivisionError("ours"), 3, "this is a fault of cnncli"),
    ],
)
def test_each_fault_has_its_exit_code_and_message(
    fault: BaseException, code: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys
):
    # A command that raises: the table of commands is the public place to add one.
    monkeypatch.setattr(sys.modules[__name__], "failing", _raising(fault), raising=False)
    entry = Entry("fail", f"{__name__}:failing", "Fail.", "Test")
    monkeypatch.setattr("cnncli.cli.COMMANDS", (entry,))
    assert main(["fail"]) == code
    err = capsys.readouterr().err
    assert said in err
    assert ("Traceback" in err) == (code == ExitCode.BUG)


def test_a_closed_pipe_ends_quietly_with_0():
    shell = f"set -o pipefail; {sys.executable} -m cnncli --help | true"
    done = subprocess.run(
        ["bash", "-c", shell], env=ENVIRONMENT, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("argv", [["--help"], ["list"], ["show", "lesson"]])
def test_a_full_disk_on_stdout_is_said(argv: list[str]):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*CNNCLI, *argv], stdout=full, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT
        )
    assert done.returncode == ExitCode.FAILED
    assert done.stderr == "error: the output: No space left on device\n"


# Ctrl-C comes just when a module is imported, which no machine is too fast or too slow for.
INTERRUPTED = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.{handler})
def press(event, arguments):
    if event == "import" and arguments[0] == "{module}":
        os.kill(os.getpid(), signal.SIGINT)
sys.addaudithook(press)
from cnncli.__main__ import run
run()
"""


def pressed(module: str, handler: str, *argv: str) -> subprocess.CompletedProcess[str]:
    code = INTERRUPTED.format(module=module, handler=handler)
    return subprocess.run(
        [sys.executable, "-c", code, *argv], capture_output=True, text=True, env=ENVIRONMENT
    )


@pytest.mark.tensorflow_process
@pytest.mark.parametrize(
    "module", ["typer", "cnncli.network.architecture", "keras", "tensorflow.python.framework.ops"]
)
def test_ctrl_c_at_the_start_and_while_tensorflow_is_imported(module: str):
    done = pressed(module, "default_int_handler", "summary", "lesson", "--no-cache")
    assert (done.returncode, done.stdout) == (ExitCode.INTERRUPTED, "")
    assert done.stderr in ("", "Interrupted.\n")


@pytest.mark.tensorflow_process
def test_ctrl_c_stays_ignored_where_it_was_from_the_start(cli: Cli):
    right = cli("summary", "lesson").out
    done = pressed("tensorflow", "SIG_IGN", "summary", "lesson", "--no-cache")
    assert (done.returncode, done.stdout) == (0, right)


def test_a_note_stands_on_a_line_of_its_own_while_something_is_under_way():
    with terminal(80, "stderr") as screen, console.status("Working"):
        console.note("Said.")
    assert screen.shown == "Working ...\r\x1b[KSaid.\nWorking ...\r\x1b[K"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("convolve sample:mri --kernel sobel --animate -o a.gif", "--animate takes "),
        ("evaluate run --assert --json", "--assert takes "),
    ],
)
def test_an_option_is_no_value_of_another(cli: Cli, typed: str, said: str):
    result = cli(*typed.split())
    assert result.code == ExitCode.USAGE
    assert said in result.err and ", not -" in result.err


def test_so_does_a_result():
    with terminal(80, "stderr") as screen, terminal(80) as out, console.status("Drawing"):
        console.result("picture-1.png")
    assert out.shown == "picture-1.png\n"
    assert screen.shown == "Drawing ...\r\x1b[KDrawing ...\r\x1b[K"


@pytest.mark.parametrize(("folds", "lines"), [(True, ["one two", "three"]), (False, [])])
def test_prose_breaks_between_words_on_a_terminal(folds: bool, lines: list[str], cli: Cli):
    with terminal(8) as screen:
        console.result("one two three", folds=folds)
    assert screen.shown.splitlines() == (lines or ["one two three"])


@pytest.mark.parametrize(
    "command",
    [
        ["validate", "missing.yaml", "--format", "github"],
        ["summary", "missing.yaml", "--format", "csv"],
        ["runs", "missing", "--format", "markdown"],
        ["evaluate", "missing", "--format", "csv"],
        ["predict", "missing", "missing.png", "--format", "csv"],
        ["activations", "missing", "--format", "csv"],
    ],
    ids=lambda command: command[0],
)
def test_json_and_a_format_are_refused_before_anything_is_read(cli: Cli, command: list[str]):
    result = cli(*command, "--json")
    assert (result.code, result.out) == (2, "")
    assert f"--json and --format {command[-1]} are two answers" in result.err


@pytest.mark.parametrize("command", ["runs", "evaluate", "predict"])
def test_a_format_that_is_none_is_answered_with_those_there_are(cli: Cli, command: str):
    result = cli(command, "missing", "missing.png", "--format", "xml")
    assert result.code == 2
    assert "csv" in result.err and "markdown" in result.err


@pytest.mark.parametrize(
    ("code", "command"),
    [
        *[(2, f"{name} none.yaml") for name in ("summary", "show", "validate", "export")],
        *[(2, f"{name} none.keras") for name in ("summary", "import", "diagram", "export")],
        (2, "import none.py:make"),
        (2, "compare none.keras lesson"),
        (2, "features none.keras sample:mri"),
        (2, "train . --arch none.yaml"),
        (2, "data . --augmented sheet.png --arch none.yaml"),
        (1, "data none"),
        (1, "train none"),
        (1, "train --resume none"),
        (1, "evaluate none.keras"),
        (1, "predict none.keras none.png"),
        (1, "runs none"),
        (1, "runs none none"),
        (1, "convolve none.png"),
        (1, "pool none.png"),
        (1, "features lesson none.png"),
    ],
)
def test_a_missing_architecture_is_wrong_usage_and_missing_data_a_failure(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, command: str
):
    monkeypatch.chdir(tmp_path)
    result = cli(*command.split())
    assert result.code == code
    assert "no such" in result.out + result.err or "no run" in result.err


ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONWARNINGS": "error"}


def test_a_number_stands_in_one_line_with_how_well_it_is_known():
    with terminal(30) as screen:
        console.result("accuracy of all images 0.965 ± 0.009 over 5 folds", folds=True)
    assert screen.shown == "accuracy of all images\n0.965 ± 0.009 over 5 folds\n"


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["new", "ü.yaml"], 0),
        (["new", "-"], 0),
        (["validate", "kaputt-ü.yaml"], 2),
        (["convolve", "sample:mri", "-k", "sobel", "-o", "ü.png"], 0),
        (["neuron", "-o", "ü.svg"], 0),
        (["data", "ü"], 1),
        (["schema", "-o", "ü.json"], 0),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else None,
)
def test_neither_ascii_nor_warnings_as_errors_are_a_fault(
    argv: list[str], code: int, tmp_path: Path
):
    done = subprocess.run(
        [*CNNCLI, *argv], env=ENVIRONMENT | ASCII, cwd=tmp_path, capture_output=True
    )
    assert (done.returncode, b"Traceback" in done.stderr) == (code, False), done.stderr
    for written in tmp_path.glob("ü.yaml"):
        assert "cnncli summary ü.yaml" in written.read_text(encoding="utf-8")


def test_a_path_comes_out_with_its_bytes_under_every_locale(tmp_path: Path):
    argv = ["convolve", "mri-ü.png", "-k", "sobel"]
    (tmp_path / "mri-ü.png").write_bytes(_png())
    done = subprocess.run(
        [*CNNCLI, *argv], env=ENVIRONMENT | ASCII, cwd=tmp_path, capture_output=True
    )
    (written,) = tmp_path.glob("*sobel*")
    assert (done.returncode, done.stdout) == (0, os.fsencode(written.name) + b"\n"), done.stderr


def _png() -> bytes:
    file = io.BytesIO()
    Image.new("L", (8, 8), 128).save(file, "PNG")
    return file.getvalue()


def test_a_read_only_home_is_no_matter(tmp_path: Path):
    nowhere = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"), "/proc/none")
    for argv in (["neuron", "-o", "a.svg"], ["activations", "-o", "b.png"]):
        done = subprocess.run(
            [*CNNCLI, *argv],
            env=ENVIRONMENT | nowhere,
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, f"Wrote {argv[-1]}\n")


def test_no_help_text_names_a_file_that_a_wheel_lacks(cli: Cli):
    for entry in COMMANDS:
        assert "docs/" not in cli(entry.name, "--help").out
