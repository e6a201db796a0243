"""Who asks us something over HTTP: what is counted for one client is counted for its address."""

import ipaddress
from functools import lru_cache
from typing import Final

IPV6_PREFIX: Final = 64  # one client has a whole network of them


@lru_cache(maxsize=4_096)
def client_of(peer: str, forwarded: str, proxies: int) -> str:
    """
    The address of a client behind some proxies of ours, of IPv6 its network.

    `peer` is who is connected, `forwarded` the X-Forwarded-For header, to which each of our proxies adds who it is
    connected with: what stands before that the client says itself, and it is not believed.
    """
    said = [each.strip() for each in forwarded.split(",")]
    given = said[-proxies] if 0 < proxies <= len(said) else peer
    try:
        address = ipaddress.ip_address(given.strip("[]"))
    except ValueError:
        return peer
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, IPV6_PREFIX), strict=False))
