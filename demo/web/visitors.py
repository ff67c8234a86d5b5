"""Who a visitor is, as far as limits count: the address that he cannot choose.

What a proxy says of a visitor is believed only of proxies that LAB_PROXIES names: addresses and networks, with commas
between them. On a Space the Hub's proxy is believed without a name: there, only private addresses reach the server.
"""

import functools
import ipaddress
import os

from starlette.types import Scope

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def check_proxies() -> None:
    """Take over from uvicorn, which believes any program on this machine. ValueError: LAB_PROXIES names no network."""
    os.environ["FORWARDED_ALLOW_IPS"] = ""  # uvicorn reads it at its start, and then leaves `client` as it is
    networks(os.environ.get("LAB_PROXIES", ""))


@functools.lru_cache(8)
def networks(names: str) -> list[Network]:
    """The networks of a list with commas. ValueError: a sentence that says which name is wrong."""
    found: list[Network] = []
    for name in filter(None, map(str.strip, names.split(","))):
        try:
            found.append(ipaddress.ip_network(name, strict=False))
        except ValueError:
            raise ValueError(
                f"LAB_PROXIES must list addresses or networks, such as 127.0.0.1, 10.0.0.0/8; {name[:50]!r} is neither."
            ) from None
    return found


def address_of(scope: Scope) -> str:
    """The address that counts for a visitor; of IPv6 the network of 64 bits, in which one visitor has all addresses.

    Each proxy adds the address that it saw to the right of X-Forwarded-For. So the visitor is the first address from
    the right that is no proxy's. "unknown" where the server sees no address.
    """
    lines = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
    hops = ",".join(lines).split(",")
    client = scope.get("client")
    address = near = read(client[0]) if client else None
    while address and is_proxy(address) and hops:
        near, address = address, read(hops.pop().strip())
    counted = address or near  # what cannot be read counts for the proxy that has sent it
    if isinstance(counted, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(counted), 64), strict=False))
    return str(counted or "unknown")


def read(text: str) -> Address | None:
    """An address; one of IPv4 that is written as IPv6 becomes IPv4. None for what is no address."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def is_proxy(address: Address) -> bool:
    """Whether the environment says that visitors come through this address."""
    on_space = bool(os.environ.get("SPACE_ID") or os.environ.get("SPACE_HOST"))
    named = networks(os.environ.get("LAB_PROXIES", ""))
    return (on_space and not address.is_global) or any(address in network for network in named)
