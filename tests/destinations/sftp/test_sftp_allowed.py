"""Which addresses may be reached: decided on the resolved address, with private ones by network alone."""

import socket
from collections.abc import Callable
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from time import monotonic
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.destinations.sftp.conftest import ATTEMPT, names
from tests.ssh_server import Running

from navette.core.errors import ConfigurationError, TryLaterError
from navette.core.networks import METADATA, embedded
from navette.destinations.destination import Upload
from navette.destinations.sftp import (
    Allowed,
    Limits,
    NewKeyPair,
    RefusedError,
    SFTPRefusedError,
    SFTPTryLaterError,
    check,
    put,
)

PUBLIC = ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8", "2002:808:808::1"]
CLOSED = [
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"),
    *("255.255.255.255", "192.0.2.1", "198.18.0.1", "240.0.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1"),
    *("fec0::1", "ff02::1", "2001:db8::1", "::ffff:10.1.2.3", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "::7f00:1"),
    *("2002:7f00:1::1", "2002:a01:203::1", "2001::1"),
    *("192.0.0.192", "168.63.129.16", "3fff::1", "64:ff9b::a83f:8110", "2002:a83f:8110::1", "5f00::1", "100:0:0:1::1"),
    *("fd00:ec2::254", "100.100.100.200", "192.88.99.1", "64:ff9b:1::808:808", "4000::1"),
]


@pytest.mark.parametrize("address", PUBLIC)
def test_without_a_list_every_public_address_may_be_reached(address: str) -> None:
    assert Allowed.parse("").permits("sftp.example.org", address, 22)
    assert Allowed.parse(" , ").permits("sftp.example.org", address, 65535)


@pytest.mark.parametrize("address", CLOSED)
def test_what_is_not_public_may_not_whatever_it_is_called(address: str) -> None:
    for text in ("", "sftp.example.org", "*", "*.example.org", "sftp.example.org:22, *:1-65535"):
        assert not Allowed.parse(text).permits("sftp.example.org", address, 22)


@pytest.mark.parametrize(
    ("text", "host", "address", "port", "may"),
    [
        ("sftp.example.org", "sftp.example.org", "8.8.8.8", 2222, True),
        ("sftp.example.org", "SFTP.Example.org.", "8.8.8.8", 22, True),
        ("sftp.example.org", "xsftp.example.org", "8.8.8.8", 22, False),
        ("sftp.example.org", "8.8.8.8", "8.8.8.8", 22, False),
        ("sftp.example.org:22", "sftp.example.org", "8.8.8.8", 23, False),
        ("*.example.org", "a.b.example.org", "8.8.8.8", 22, True),
        ("*.example.org", "example.org", "8.8.8.8", 22, False),
        ("*.example.org", "badexample.org", "8.8.8.8", 22, False),
        ("*:22", "anything.example", "8.8.8.8", 22, True),
        ("*:22", "anything.example", "8.8.8.8", 2222, False),
        ("bücher.example", "xn--bcher-kva.example", "8.8.8.8", 22, True),
        ("xn--bcher-kva.example", "bücher.example", "8.8.8.8", 22, True),
        ("10.0.0.0/8", "sftp.example.org", "10.1.2.3", 22, True),
        ("10.0.0.0/8", "sftp.example.org", "11.1.2.3", 22, False),
        ("10.0.0.0/8", "sftp.example.org", "8.8.8.8", 22, False),
        ("10.0.0.0/8:22-2222", "sftp.example.org", "10.1.2.3", 2222, True),
        ("10.0.0.0/8:22-2222", "sftp.example.org", "10.1.2.3", 2223, False),
        ("10.0.0.0/8:2222, sftp.example.org:22", "sftp.example.org", "10.1.2.3", 22, False),
        ("10.0.0.0/8", "sftp.example.org", "::ffff:10.1.2.3", 22, True),
        ("10.1.2.3:22", "sftp.example.org", "10.1.2.3", 22, True),
        ("10.1.2.3:22", "sftp.example.org", "10.1.2.4", 22, False),
        ("::1", "localhost", "::1", 22, True),
        ("[::1]:2222", "localhost", "::1", 2222, True),
        ("[::1]:2222", "localhost", "::1", 22, False),
        ("[fd00::/8]:22", "sftp.example.org", "fd12::1", 22, True),
        ("fd00::/8", "sftp.example.org", "fd12::1", 9, True),
        ("a.example, 10.0.0.0/8,", "b.example", "10.0.0.1", 22, True),
    ],
)
def test_lists(text: str, host: str, address: str, port: int, may: bool) -> None:
    assert Allowed.parse(text).permits(host, address, port) == may


@pytest.mark.parametrize(
    "text",
    [
        *(
            "10.1.2.3/8",
            "10.0.0.0/33",
            "300.1.1.1",
            "10.0.0.0/8:0",
            "a.example:65536",
            "a.example:22-21",
            "a.example:x",
        ),
        *("a.example:", "a.example:22-", "http://a.example", "a b", "a..example", "-a.example", "*.*.example", "a*.b"),
        *("[::1", "[a.example]:22", "[10.0.0.1]:22", "::1/129", "1:2:3", "fe80::1%eth0", "user@a.example", "*.", ":22"),
        *("1.2.3", "0x7f000001", "a.example:२२", "[::1]22", "[::1]:", "a.example;b.example", "!a.example"),
    ],
)
def test_nonsense_is_the_configurations_fault(text: str) -> None:
    with pytest.raises(ConfigurationError, match="list of allowed SFTP servers"):
        Allowed.parse(f"b.example, {text}")


@given(st.text())
def test_any_text_is_a_list_or_explained(text: str) -> None:
    with suppress(ConfigurationError):
        assert len(Allowed.parse(text).entries) == sum(1 for piece in text.split(",") if piece.strip())


addresses = st.ip_addresses(v=4) | st.ip_addresses(v=6) | st.sampled_from([*PUBLIC, *CLOSED])


@given(addresses, st.integers(1, 65535))
def test_a_networks_every_address_and_no_other(address: IPv4Address | str, port: int) -> None:
    text = str(address)
    bare = text.partition("%")[0]
    whole = "::/0" if ":" in bare else "0.0.0.0/0"
    assert Allowed.parse(whole).permits("any", text, port) == (not _is_metadata(ip_address(bare)))
    assert Allowed.parse(f"[{bare}]:{port}" if ":" in bare else f"{bare}:{port}").permits("any", bare, port)
    half = ip_network(f"{bare}/1", strict=False)
    other = next(one for one in ip_network(whole).subnets(new_prefix=1) if one != half)
    if isinstance(half.network_address, IPv4Address) or not _behind(IPv6Address(bare)):
        assert not Allowed.parse(str(other)).permits("any", bare, port)


def _is_metadata(address: IPv4Address | IPv6Address) -> bool:
    """A cloud's, also where the address stands for one of these."""
    return bool({address, embedded(address)} & METADATA)


def _behind(address: IPv6Address) -> bool:
    return bool(address.ipv4_mapped or address.sixtofour) or address in ip_network("64:ff9b::/96")


@pytest.mark.parametrize("address", sorted(map(str, METADATA)))
def test_a_clouds_metadata_is_reached_where_it_is_named_alone(address: str) -> None:
    whole, wide = (f"[{address}]", "[fd00::/8]") if ":" in address else (address, "0.0.0.0/0")
    assert not Allowed.parse(f"*, ::/0, {wide}").permits("metadata.example", address, 80)
    assert Allowed.parse(whole).permits("metadata.example", address, 80)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "0.0.0.0", "::1", "::ffff:127.0.0.1"])
def test_loopback_is_not_called_by_any_of_its_addresses(
    openssh: Running, keys: NewKeyPair, make: Callable[..., Upload], host: str
) -> None:
    folder, directory = openssh.folder()
    server = openssh.address(directory, keys, host=host, allowed=Allowed.parse("*"))
    with pytest.raises(SFTPRefusedError, match="may not connect to") as refused:
        put(server, [make("a.csv", b"1")], attempt_id=ATTEMPT)
    assert refused.value.code == "not_allowed"
    assert names(folder) == []


# Names


def answering(monkeypatch: pytest.MonkeyPatch, *answers: Any) -> None:
    """The name service gives these addresses in turn, then nothing."""
    left, resolve = iter(answers), socket.getaddrinfo

    def answer(_host: str, *rest: Any, **named: Any) -> list[tuple[Any, ...]]:
        if (address := next(left, None)) is None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolve(address, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", answer)


def test_the_checked_address_is_the_one_that_is_connected_to(
    openssh: Running, keys: NewKeyPair, make: Callable[..., Upload], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that gives another address at each question: the first answer is judged, and used."""
    folder, directory = openssh.folder()
    answering(monkeypatch, "127.0.0.1", "192.168.255.255")
    put(openssh.address(directory, keys, host="rebound.example"), [make("a.csv", b"1")], attempt_id=ATTEMPT)
    assert names(folder) == ["a.csv"]
    with pytest.raises(TryLaterError, match=r"rebound\.example has no address") as later:
        put(openssh.address(directory, keys, host="rebound.example"), [make("a.csv", b"1")], attempt_id=ATTEMPT)
    assert "192.168" not in str(later.value)


@pytest.mark.parametrize("allowed", ["", "*", "intranet.example", "*.example, 8.0.0.0/8"])
def test_a_refusal_does_not_reveal_which_names_exist(
    openssh: Running, keys: NewKeyPair, make: Callable[..., Upload], monkeypatch: pytest.MonkeyPatch, allowed: str
) -> None:
    """Not by the sentence, the code, what becomes of the delivery, the step of a test, or the time."""
    answering(monkeypatch, "10.1.2.3", None, "127.0.0.1", None)
    limits = Limits(refusal_seconds=0.2)
    server = openssh.address("/", keys, host="intranet.example", allowed=Allowed.parse(allowed), limits=limits)
    delivered, tested = [], []
    for _ in range(2):
        with pytest.raises(SFTPTryLaterError) as later:
            put(server, [make("a.csv", b"1")], attempt_id=ATTEMPT)
        delivered.append((str(later.value), later.value.code))
    for _ in range(2):
        begun = monotonic()
        tested.append(check(server))
        assert monotonic() - begun > limits.refusal_seconds
    assert delivered[0] == delivered[1]
    assert tested[0] == tested[1]
    assert (tested[0].steps[0].name, tested[0].steps[0].code) == ("address", delivered[0][1])
    assert delivered[0][0] == str(tested[0].steps[0].help)


def test_a_name_that_nothing_in_the_list_lets_through_is_not_looked_up(
    openssh: Running, keys: NewKeyPair, make: Callable[..., Upload], monkeypatch: pytest.MonkeyPatch
) -> None:
    def looked_up(*_: str, **__: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    for text in ("sftp.example.org", "*.example.org:22, intranet.example:2"):
        server = openssh.address("/", keys, host="intranet.example", port=22, allowed=Allowed.parse(text))
        with pytest.raises(RefusedError, match=r"may not connect to port 22 of intranet\.example"):
            put(server, [make("a.csv", b"1")], attempt_id=ATTEMPT)


@pytest.mark.parametrize("host", ["", " ", "a b", "a\0b", "a\nb", "\u00a0", "x" * 300])
def test_a_host_that_is_none_is_refused(
    openssh: Running, keys: NewKeyPair, make: Callable[..., Upload], host: str
) -> None:
    with pytest.raises(RefusedError, match="correct them"):
        put(openssh.address("/", keys, host=host), [make("a.csv", b"1")], attempt_id=ATTEMPT)


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_port_that_is_none_is_refused(
    openssh: Running, keys: NewKeyPair, make: Callable[..., Upload], port: int
) -> None:
    with pytest.raises(RefusedError, match="correct them"):
        put(openssh.address("/", keys, port=port), [make("a.csv", b"1")], attempt_id=ATTEMPT)
