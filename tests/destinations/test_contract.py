"""What every destination of files does, whatever its kind: whoever adds one adds it here."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.ssh_server import Running, running_asyncssh, running_sshd

from navette.destinations import folder, sftp
from navette.destinations.destination import Receipt, RefusedError, Upload
from navette.destinations.sftp import NewKeyPair

ATTEMPT = "6560f00d5240b1bca90ffbb6"


Place = tuple[Path, Callable[..., Receipt]]
"""A local path, and what puts files there."""


class CutError(Exception):
    """The delivery ends in the middle."""


@pytest.fixture(scope="module")
def keys() -> NewKeyPair:
    return sftp.new_key_pair("ed25519", "navette@example.org")


@pytest.fixture(scope="module", params=["folder", "openssh", "asyncssh"])
def kind(
    request: pytest.FixtureRequest, keys: NewKeyPair, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Place]]:
    """A function that gives a new place: the local path, and what puts files there, or below it."""
    with ExitStack() as stack:
        if request.param == "folder":
            root = tmp_path_factory.mktemp("folder")
            yield partial(_folder, root)
            return
        if request.param == "openssh":
            server = stack.enter_context(running_sshd(keys.public))
        else:
            server = stack.enter_context(running_asyncssh(keys.public, tmp_path_factory.mktemp("asyncssh")))
        yield partial(_server, server, keys)


def _folder(root: Path, name: str) -> Place:
    path = root / name
    path.mkdir()

    def put(uploads: list[Upload], below: str = "", **options: Any) -> Receipt:
        return folder.put(path / below, uploads, **options)

    return path, put


def _server(server: Running, keys: NewKeyPair, _name: str) -> Place:
    path, directory = server.folder()

    def put(uploads: list[Upload], below: str = "", creatable: int = 0, **options: Any) -> Receipt:
        return sftp.put(
            server.address(f"{directory}/{below}", keys, creatable=creatable), uploads, attempt_id=ATTEMPT, **options
        )

    return path, put


@pytest.fixture
def place(kind: Callable[[str], Place], request: pytest.FixtureRequest) -> Place:
    return kind(hashlib.sha256(request.node.name.encode()).hexdigest()[:16])


def there(path: Path) -> dict[str, bytes]:
    return {str(one.relative_to(path)): one.read_bytes() for one in path.rglob("*") if one.is_file()}


def test_files_arrive_whole_in_their_order_under_their_names(place: Place, make: Callable[..., Upload]) -> None:
    path, put = place
    files = {"messages été.csv": b"1" * 300_000, "empty.csv": b"", "manifest.json": b"{}"}
    order = []
    put([make(*one) for one in files.items()], finished=lambda name: order.append((name, len(there(path)))))
    assert there(path) == files
    assert order == [("messages été.csv", 1), ("empty.csv", 2), ("manifest.json", 3)]


def test_what_is_done_is_left_out(place: Place, make: Callable[..., Upload]) -> None:
    path, put = place
    put([make("a.csv", b"a"), make("b.csv", b"b")], delivered=["a.csv"])
    assert there(path) == {"b.csv": b"b"}


def test_a_second_delivery_replaces(place: Place, make: Callable[..., Upload]) -> None:
    path, put = place
    put([make("a.csv", b"former" * 1000)])
    put([make("a.csv", b"new")])
    assert there(path) == {"a.csv": b"new"}


def test_what_is_cut_has_no_name_and_is_whole_after_the_next_try(place: Place, make: Callable[..., Upload]) -> None:
    path, put = place
    content = b"x" * 12_000_000

    def cut(_name: str, _bytes: int) -> None:
        raise CutError

    with pytest.raises(CutError):
        put([make("a.csv", content)], report=cut)
    assert "a.csv" not in there(path)
    put([make("a.csv", content)])
    assert there(path) == {"a.csv": content}


@pytest.mark.parametrize("name", ["", ".", "..", "../a.csv", "a/b.csv", "a\nb.csv", "a\0b.csv"])
def test_nothing_leaves_the_directory(place: Place, make: Callable[..., Upload], name: str) -> None:
    path, put = place
    with pytest.raises(RefusedError):
        put([make("good.csv", b"1"), make(name, b"2")])
    assert there(path) == {}
    assert there(path.parent).keys() & {"a.csv"} == set()


def test_two_files_of_one_name_are_refused(place: Place, make: Callable[..., Upload]) -> None:
    path, put = place
    with pytest.raises(RefusedError, match="the same name"):
        put([make("a.csv", b"1"), make("a.csv", b"2")])
    assert there(path) == {}


def test_only_the_last_directories_are_created(place: Place, make: Callable[..., Upload]) -> None:
    path, put = place
    with pytest.raises(RefusedError):
        put([make("a.csv", b"1")], below="none/2026", creatable=1)
    assert list(path.iterdir()) == []
    for _ in range(2):
        put([make("a.csv", b"1")], below="2026/03", creatable=2)
    assert there(path) == {"2026/03/a.csv": b"1"}
