"""Moving and copying files without ever overwriting one, across file systems, too."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

# Why a file gets no second name: another file system, one without links, another's file.
_NO_LINK = (
    errno.EXDEV,
    errno.EPERM,
    errno.EACCES,
    errno.EMLINK,
    errno.ENOSYS,
    errno.ENOTSUP,
    errno.EOPNOTSUPP,
)


def move(source: Path, target: Path) -> None:
    """Move a file; a link stays one, to where it led.

    Raises FileExistsError where `target` is there, another OSError where it cannot be done: the
    file then stands where it was.
    """
    placed = False
    try:
        _put(source, target)
        placed = True
        with contextlib.suppress(FileNotFoundError):  # `_rename` has moved it
            source.unlink()
    except BaseException:
        if placed and os.path.lexists(source):
            target.unlink()
        raise


def copy(source: Path, target: Path) -> None:
    """Copy a file with its times; `target` is there when it is whole.

    Raises FileExistsError where `target` is there, another OSError where it cannot be done.
    """
    temporary = target.with_name(f".{target.stem[:40]}-{os.urandom(4).hex()}.part")
    try:
        shutil.copy2(source, temporary)
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        _name(temporary, target)
    except OSError as error:
        if error.filename is not None and os.fsdecode(error.filename) == str(temporary):
            error.filename = str(target)
        raise
    finally:
        temporary.unlink(missing_ok=True)


def is_same(first: Path, second: Path) -> bool:
    """Whether two files have the same content."""
    import filecmp

    return filecmp.cmp(first, second, shallow=False)


def is_half_moved(source: Path, target: Path) -> bool:
    """Whether `move` was killed when the file stood at both places already."""
    if not (source.is_file() and target.is_file()) or source.is_symlink() != target.is_symlink():
        return False
    if source.samefile(target):
        return True
    return source.stat().st_dev != target.stat().st_dev and is_same(source, target)


def _put(source: Path, target: Path) -> None:
    """Let `target` be what `source` is."""
    if source.is_symlink():
        target.symlink_to(os.path.abspath(source.parent / source.readlink()))  # noqa: PTH100
        return
    _or_else(source, target, _rename)


def _name(temporary: Path, target: Path) -> None:
    _or_else(temporary, target, _claim)


def _or_else(source: Path, target: Path, otherwise: Callable[[Path, Path], None]) -> None:
    """Give a file a second name, which fails where something has it; else do it otherwise."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in _NO_LINK:
            raise
        otherwise(source, target)


def _rename(source: Path, target: Path) -> None:
    try:
        _claim(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        copy(source, target)


def _claim(source: Path, target: Path) -> None:
    """Take a name that nothing has with an empty file, and replace that."""
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
    try:
        source.replace(target)
    except BaseException:
        if os.path.lexists(source):  # a Ctrl-C may come just behind it
            target.unlink()
        raise
