"""PURE. Which web addresses Telegram takes in links, buttons and webhooks."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def wrong_with(url: str, *, https_only: bool = False) -> str:
    """Telegram's reason against an address of a button, or "" when it is fine."""
    address = url.strip()
    if address.startswith(("tg://", "ton://")):
        return "Only HTTPS links are allowed" if https_only else ""
    parts = _parts(address)
    if parts is None or any(character.isspace() for character in address):
        return "Wrong HTTP URL"
    if https_only and parts.scheme != "https":
        return "Only HTTPS links are allowed"
    if parts.scheme not in {"http", "https"}:
        return "Unsupported URL protocol"
    host = parts.hostname or ""
    if not host:
        return "URL host is empty"
    return "" if "." in host.strip(".") or ":" in host else "Wrong HTTP URL"


def checked_link(url: str) -> str:
    """The address a link in a text leads to, or "": then the text stays without a link."""
    address = url.strip()
    if wrong_with(address):
        return ""
    if "://" not in address:
        address = f"http://{address}"
    parts = urlsplit(address)
    return address if parts.path or parts.query or parts.fragment or parts.scheme == "tg" else f"{address}/"


def loopback_http(url: str) -> bool:
    """True for a plain http address of this machine: the only webhook this double may call."""
    parts = _parts(url)
    return parts is not None and parts.scheme == "http" and parts.hostname in _LOOPBACK


def _parts(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        port = parts.port
    except ValueError:  # a port beyond 65535, an open bracket
        return None
    return None if port == 0 else parts
