"""The user's cache: bounded, checked, and no reason to fail."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from cnncli.cache import CACHES, Cache
from tests.conftest import Cli


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cache:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return Cache("things", "for a test", limit_bytes=1000)


def test_what_was_kept_comes_back(cache: Cache):
    assert cache.read("key") is None
    cache.write("key", b"content")
    assert cache.read("key") == b"content"
    assert cache.read("another") is None


def test_the_least_recently_used_go_first(cache: Cache):
    for index in range(4):
        cache.write(f"key {index}", bytes(200))
        for path, _ in cache.files():
            os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 10))
    assert cache.read("key 1") is None or cache.read("key 0") is None
    assert cache.read("key 3") == bytes(200)
    assert sum(status.st_size for _, status in cache.files()) <= 1000


def test_use_keeps_a_file_young(cache: Cache):
    cache.write("old", bytes(300))
    for path, _ in cache.files():
        os.utime(path, (0, 0))
    assert cache.read("old") == bytes(300)
    for path, status in cache.files():
        assert status.st_mtime > 0, path


def test_a_file_of_another_key_is_not_believed(cache: Cache):
    cache.write("one", b"of one")
    (path,) = [path for path, _ in cache.files()]
    cache.write("two", b"of two")
    two = next(other for other, _ in cache.files() if other != path)
    two.write_bytes(path.read_bytes())
    assert cache.read("two") is None


def test_what_a_killed_process_left_goes_in_the_end(cache: Cache):
    cache.write("key", b"content")
    left = cache.folder / ".half-1234"
    left.write_bytes(b"half")
    cache.trim()
    assert left.exists()  # it may still be written
    os.utime(left, (0, 0))
    cache.trim()
    assert not left.exists()
    assert cache.read("key") == b"content"


def test_the_command_shows_and_clears(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first, *others = CACHES
    first.write("key", bytes(100))
    shown = json.loads(cli("cache", "--json").out)
    assert [kind["name"] for kind in shown] == [kind.name for kind in CACHES]
    assert shown[0]["entries"] == 1 and shown[0]["bytes"] > 100
    assert cli("cache", *(kind.name for kind in others), "--clear").code == 0
    assert first.read("key") is not None
    assert cli("cache", "--clear").code == 0
    assert first.read("key") is None
    assert cli("cache", "--clear").code == 0


def test_an_unknown_cache_is_wrong_usage(cli: Cli):
    result = cli("cache", "nothing", "--clear")
    assert result.code == 2
    assert "summaries, images" in result.err
