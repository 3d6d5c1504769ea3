"""What `-o` may name, for all commands that write: nothing but a regular file is ever replaced."""

from __future__ import annotations

import errno
import os
import socket
import stat
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer import Typer
from typer import main as typer_main

from cnncli.registry import COMMANDS
from tests.conftest import Cli
from tests.forker import Forker

# All that writes, by the option that names the file; {o} stands for it.
WRITERS = {
    "new FILE": ("a.yaml", "new {o}"),
    "schema --output": ("a.json", "schema -o {o}"),
    "import --output": ("a.yaml", "import {model} -o {o}"),
    "diagram --output": ("a.dot", "diagram -o {o}"),
    "export --output": ("a.py", "export -o {o} --format python"),
    "export --output of a run": ("a.keras", "export {run} -o {o} --format keras"),
    "convolve --output": ("a.png", "convolve {image} -k outline -o {o}"),
    "convolve --output, raw": ("a.npy", "convolve {image} -k outline --raw -o {o}"),
    "convolve --animate": ("a.gif", "convolve {image} -k outline --animate {o}"),
    "convolve --html": ("a.html", "convolve {image} -k outline --html {o}"),
    "pool --output": ("a.png", "pool {image} -o {o}"),
    "pool --output of a matrix": ("a.npy", "pool -o {o}"),
    "features --output": ("a.png", "features {run} {image} -o {o}"),
    "features --output, values": ("a.npz", "features {run} {image} -o {o}"),
    "explain --output": ("a.png", "explain {run} {image} --method gradient -o {o}"),
    "explain --raw": ("a.npz", "explain {run} {image} --method gradient --raw {o}"),
    "evaluate --predictions": ("a.csv", "evaluate {run} --predictions {o}"),
    "filters --output": ("a.png", "filters {run} -o {o}"),
    "filters --raw": ("a.npz", "filters {run} --raw {o}"),
    "curves --output": ("a.png", "curves {run} -o {o}"),
    "report --output": ("a.html", "report {run} -o {o}"),
    "mistakes --output": ("a.csv", "mistakes {run} -o {o}"),
    "predict --output": ("a.jsonl", "predict {run} {image} -o {o}"),
    "neuron --output": ("a.svg", "neuron -o {o}"),
    "activations --output": ("a.svg", "activations relu -o {o}"),
    "data --output": ("a.png", "data {images} -o {o}"),
    "data --augmented": (
        "a.png",
        "data {images} --arch {spec} --augmented {o} --augment RandomFlip",
    ),
    "data --array": ("a.npy", "data {images} --arch {spec} --array {o}"),
}
WRITING = ("output", "animate", "html", "augmented", "array", "raw", "predictions")
STREAMS = [name for name in WRITERS if name not in ("new FILE", "data --array")]
AMID = "evaluate --predictions"  # stdout is taken by the figures
SLOW = ("convolve --animate", "data --augmented", "export --output of a run")
# Those whose first format is another one than that of the ending above.
OTHERWISE = (
    *("activations --output", "neuron --output", "diagram --output", "predict --output"),
    *("features --output, values", "convolve --output, raw", "export --output of a run"),
    "mistakes --output",
)


def quick(*chosen: str, of: Iterable[str] = WRITERS) -> list[Any]:
    """All of these writers; those that were not chosen are slow."""
    return [n if n in chosen else pytest.param(n, marks=pytest.mark.slow) for n in of]


@pytest.fixture
def command(
    tmp_path: Path, images: Path, tiny: Path, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, Path | str], list[str]]:
    """Return a function that fills the file into the command line of a writer."""
    monkeypatch.chdir(tmp_path)
    parts = {
        "images": images,
        "image": images / "left" / "000.png",
        "spec": tiny,
        "run": trained,
        "model": trained / "model.keras",
    }
    return lambda name, output: WRITERS[name][1].format(o=output, **parts).split()


def read_on(path: Path | int) -> Callable[[], bytes]:
    """Read a FIFO or a descriptor to its end, in a thread; return what waits for all of it."""
    found: list[bytes] = []

    def read() -> None:
        with open(path, "rb") as file:  # noqa: PTH123 (or a number)
            found.append(file.read())

    reader = threading.Thread(target=read, daemon=True)
    reader.start()

    def all_of_it() -> bytes:
        reader.join(60)
        return found[0]

    return all_of_it


def device(path: Path, minor: int) -> Path:
    """Return a device of our own: 3 takes all, 7 is always full."""
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, minor))
        with path.open("wb"):
            pass
    except PermissionError:
        pytest.skip("only the superuser makes devices, and not on every file system")
    return path


def test_every_option_that_names_a_file_to_write_is_here() -> None:
    """Those are the ones that take `-` for stdout."""
    found = {"new FILE"}
    for entry in COMMANDS:
        app = Typer()
        app.command()(entry.load())
        for parameter in typer_main.get_command(app).params:
            if parameter.name in WRITING and not parameter.is_flag and parameter.metavar != "DIR":
                found.add(f"{entry.name} --{parameter.name}")
    assert found <= set(WRITERS)


@pytest.mark.parametrize("name", WRITERS)
def test_a_link_is_followed_and_the_file_keeps_its_mode(
    name: str, command, tmp_path: Path, cli: Cli
) -> None:
    ending = Path(WRITERS[name][0]).suffix
    link, file = tmp_path / f"link{ending}", tmp_path / f"file{ending}"
    link.symlink_to(file.name)
    result = cli(*command(name, link))  # leads nowhere yet
    assert result.code == 0, result.err
    assert link.is_symlink() and file.is_file()
    before = file.stat()
    again = cli(*command(name, link))
    assert (again.code, "exists" in again.err, "--force" in again.err) == (2, True, True)
    file.write_bytes(b"old")
    file.chmod(0o640)
    if ending != ".csv":
        (tmp_path / "link.csv").unlink(missing_ok=True)  # which stands beside an array
    assert cli(*command(name, link), "--force").code == 0
    assert link.is_symlink()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert file.stat().st_size == before.st_size
    assert {path.name for path in tmp_path.iterdir()} <= {link.name, file.name, "link.csv"}


@pytest.mark.parametrize("name", STREAMS)
def test_streams_are_written_through(name: str, command, tmp_path: Path, cli: Cli) -> None:
    file, pipe = tmp_path / WRITERS[name][0], tmp_path / f"pipe{Path(WRITERS[name][0]).suffix}"
    assert cli(*command(name, file)).code == 0
    os.mkfifo(pipe)
    received = read_on(pipe)
    result = cli(*command(name, pipe))
    assert (result.code, "Wrote" in result.err) == (0, False)
    assert same(received(), file.read_bytes())
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def same(first: bytes, second: bytes) -> bool:
    """Whether two files are the same; archives hold the time at which they were made."""
    return len(first) == len(second) if first.startswith(b"PK") else first == second


@pytest.mark.parametrize(
    "name", quick("schema --output", "activations --output", "export --output", of=STREAMS)
)
def test_descriptors_are_written_to_where_they_stand(
    name: str, command, tmp_path: Path, cli: Cli
) -> None:
    file = tmp_path / WRITERS[name][0]
    assert cli(*command(name, file)).code == 0
    said = tmp_path / "said"
    descriptor = os.open(said, os.O_WRONLY | os.O_CREAT)
    os.write(descriptor, b"before ")
    assert cli(*command(name, f"/dev/fd/{descriptor}")).code == 0
    os.write(descriptor, b" behind")
    os.close(descriptor)
    content = said.read_bytes()
    assert content.startswith(b"before ") and content.endswith(b" behind")
    assert len(content) > 14
    assert name in OTHERWISE or same(content[7:-7], file.read_bytes())


@pytest.mark.parametrize("name", [name for name in STREAMS if name not in (*SLOW, AMID)])
def test_dev_stdout_is_stdout(name: str, command, cli: Cli) -> None:
    dash, device = cli(*command(name, "-")), cli(*command(name, "/dev/stdout"))
    assert (dash.code, device.code) == (0, 0), device.err
    assert len(dash.out) == len(device.out) > 0


@pytest.mark.parametrize(
    "name", quick("new FILE", "schema --output", "convolve --output", "neuron --output")
)
def test_devices_stay_devices(name: str, command, tmp_path: Path, cli: Cli) -> None:
    ending = Path(WRITERS[name][0]).suffix
    null, full = device(tmp_path / f"null{ending}", 3), device(tmp_path / f"full{ending}", 7)
    assert cli(*command(name, null)).code == 0
    result = cli(*command(name, full))
    assert (result.code, result.err.splitlines()[-1]) == (
        1,
        f"error: {full}: No space left on device",
    )
    assert stat.S_ISCHR(null.stat().st_mode) and stat.S_ISCHR(full.stat().st_mode)
    beside = {"null.csv", "full.csv"} if name == "data --array" else set()
    assert {path.name for path in tmp_path.iterdir()} - beside == {null.name, full.name}


@pytest.mark.parametrize("name", WRITERS)
def test_a_folder_and_a_place_that_is_none_are_refused_before_the_work(
    name: str, command, tmp_path: Path, bare: Forker
) -> None:
    ending = Path(WRITERS[name][0]).suffix
    (tmp_path / f"folder{ending}" / "kept").mkdir(parents=True)
    (tmp_path / "file").touch()
    (tmp_path / "locked").mkdir(mode=0o500)
    (tmp_path / f"written{ending}").write_bytes(b"old")
    (tmp_path / f"written{ending}").chmod(0o400)
    places = {
        f"folder{ending}": "folder",
        f"none/a{ending}": "none does not exist",
        f"file/a{ending}": "cannot be written",
        f"locked/a{ending}": "permission denied",
        f"written{ending}": "permission denied",
    }
    for place, said in places.items():
        if place.startswith("folder") and name.startswith(("convolve --output", "pool")):
            continue  # a picture goes into the folder
        force = ("--force",) if place.startswith("written") else ()
        process = bare.start(*command(name, place), *force, plain=True, cwd=tmp_path)
        assert process.wait() in (1, 2), process.output.read_text()
        assert said in process.output.read_text()
        assert "Traceback" not in process.output.read_text()
    assert (tmp_path / f"written{ending}").read_bytes() == b"old"
    assert (tmp_path / f"folder{ending}" / "kept").is_dir()
    (tmp_path / "locked").chmod(0o700)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", place], capture_output=True, text=True
    )
    if made.returncode != 0:
        pytest.skip(f"no tmpfs can be mounted here: {made.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def fill(disk: Path, room: int = 0) -> None:
    """Leave so many bytes of a small file system."""
    with (disk / "ballast").open("wb", buffering=0) as ballast:
        try:
            while ballast.write(bytes(4096)):
                pass
        except OSError as error:
            assert error.errno == errno.ENOSPC
        ballast.truncate(ballast.tell() - room)


@pytest.mark.parametrize("name", quick("schema --output", "convolve --html"))
@pytest.mark.parametrize("room", [0, 4096])
def test_a_full_disk_leaves_what_was_there(
    name: str, room: int, command, small_disk: Path, cli: Cli
) -> None:
    file = small_disk / WRITERS[name][0]
    file.write_bytes(b"old")
    fill(small_disk, room)
    there = {path.name for path in small_disk.iterdir()}
    result = cli(*command(name, file), "--force")
    if room and result.code == 0:
        assert 3 < file.stat().st_size <= room
        return
    said = [line for line in result.err.splitlines() if line.startswith("error")]
    assert (result.code, said) == (1, [f"error: {file}: No space left on device"])
    assert file.read_bytes() == b"old"
    assert {path.name for path in small_disk.iterdir()} == there


def test_a_read_only_disk_is_said_at_once(command, small_disk: Path, cli: Cli) -> None:
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    file = small_disk / "s.json"
    result = cli(*command("schema --output", file))
    said = f"error: {file} cannot be written: {small_disk} is on a read-only file system\n"
    assert (result.code, result.err) == (1, said)


def test_a_long_name_has_room_for_a_temporary_one(command, tmp_path: Path, cli: Cli) -> None:
    file = tmp_path / f"{'ü' * 123}.json"
    assert cli(*command("schema --output", file)).code == 0
    assert file.is_file()


def test_a_socket_is_refused(command, tmp_path: Path, cli: Cli) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("s.json")
        result = cli(*command("schema --output", "s.json"))
    assert (result.code, result.err) == (1, "error: s.json cannot be written: it is a socket\n")
