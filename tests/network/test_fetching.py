"""Weights are fetched whole, or not at all; whatever goes wrong, one line says what and where."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnncli.cache import WEIGHTS
from cnncli.errors import ModelError
from cnncli.network.backend import load_keras
from cnncli.network.build import build
from cnncli.network.other_weights import fetched
from cnncli.network.sources import sources
from cnncli.pretrained import fetch
from cnncli.pretrained.weights import Weights, digest_of
from cnncli.spec import load_text
from tests.conftest import Cli
from tests.network.server import Server, serving

NAME = "mobilenet_2_5_128_tf_no_top.h5"
SPEC = "input: [128, 128, 3]\nlayers:\n  - applications.MobileNet: {alpha: 0.25, pooling: avg}\n"


@pytest.fixture(scope="module")
def network() -> Any:
    """The network that the weights are for."""
    keras = load_keras()
    keras.utils.set_random_seed(3)
    return keras.applications.MobileNet(
        weights=None, include_top=False, alpha=0.25, input_shape=(128, 128, 3)
    )


@pytest.fixture(scope="module")
def content(network: Any, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Weights as Keras has them on its server: HDF5 of its older kind."""
    import h5py
    from keras.src.legacy.saving import legacy_h5_format

    path = tmp_path_factory.mktemp("content") / NAME
    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, network)
    return path.read_bytes()


@pytest.fixture
def obtain(network: Any) -> Callable[[], Path]:
    """Have the network take its weights, as one does that is built."""
    place = "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet/"
    return lambda: fetched(network, Weights(NAME, place + NAME))


@pytest.fixture
def server(content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv(fetch.OFFLINE, "0")
    monkeypatch.setenv(fetch.TIMEOUT, "0.5")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving(Server(content)) as made:
        monkeypatch.setenv("CNNCLI_WEIGHTS_MIRROR", f"{made.address}/of/ours/")
        yield made


def kept() -> list[str]:
    """The files that are kept, but for the lock."""
    return sorted(p.name for p, _ in WEIGHTS.files() if not p.name.endswith(".lock"))


def test_it_is_fetched_once_from_where_keras_has_it(server: Server, content: bytes) -> None:
    model = build(load_text(SPEC))
    (asked,) = server.asked
    assert asked == f"/of/ours/tensorflow/keras-applications/mobilenet/{NAME}"
    assert kept() == [NAME]
    build(load_text(SPEC))
    assert len(server.asked) == 1
    (about,) = sources(model)
    assert about["sha256"] == digest_of(WEIGHTS.folder / NAME)
    assert about["address"].startswith("https://storage.googleapis.com/")
    keras = load_keras()
    theirs = keras.applications.MobileNet(
        weights=str(WEIGHTS.folder / NAME), include_top=False, pooling="avg", alpha=0.25,
        input_shape=(128, 128, 3),
    )  # fmt: skip
    x = np.random.default_rng(0).uniform(0, 255, (2, 128, 128, 3)).astype("float32")
    fed = keras.applications.mobilenet.preprocess_input(x.copy())
    expected = theirs.predict(fed, verbose=0)
    np.testing.assert_allclose(
        model.predict(x, verbose=0), expected, atol=1e-5 * np.abs(expected).max(), rtol=0
    )


def test_shapes_alone_fetch_nothing(server: Server, cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(SPEC)
    assert cli("validate", "--build", tmp_path / "net.yaml").code == 0
    assert cli("summary", tmp_path / "net.yaml").code == 0
    assert server.asked == []


def test_a_command_says_what_it_fetches(server: Server, cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(SPEC)
    result = cli("export", tmp_path / "net.yaml", "-o", tmp_path / "net.keras")
    assert result.code == 0
    place = WEIGHTS.folder
    assert f"/mobilenet/{NAME} ({len(server.content) / 1e6:,.1f} MB) into {place}" in result.err
    listed = cli("cache", "--json").out
    assert f'"bytes": {len(server.content)}' in listed
    assert "weights: 1 removed" in cli("cache", "weights", "--clear").out  # its lock is none
    assert kept() == []


@pytest.mark.parametrize(("digest", "why"), [(None, "holds no weights of"), ("0" * 32, "digest")])
def test_a_file_that_lies_there_and_is_not_these_weights_is_told(
    digest: str | None, why: str, server: Server, network: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = Weights(NAME, f"https://storage.googleapis.com/mobilenet/{NAME}", digest)
    weights.place.parent.mkdir(parents=True)
    weights.place.write_bytes(server.content[:5000])
    monkeypatch.setenv(fetch.OFFLINE, "1")
    with pytest.raises(ModelError) as failed:
        fetched(network, weights)
    begins = f"{weights.place} lies there, but is not these weights (5,000 bytes; "
    assert failed.value.message.startswith(begins)
    assert why in failed.value.message
    assert "fetching is forbidden" in failed.value.message
    assert weights.place.stat().st_size == 5000
    monkeypatch.setenv(fetch.OFFLINE, "0")
    if digest is None:
        assert fetched(network, weights).stat().st_size == len(server.content)


BAD_DAYS = {
    "not there": ({"status": 404}, "is refused: 404 Not Found"),
    "part": ({"whole": 1000}, "came only in part: 1,000 of"),
    "other": ({"content": b"<html>Please log in</html>"}, "is another file there than it should"),
    "none": ({"content": b""}, "is another file there than it should"),
    "silent": ({"silent": True}, "no answer for 0.5 seconds"),
}


@pytest.mark.parametrize("day", BAD_DAYS)
def test_a_bad_day_leaves_nothing_and_the_next_goes_well(
    day: str, server: Server, obtain: Callable[[], Path]
) -> None:
    changes, said = BAD_DAYS[day]
    good = {name: getattr(server, name) for name in changes}
    for name, value in changes.items():
        setattr(server, name, value)
    with pytest.raises(ModelError) as failed:
        obtain()
    assert said in failed.value.message
    assert f"{server.address}/of/ours/tensorflow" in failed.value.message
    assert failed.value.hint is not None
    assert str(WEIGHTS.folder / NAME) in failed.value.hint
    assert "\n" not in failed.value.message
    assert kept() == []
    for name, value in good.items():
        setattr(server, name, value)
    obtain()
    assert kept() == [NAME]


def test_a_slow_server_is_waited_for(server: Server, obtain: Callable[[], Path]) -> None:
    server.pause = 0.1  # eight times: more than the silence that is borne
    obtain()
    assert kept() == [NAME]


def test_a_command_ends_with_1_and_one_line(server: Server, cli: Cli, tmp_path: Path) -> None:
    server.status = 404
    (tmp_path / "net.yaml").write_text(SPEC)
    result = cli("export", tmp_path / "net.yaml", "-o", tmp_path / "net.keras")
    assert result.code == 1
    assert [line.partition(":")[0] for line in result.err.splitlines()] == ["error", "By hand"]
    assert not (tmp_path / "net.keras").exists()


def test_a_server_that_is_not_there(
    server: Server, obtain: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNNCLI_WEIGHTS_MIRROR", "http://127.0.0.1:9")
    with pytest.raises(ModelError, match="cannot be reached: Connection refused"):
        obtain()


def test_offline_fetches_nothing(server: Server, cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(SPEC)
    result = cli("export", tmp_path / "net.yaml", "-o", tmp_path / "net.keras", "--offline")
    assert result.code == 1
    assert "fetching is forbidden" in result.err
    assert f"put it here as {WEIGHTS.folder / NAME}" in " ".join(result.err.split())
    assert server.asked == []


@pytest.mark.parametrize("place", ["ours", "keras"])
def test_a_file_that_was_put_there_by_hand_is_taken(
    place: str,
    server: Server,
    obtain: Callable[[], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(fetch.OFFLINE, "1")
    folder = WEIGHTS.folder if place == "ours" else tmp_path / "keras" / "models"
    folder.mkdir(parents=True)
    (folder / NAME).write_bytes(server.content[:5000])
    with pytest.raises(ModelError, match="fetching is forbidden"):
        obtain()
    (folder / NAME).write_bytes(server.content)
    obtain()
    assert server.asked == []


def test_half_a_file_is_fetched_again(server: Server, obtain: Callable[[], Path]) -> None:
    WEIGHTS.folder.mkdir(parents=True)
    (WEIGHTS.folder / NAME).write_bytes(server.content[: len(server.content) // 2])
    obtain()
    assert (WEIGHTS.folder / NAME).read_bytes() == server.content


def test_a_digest_that_differs_is_told(server: Server) -> None:
    read: list[Path] = []
    wrong = Weights(NAME, "https://storage.googleapis.com/x", "0" * 32)
    with pytest.raises(ModelError, match="its digest differs"):
        fetch.obtain(wrong, read.append)
    assert read == []
    assert kept() == []


def test_a_folder_that_cannot_be_written(
    server: Server, obtain: Callable[[], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(ModelError, match=r"cannot be kept in .*file/cnncli/weights"):
        obtain()
    assert server.asked == []


FETCH = """
import sys
from pathlib import Path
from cnncli.pretrained.fetch import obtain
from cnncli.pretrained.weights import Weights
print("begun", flush=True)
obtain(Weights("a.h5", "https://a.org/a.h5", sys.argv[1]), lambda path: None)
print("done", flush=True)
"""


@contextlib.contextmanager
def process(server: Server) -> Iterator[subprocess.Popen[str]]:
    import hashlib

    digest = hashlib.md5(server.content).hexdigest()
    environment = {**os.environ, fetch.TIMEOUT: "20"}
    with subprocess.Popen(
        [sys.executable, "-c", FETCH, digest], stdout=subprocess.PIPE, text=True, env=environment
    ) as made:
        try:
            yield made
        finally:
            made.kill()


def until(what: object) -> None:
    end = time.monotonic() + 30
    while not what() and time.monotonic() < end:  # type: ignore[operator]
        time.sleep(0.01)


def test_two_processes_fetch_once(server: Server) -> None:
    server.pause = 0.05
    with process(server) as one, process(server) as other:
        for each in (one, other):
            assert each.communicate(timeout=60)[0].split() == ["begun", "done"]
    assert len(server.asked) == 1
    assert kept() == ["a.h5"]


def test_killed_while_fetching_it_is_fetched_anew(server: Server) -> None:
    server.pause = 0.5
    with process(server) as one:
        until(lambda: any(status.st_size for _, status in WEIGHTS.files()))
        one.send_signal(signal.SIGKILL)
        one.wait()
    assert [name.startswith(".a.h5.") for name in kept()] == [True]
    server.pause = 0
    with process(server) as other:
        other.communicate(timeout=60)
    assert kept() == ["a.h5"]
    assert (WEIGHTS.folder / "a.h5").read_bytes() == server.content
