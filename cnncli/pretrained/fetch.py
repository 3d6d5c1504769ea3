"""Weights are fetched: said before, bounded in time, checked, and kept whole or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from cnncli.errors import CnncliError, ModelError
from cnncli.pretrained.weights import Weights

OFFLINE = "CNNCLI_OFFLINE"
# Seconds of silence after which a server is taken to be gone.
TIMEOUT = "CNNCLI_TIMEOUT"
_SILENCE = 30.0
_PIECE = 1 << 18  # bytes
_LARGEST = 5_000_000_000  # the weights of NASNetLarge are 0.34 of it

Progress = Callable[[int, int], None]  # bytes that are here, of how many (0: not known)
# Told of a file before it is fetched, with its size (0: not known); shows how far that has come.
Watch = Callable[[Weights, int], AbstractContextManager[Progress]]
Read = Callable[[Path], None]  # gives a network these weights; raises ModelError where it cannot


@contextlib.contextmanager
def _unwatched(weights: Weights, size: int) -> Iterator[Progress]:
    yield lambda done, total: None


_watch: list[Watch] = [_unwatched]


def watch(function: Watch) -> None:
    """Let `function` be told of what is fetched from now on; of itself the core says nothing."""
    _watch[-1] = function


def is_offline() -> bool:
    """Whether the environment forbids to fetch anything."""
    return os.environ.get(OFFLINE, "") not in ("", "0")


def obtain(weights: Weights, read: Read) -> Path:
    """Have `read` take the weights from where they are kept, else from where Keras has them.

    What was fetched is read before it is kept. Returns the file. Raises ModelError, with the
    address and the place for the file, where it cannot be had.
    """
    unfit: list[str] = []
    try:
        return _kept(weights, read, unfit) or _brought(weights, read)
    except ModelError as error:
        if not unfit:
            raise
        raise ModelError(f"{unfit[0]}. {error.message}", hint=error.hint) from error


def _brought(weights: Weights, read: Read) -> Path:
    """Fetch weights that are not here; raises ModelError where they cannot be had."""
    if is_offline():
        raise _absent(weights, f"is not here, and fetching is forbidden ({OFFLINE}, --offline)")
    try:
        with _alone(weights.place):
            return _kept(weights, read, []) or _fetched(weights, read)  # by another, meanwhile
    except OSError as error:
        where = weights.place.parent
        raise _absent(weights, f"cannot be kept in {where}: {error.strerror or error}") from error


def _kept(weights: Weights, read: Read, unfit: list[str]) -> Path | None:
    """Read what is here already; None where nothing is, or nothing that is whole.

    `unfit` gets a sentence of each file that lies there and is not these weights.
    """
    for path in weights.found():
        try:
            if weights.is_whole(path):
                read(path)
                return path
            unfit.append(_unfit(path, "its digest differs"))
        except ModelError as error:
            unfit.append(_unfit(path, error.message.removeprefix(f"{path}: ")))
        except OSError as error:
            unfit.append(_unfit(path, str(error.strerror or error)))
    return None


def _unfit(path: Path, why: str) -> str:
    size = path.stat().st_size if path.exists() else 0
    return f"{path} lies there, but is not these weights ({size:,} bytes; {why})"


@contextlib.contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Let one process at a time fetch a file; the others wait, and then find it."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with (place.parent / f".{place.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetched(weights: Weights, read: Read) -> Path:
    for left in weights.place.parent.glob(f".{weights.name}.*.h5"):  # by one that was killed
        left.unlink(missing_ok=True)
    temporary = weights.place.with_name(f".{weights.name}.{os.getpid()}.h5")
    try:
        _download(weights, temporary)
        if not weights.is_whole(temporary):
            raise _absent(weights, "is another file there than it should be (its digest differs)")
        try:
            read(temporary)
        except ModelError as error:
            why = error.message.replace(str(temporary), "it")
            raise _absent(weights, f"is another file there than it should be: {why}") from error
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(weights.place)
    finally:
        temporary.unlink(missing_ok=True)
    return weights.place


def _download(weights: Weights, target: Path) -> None:
    """Write what stands at the address to `target`, all of it."""
    seconds = _seconds()
    try:
        with _opened(weights.asked_at, seconds) as answer:
            _receive(answer, weights, target)
    except CnncliError:
        raise
    except urllib.error.HTTPError as error:
        raise _absent(weights, f"is refused: {error.code} {error.reason}") from error
    except TimeoutError as error:
        raise _absent(weights, f"does not come: no answer for {seconds:g} seconds") from error
    except (urllib.error.URLError, http.client.HTTPException, ConnectionError) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, TimeoutError):
            raise _absent(weights, f"does not come: no answer for {seconds:g} seconds") from error
        raise _absent(weights, f"cannot be reached: {_plain(reason)}") from error


def _receive(answer: Any, weights: Weights, target: Path) -> None:
    size = int(answer.headers.get("Content-Length") or 0)
    done = 0
    with _watch[-1](weights, size) as show, target.open("wb") as file:
        while piece := answer.read(_PIECE):
            file.write(piece)
            done += len(piece)
            show(done, size)
            if done > (size or _LARGEST):
                raise _absent(weights, "is larger than it should be")
    if size and done < size:
        raise _absent(weights, f"came only in part: {done:,} of {size:,} bytes")


class _NoDowngrade(urllib.request.HTTPRedirectHandler):
    """Follows a server to another address, but not from an encrypted one to one that is not."""

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, to: str
    ) -> Any:
        if req.full_url.startswith("https:") and not to.startswith("https:"):
            raise urllib.error.URLError(f"it leads to {to}, which is not encrypted")
        return super().redirect_request(req, fp, code, msg, headers, to)


def _opened(address: str, seconds: float) -> Any:
    request = urllib.request.Request(address, headers={"User-Agent": "cnncli"})
    return urllib.request.build_opener(_NoDowngrade).open(request, timeout=seconds)


def _seconds() -> float:
    with contextlib.suppress(ValueError):
        seconds = float(os.environ.get(TIMEOUT, _SILENCE))
        if seconds > 0:
            return seconds
    return _SILENCE


def _plain(reason: object) -> str:
    return str(getattr(reason, "strerror", None) or reason)


def _absent(weights: Weights, why: str) -> ModelError:
    return ModelError(
        f"{weights.asked_at}: {why}",
        hint=f"By hand: fetch it elsewhere, and put it here as {weights.place}",
    )
