"""Writing files whole: a reader sees the old content or the new one, never half of it.

There is one way of writing for all commands. A regular file is written beside its place and
renamed; a link is followed to the file that it names; what is no regular file (a device, a FIFO,
`/dev/stdout`, `/dev/fd/63` of a process substitution) is written through and stays what it is.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

LINKS = 40  # as many as Linux follows
DESCRIPTORS = ("/dev/fd", "/proc/self/fd")


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path; once the block is done, what was written there stands at `path`.

    The temporary name keeps the ending of `path`, which many writers choose their format by.
    A file that was there keeps its mode, and its owner where the system allows it. When the
    block fails, the temporary file is removed and nothing has changed.
    """
    path = temporary = Path(path)
    try:
        if is_stream(path):
            import tempfile

            with tempfile.TemporaryDirectory() as folder:
                temporary = Path(folder, f"written{path.suffix}")
                yield temporary
                _write_through(temporary, path)
            return
        with _beside(Path(os.path.realpath(path))) as temporary:
            yield temporary
    except OSError as error:
        _name_as_asked(error, path, lambda failed: failed.name == temporary.name)
        raise


@contextlib.contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Give a temporary folder; once the block is done, it stands at `path`.

    What was there, file or folder, is gone then. When the block fails, nothing has changed.
    """
    import shutil

    path = Path(os.path.realpath(path))
    temporary = path.with_name(f".{path.name[:40]}-{os.urandom(4).hex()}")
    before = temporary.with_name(f"{temporary.name}-before")
    temporary.mkdir()
    try:
        yield temporary
        if os.path.lexists(path):
            path.rename(before)
        temporary.rename(path)
        _sync_folder(path.parent)
    except OSError as error:
        _name_as_asked(error, path, lambda failed: failed.is_relative_to(temporary))
        raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(before, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8, whole or not at all."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write `content`, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def read(path: Path, most: int) -> bytes:
    """Return the content of a regular file of at most `most` bytes; OSError for anything else."""
    # Not blocking: opening a FIFO would wait for somebody to write into it.
    number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    with open(number, "rb") as file:  # noqa: PTH123 (a number)
        found = os.fstat(number)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "is no regular file", str(path))
        if found.st_size > most:
            raise OSError(errno.EFBIG, f"has more than {most:,} bytes", str(path))
        return file.read()


@contextlib.contextmanager
def writing_through(path: Path) -> Iterator[BinaryIO]:
    """Open what `is_stream` to write to, piece by piece; an error has its name."""
    try:
        with stream(path) as sink:
            yield sink
    except OSError as error:
        _name_as_asked(error, path, lambda failed: False)
        raise


def is_stream(path: Path) -> bool:
    """Whether `path` is a device, a FIFO, a socket or an open descriptor: nothing to replace."""
    if descriptor(path) is not None:
        return True
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def stream(path: Path) -> BinaryIO:
    """Open what `is_stream` to write to; it is neither made nor cut short."""
    number = descriptor(path)
    target = os.dup(number) if number is not None else os.open(path, os.O_WRONLY | os.O_NOCTTY)
    return open(target, "wb")  # noqa: PTH123 (a number)


def descriptor(path: Path) -> int | None:
    """Return the number behind `/dev/stdout` and `/dev/fd/N`, links to them included.

    What is opened anew under such a name begins at the start of the file, and loses what others
    have written to it before.
    """
    folders = {os.path.realpath(folder) for folder in DESCRIPTORS}
    for _ in range(LINKS):
        if path.name.isdecimal() and os.path.realpath(path.parent) in folders:
            return int(path.name)
        if not path.is_symlink():
            return None
        path = path.parent / path.readlink()
    return None


def why_not(path: Path) -> str | None:
    """Return why nothing can be written to `path`, or None where it can; opens nothing."""
    number = descriptor(path)
    if number is not None:
        return _closed(number)
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:  # a link that leads nowhere is made good there
        return _no_room(_folder(path))
    except OSError as error:  # a circle of links, a file for a folder, a name that is too long
        return error.strerror
    if stat.S_ISDIR(mode):
        return "it is a folder"
    if stat.S_ISSOCK(mode):
        return "it is a socket"
    if not os.access(path, os.W_OK):
        return "permission denied"
    return _no_room(_folder(path)) if stat.S_ISREG(mode) else None


def why_no_folder(path: Path) -> str | None:
    """Return why no folder can be at `path`, made with those above it where none is."""
    there = path
    while not os.path.lexists(there):
        there = there.parent
    return _no_room(there)


def _folder(path: Path) -> Path:
    """Return the folder in which a file is made, as the user named it unless links lead away."""
    return Path(os.path.realpath(path)).parent if path.is_symlink() else path.parent


def _name_as_asked(error: OSError, path: Path, is_ours: Callable[[Path], bool]) -> None:
    """Give an error the name that the user knows for one of ours, or for none.

    Python knows no name for what fails behind the opening. Of a copy it knows two: where the disk
    is full, it is the second that failed.
    """
    is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    failed = (is_full and error.filename2) or error.filename
    if failed is None or is_ours(Path(os.fsdecode(failed))):
        error.filename = str(path)


def _closed(number: int) -> str | None:
    try:
        flags = fcntl.fcntl(number, fcntl.F_GETFL)
    except OSError as error:
        return error.strerror
    return "it is open for reading only" if flags & os.O_ACCMODE == os.O_RDONLY else None


def _no_room(folder: Path) -> str | None:
    """Return why no file can be made in a folder."""
    if not folder.is_dir():
        return f"{folder} {'is not a folder' if folder.exists() else 'does not exist'}"
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        return f"{folder} is on a read-only file system"
    return None if os.access(folder, os.W_OK | os.X_OK) else f"permission denied in {folder}"


@contextlib.contextmanager
def _beside(path: Path) -> Iterator[Path]:
    before = path.stat() if path.exists() else None
    # Names have at most 255 bytes, and a letter up to four.
    name = f".{path.stem[:40]}-{os.urandom(4).hex()}{path.suffix[:10]}"
    temporary = path.with_name(name)
    try:
        # What was closed to others does not stand open to them while it is written.
        mode = 0o666 if before is None else 0o600
        os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
        yield temporary
        if before is not None:
            _keep(before, temporary)
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _keep(before: os.stat_result, path: Path) -> None:
    """Give `path` the owner, group and mode of a file; another's owner only the superuser can."""
    for owner, group in ((before.st_uid, -1), (-1, before.st_gid)):
        with contextlib.suppress(PermissionError):
            os.chown(path, owner, group)
    path.chmod(stat.S_IMODE(before.st_mode))


def _write_through(source: Path, path: Path) -> None:
    import shutil

    with source.open("rb") as content, stream(path) as sink:
        shutil.copyfileobj(content, sink)


def _sync_folder(folder: Path) -> None:
    # The new name itself must outlive a power cut; some file systems refuse this, rightly.
    with contextlib.suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
