"""Whether calls to an endpoint go through a proxy of the environment; never to this machine."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass


def proxy_for(url: str) -> str:
    """The proxy that ``HTTP_PROXY``, ``HTTPS_PROXY`` and ``NO_PROXY`` ask for, else an empty text.

    A user name and password in its address are left out. Calls to this machine use no proxy: they
    would leave it with pictures and key, and mean the proxy's own machine there.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    proxies = getproxies()
    found = proxies.get(parts.scheme) or proxies.get("all") or ""
    if not found or is_loopback(host) or proxy_bypass(host):
        return ""
    proxy = urlsplit(found if "://" in found else f"http://{found}")
    return f"{proxy.scheme}://{proxy.netloc.rpartition('@')[2]}"


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
