"""Which addresses are public: IANA's registries row by row, and never more than Python's own lists allow."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navette.core.networks import METADATA, NOT_PUBLIC, embedded, is_public

SPECIAL = [
    # iana-ipv4-special-registry
    *("0.0.0.0/8", "0.0.0.0/32", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
    *("192.0.0.0/24", "192.0.0.0/29", "192.0.0.8/32", "192.0.0.9/32", "192.0.0.10/32", "192.0.0.170/32"),
    *("192.0.0.171/32", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"),
    *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4", "255.255.255.255/32"),
    # iana-ipv6-special-registry, but for what stands for IPv4 addresses
    *("::1/128", "::/128", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23", "2001::/32", "2001:1::1/128"),
    *("2001:1::2/128", "2001:1::3/128", "2001:2::/48", "2001:3::/32", "2001:4:112::/48", "2001:10::/28"),
    *("2001:20::/28", "2001:30::/28", "2001:db8::/32", "2620:4f:8000::/48", "3fff::/20", "5f00::/16", "fc00::/7"),
    *("fe80::/10",),
    # multicast, and what was site-local
    *("224.0.0.0/4", "ff00::/8", "fec0::/10"),
]


@pytest.mark.parametrize("network", [ip_network(text) for text in SPECIAL], ids=str)
def test_no_address_of_a_special_purpose_network_is_public(network: IPv4Network) -> None:
    assert not is_public(network[0])
    assert not is_public(network[-1])


@pytest.mark.parametrize("address", sorted(METADATA, key=str), ids=str)
def test_no_clouds_metadata_is_public_in_any_form(address: IPv4Address | IPv6Address) -> None:
    assert not is_public(address)
    if address.version == 4:
        forms = (
            f"::ffff:{address}",
            f"64:ff9b::{address}",
            f"2002:{address.packed[:2].hex()}:{address.packed[2:].hex()}::",
        )
        assert [ip_address(form) for form in forms if is_public(ip_address(form))] == []


@pytest.mark.parametrize("network", [ip_network(text) for text in NOT_PUBLIC], ids=str)
def test_a_neighbour_of_a_network_is_judged_by_its_own_network(network: IPv4Network) -> None:
    """No row is wider than it says: one of the two neighbours is in no row, or in another's."""
    before, after = int(network[0]) - 1, int(network[-1]) + 1
    kind = type(network[0])
    beside = [kind(one) for one in (before, after) if 0 <= one < 2**network.max_prefixlen]
    others = [ip_network(other) for other in NOT_PUBLIC if ip_network(other) != network]
    for address in beside:
        if embedded(address) is None:
            assert is_public(address) == (not any(address in other for other in others))


@given(st.ip_addresses(v=4) | st.ip_addresses(v=6))
def test_whatever_python_does_not_call_global_is_not_public(address: IPv4Address | IPv6Address) -> None:
    meant = embedded(address) or address
    if is_public(address):
        assert meant.is_global
        assert not meant.is_multicast
        assert not meant.is_reserved


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "1.1.1.1",
        "100.63.255.255",
        "172.32.0.1",
        "168.63.129.17",
        "2606:4700::1111",
        "2a00::1",
        "64:ff9b::808:808",
    ],
)
def test_the_rest_is_public(address: str) -> None:
    assert is_public(ip_address(address))
