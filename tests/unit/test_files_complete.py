"""A file appears under its name only when it is whole."""

import hashlib
import os
import random
import signal
import subprocess
import sys
from array import array
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Barrier, Thread
from typing import Any

import pytest
from tests.full_disk import file_size_limit

from navette.core.files import HashedFile, complete_file

WRITER = """
import sys
from pathlib import Path
from navette.core.files import complete_file
with complete_file(Path(sys.argv[1])) as file:
    file.write(b"new " * 100_000)
    print("writing", flush=True)
    sys.stdin.read()
"""


def test_a_whole_file_has_its_bytes_their_count_and_their_hash(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "folder" / "file.csv"
    with complete_file(path) as file:
        assert file.write(b"one,") == 4
        assert file.write(memoryview(b"two")) == 3
        assert file.write(bytearray(b"\n")) == 1
        assert not path.exists()
    assert path.read_bytes() == b"one,two\n"
    assert file.bytes_written == 8
    assert file.sha256 == hashlib.sha256(b"one,two\n").hexdigest()
    assert os.listdir(path.parent) == ["file.csv"]


@pytest.mark.parametrize("folder", [None, "/dev/shm"], ids=["disk", "memory"])
def test_large_files_are_whole_wherever_the_buffer_ends(tmp_path: Path, folder: str | None) -> None:
    expected = bytearray()
    with TemporaryDirectory(dir=folder) as chosen, complete_file(Path(chosen) / "file") as file:
        for size in (1, 8 << 20, (8 << 20) - 1, 5, (16 << 20) + 4097, 3):
            piece = random.Random(size).randbytes(size)
            assert file.write(piece) == size
            expected += piece
        file.close()
        [path] = Path(chosen).iterdir()
        assert path.read_bytes() == expected
        assert file.sha256 == hashlib.sha256(expected).hexdigest()


def test_bytes_are_counted_not_elements(tmp_path: Path) -> None:
    with complete_file(tmp_path / "file") as file:
        assert file.write(array("i", [1, 2, 3])) == 12
    assert file.bytes_written == (tmp_path / "file").stat().st_size == 12


def test_an_existing_file_is_replaced_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with complete_file(path) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, GeneratorExit])
def test_an_exception_leaves_the_old_file_and_nothing_else(tmp_path: Path, error: type[Any]) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def write_half() -> None:
        with complete_file(path) as file:
            file.write(b"new")
            raise error

    with pytest.raises(error):
        write_half()
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("old", [None, b"old"])
def test_a_killed_writer_leaves_the_name_as_it_was(tmp_path: Path, old: bytes | None) -> None:
    path = tmp_path / "file"
    if old is not None:
        path.write_bytes(old)
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"writing\n"
        writer.send_signal(signal.SIGKILL)
        assert writer.wait() == -signal.SIGKILL
    assert (path.read_bytes() if path.exists() else None) == old
    left = [name for name in os.listdir(tmp_path) if name != "file"]
    assert len(left) == 1, "the writer was killed before it wrote"
    assert left[0].startswith("."), "what a killed writer leaves is hidden"
    with complete_file(path) as file:
        file.write(b"new")
    assert path.read_bytes() == b"new"


def test_threads_that_write_one_name_leave_one_of_their_files_whole(tmp_path: Path) -> None:
    path, both_open = tmp_path / "file", Barrier(2, timeout=10)

    def write(content: bytes) -> None:
        with complete_file(path) as file:
            both_open.wait()
            file.write(content)
            both_open.wait()
            file.write(content)

    contents = [b"a" * 70_000, b"b" * 70_000]
    threads = [Thread(target=write, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_bytes() in [content * 2 for content in contents]
    assert os.listdir(tmp_path) == ["file"]


def test_a_name_as_long_as_names_can_be(tmp_path: Path) -> None:
    path = tmp_path / ("é" * 125 + ".csv")
    with complete_file(path) as file:
        file.write(b"x")
    assert path.read_bytes() == b"x"


def test_a_name_that_is_a_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "folder" / "inside").mkdir(parents=True)
    with pytest.raises(IsADirectoryError), complete_file(tmp_path / "folder") as file:
        file.write(b"x")
    assert os.listdir(tmp_path) == ["folder"]
    assert os.listdir(tmp_path / "folder") == ["inside"]


def test_a_full_disk_is_an_error_and_leaves_no_file_open() -> None:
    open_before = os.listdir("/proc/self/fd")
    file = HashedFile(Path("/dev/full"))
    file.write(b"x")
    with pytest.raises(OSError, match="No space left"):
        file.close()
    assert file.closed
    assert os.listdir("/proc/self/fd") == open_before


def test_the_error_for_a_full_disk_names_the_file(tmp_path: Path) -> None:
    with (
        file_size_limit(1 << 20),
        pytest.raises(OSError, match="File too large") as raised,
        complete_file(tmp_path / "file") as file,
    ):
        file.write(bytes(9 << 20))
    assert raised.value.filename == str(tmp_path / "file")
    assert os.listdir(tmp_path) == []


def test_a_closed_file_takes_nothing(tmp_path: Path) -> None:
    with complete_file(tmp_path / "file") as file:
        file.write(b"x")
    with pytest.raises(ValueError, match="closed"):
        file.write(b"y")
