"""Archives: flat, whole, the same every time, and closed to whoever lacks the password."""

import os
import random
from pathlib import Path
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stream_unzip import UnzipError, stream_unzip

from navette.core.errors import RequestError
from navette.exporting.bundle import bundle

# WinZip's form of AES derives its key as it does, whatever stronger ways there are now.
pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without 'hmac_hash_module':DeprecationWarning")

CONTENTS = {
    "messages.csv": b"id,body\n1,hello\n" * 10_000,
    "empty.jsonl": b"",
    "données à part.csv": "é\n".encode(),
    "noise.parquet": random.Random(7).randbytes(3_000_000),
}


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Files in two folders, with the names and contents of ``CONTENTS``."""
    paths = [tmp_path / str(number % 2) / name for number, name in enumerate(CONTENTS)]
    for path, content in zip(paths, CONTENTS.values(), strict=True):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    return paths


def by_zipfile(path: Path) -> dict[str, bytes]:
    with ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {one.compress_type for one in archive.infolist()} <= {ZIP_DEFLATED}
        return {name: archive.read(name) for name in archive.namelist()}


def decrypted(path: Path, password: str | None) -> dict[str, bytes]:
    """The files by stream-unzip, which also compares their checksums."""
    chunks = [path.read_bytes()]
    key = None if password is None else password.encode()
    return {name.decode(): b"".join(pieces) for name, _, pieces in stream_unzip(chunks, password=key)}


def test_files_come_back_under_their_names_without_folders(files: list[Path], tmp_path: Path) -> None:
    target = tmp_path / "out" / "all.zip"
    bundle(files, target)
    assert by_zipfile(target) == CONTENTS
    assert os.listdir(target.parent) == ["all.zip"]
    assert target.stat().st_size < sum(map(len, CONTENTS.values()))


def test_an_archive_of_no_files_is_an_archive(tmp_path: Path) -> None:
    bundle([], tmp_path / "all.zip")
    assert by_zipfile(tmp_path / "all.zip") == {}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents=st.dictionaries(st.text("abcé漢😀 .-_", min_size=1, max_size=20), st.binary(), max_size=5))
def test_any_files_come_back(tmp_path: Path, contents: dict[str, bytes]) -> None:
    paths = [tmp_path / f"x{name}" for name in contents]
    for path, content in zip(paths, contents.values(), strict=True):
        path.write_bytes(content)
    bundle(paths, tmp_path / "all.zip")
    assert by_zipfile(tmp_path / "all.zip") == {f"x{name}": content for name, content in contents.items()}


def test_the_same_files_make_the_same_bytes(files: list[Path], tmp_path: Path) -> None:
    bundle(files, tmp_path / "one.zip")
    for path in files:
        os.utime(path, (0, 0))
    bundle(files, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_the_archive_is_whole_wherever_the_pieces_of_it_end(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("one", "two")]
    for path in paths:
        path.write_bytes(random.Random(path.name).randbytes(50))
    for size in range(25, 145):
        bundle(paths, tmp_path / "all.zip", piece=size)
        assert by_zipfile(tmp_path / "all.zip") == {path.name: path.read_bytes() for path in paths}


def test_two_files_of_one_name_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "messages.csv").write_bytes(b"")
    with pytest.raises(RequestError, match=r"two files of the archive would be named messages\.csv"):
        bundle([tmp_path / "a" / "messages.csv", tmp_path / "b" / "messages.csv"], tmp_path / "all.zip")
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]


def test_a_file_that_cannot_be_read_leaves_no_archive(files: list[Path], tmp_path: Path) -> None:
    files[2].unlink()
    with pytest.raises(FileNotFoundError):
        bundle(files, tmp_path / "all.zip")
    assert sorted(os.listdir(tmp_path)) == ["0", "1"]


# Passwords


@pytest.mark.parametrize("password", ["secret", "a b\tc", "été", "пароль 漢字 😀", "x" * 200])
def test_with_the_password_the_files_come_back(files: list[Path], tmp_path: Path, password: str) -> None:
    target = tmp_path / "all.zip"
    bundle(files, target, password)
    assert decrypted(target, password) == CONTENTS


@pytest.mark.parametrize("other", ["Secret", "secret ", "", "été"])
def test_with_another_password_they_do_not(files: list[Path], tmp_path: Path, other: str) -> None:
    target = tmp_path / "all.zip"
    bundle(files, target, "secret")
    with pytest.raises(UnzipError):
        decrypted(target, other)


def test_without_the_password_nothing_is_readable(files: list[Path], tmp_path: Path) -> None:
    target = tmp_path / "all.zip"
    bundle(files, target, "secret")
    with ZipFile(target) as archive:
        assert archive.namelist() == list(CONTENTS)
        assert all(one.flag_bits & 1 and one.compress_type == 99 for one in archive.infolist())
        with pytest.raises((RuntimeError, NotImplementedError)):
            archive.read("messages.csv")
    assert b"hello" not in target.read_bytes()
    assert CONTENTS["noise.parquet"][:16] not in target.read_bytes()


def test_an_archive_is_encrypted_with_256_bits(files: list[Path], tmp_path: Path) -> None:
    bundle(files, tmp_path / "all.zip", "secret")
    with ZipFile(tmp_path / "all.zip") as archive:
        # WinZip's field: identifier and length, AE-2, "AE", strength 3 (256 bits), and Deflate under it.
        assert {one.extra[-11:] for one in archive.infolist()} == {b"\x01\x99\x07\x00\x02\x00AE\x03\x08\x00"}
        assert {one.CRC for one in archive.infolist()} == {0}


def test_two_archives_of_one_password_share_no_key(files: list[Path], tmp_path: Path) -> None:
    bundle(files, tmp_path / "one.zip", "secret")
    bundle(files, tmp_path / "two.zip", "secret")
    one, two = ((tmp_path / name).read_bytes() for name in ("one.zip", "two.zip"))
    assert len(one) == len(two)
    assert one[60:1000] != two[60:1000]


def test_an_empty_password_is_refused(files: list[Path], tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="the password is empty"):
        bundle(files, tmp_path / "all.zip", "")
    assert not (tmp_path / "all.zip").exists()


# Large archives


@pytest.mark.parametrize("password", [None, "secret"])
def test_what_lies_beyond_4_gib_is_in_zip64(files: list[Path], tmp_path: Path, password: str | None) -> None:
    small, large = tmp_path / "small.zip", tmp_path / "large.zip"
    bundle(files, small, password)
    bundle(files, large, password, large=1000)
    assert decrypted(large, password) == CONTENTS
    assert (b"PK\x06\x06" in small.read_bytes(), b"PK\x06\x06" in large.read_bytes()) == (False, True)
    with ZipFile(large) as archive:
        assert [one.file_size for one in archive.infolist()] == list(map(len, CONTENTS.values()))
        assert {one.extract_version for one in archive.infolist()} >= {45}
    if password is None:
        assert by_zipfile(large) == CONTENTS


def test_an_archive_that_ends_early_is_noticed_by_these_tests(files: list[Path], tmp_path: Path) -> None:
    bundle(files, tmp_path / "all.zip")
    whole = (tmp_path / "all.zip").read_bytes()
    (tmp_path / "half.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadZipFile):
        by_zipfile(tmp_path / "half.zip")
