"""Networks that Navette connects to only if an administrator lists them: one table for every protocol."""

import socket
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_IPV4_REGISTRY = "iana.org/assignments/iana-ipv4-special-registry"
_IPV6_REGISTRY = "iana.org/assignments/iana-ipv6-special-registry"
_IPV6_SPACE = "iana.org/assignments/ipv6-address-space"

NOT_PUBLIC = {
    "0.0.0.0/8": f"this network: {_IPV4_REGISTRY}",
    "10.0.0.0/8": f"private use: {_IPV4_REGISTRY}",
    "100.64.0.0/10": f"shared by a provider's customers; Alibaba Cloud's metadata: {_IPV4_REGISTRY}",
    "127.0.0.0/8": f"loopback: {_IPV4_REGISTRY}",
    "168.63.129.16/32": "Azure's platform: learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16",
    "169.254.0.0/16": f"link-local; metadata of most clouds: {_IPV4_REGISTRY}",
    "172.16.0.0/12": f"private use: {_IPV4_REGISTRY}",
    "192.0.0.0/24": f"protocol assignments; Oracle Cloud's metadata: {_IPV4_REGISTRY}",
    "192.0.2.0/24": f"documentation: {_IPV4_REGISTRY}",
    "192.31.196.0/24": f"AS112: {_IPV4_REGISTRY}",
    "192.52.193.0/24": f"AMT: {_IPV4_REGISTRY}",
    "192.88.99.0/24": f"relays of 6to4: {_IPV4_REGISTRY}",
    "192.168.0.0/16": f"private use: {_IPV4_REGISTRY}",
    "192.175.48.0/24": f"AS112: {_IPV4_REGISTRY}",
    "198.18.0.0/15": f"benchmarks: {_IPV4_REGISTRY}",
    "198.51.100.0/24": f"documentation: {_IPV4_REGISTRY}",
    "203.0.113.0/24": f"documentation: {_IPV4_REGISTRY}",
    "224.0.0.0/4": "multicast: iana.org/assignments/multicast-addresses",
    "240.0.0.0/4": f"reserved, and the broadcast address: {_IPV4_REGISTRY}",
    # Only 2000::/3 is global unicast; ::1, ::ffff:0:0/96, 64:ff9b::/96 and 100::/64 are among the first of these.
    "::/3": f"not global unicast: {_IPV6_SPACE}",
    "4000::/2": f"not global unicast; 5f00::/16, segment routing, is among them: {_IPV6_SPACE}",
    "8000::/1": f"not global unicast; unique local, link-local and multicast addresses are among them: {_IPV6_SPACE}",
    "2001::/23": f"protocol assignments; Teredo, benchmarks and ORCHID are among them: {_IPV6_REGISTRY}",
    "2001:db8::/32": f"documentation: {_IPV6_REGISTRY}",
    "2002::/16": f"6to4: {_IPV6_REGISTRY}",
    "2620:4f:8000::/48": f"AS112: {_IPV6_REGISTRY}",
    "3fff::/20": f"documentation: {_IPV6_REGISTRY}",
}
"""Special-purpose networks, with their purpose and its source. As of November 2026."""

METADATA = frozenset(
    map(
        ip_address,
        (
            "169.254.169.254",  # AWS, Google Cloud, Azure, Oracle Cloud, DigitalOcean, OpenStack, …
            "169.254.170.2",  # AWS, credentials of containers
            "169.254.170.23",  # AWS, identities of EKS pods
            "168.63.129.16",  # Azure
            "192.0.0.192",  # Oracle Cloud
            "100.100.100.200",  # Alibaba Cloud
            "fd00:ec2::254",  # AWS
            "fd00:ec2::23",  # AWS, identities of EKS pods
            "fd20:ce::254",  # Google Cloud
        ),
    )
)
"""Addresses at which clouds hand out a machine's credentials. Allowed only if listed one by one."""

_NOT_PUBLIC = tuple(map(ip_network, NOT_PUBLIC))

# IPv6 addresses behind which a gateway connects to the IPv4 address in their last 32 bits (RFC 6052).
_NAT64 = IPv6Network("64:ff9b::/96")


def is_public(address: Address) -> bool:
    """Whether the address is in none of the special-purpose networks.

    An address that stands for an IPv4 address (mapped, NAT64, 6to4) is public if that address is.
    """
    address = embedded(address) or address
    return not any(address in network for network in _NOT_PUBLIC)


def embedded(address: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for, on this machine or behind a well-known gateway."""
    if not isinstance(address, IPv6Address):
        return None
    inner = address.ipv4_mapped or address.sixtofour
    return IPv4Address(int(address) & 0xFFFFFFFF) if inner is None and address in _NAT64 else inner


def lies_in(address: Address, network: Network) -> bool:
    """Whether a network that an administrator listed contains the address, or the IPv4 address that it stands for.

    Addresses of METADATA are only in networks of that single address.
    """
    variants = [address, *filter(None, [embedded(address)])]
    if network.num_addresses > 1 and not METADATA.isdisjoint(map(_without_zone, variants)):
        return False
    return any(variant in network for variant in variants)


def _without_zone(address: Address) -> Address:
    return address if isinstance(address, IPv4Address) else IPv6Address(int(address))


def is_address(host: str) -> bool:
    """Whether the host needs no name service: an address, also as C writes IPv4's (127.1, 0x7f000001)."""
    try:
        ip_address(host)
    except ValueError:
        with suppress(OSError, UnicodeError):
            return bool(socket.inet_aton(host))
        return False
    return True
