"""Reading what a page sends back: plain HTML forms, strictly.

Only the fields that a page has are taken, each as often as it may come, in UTF-8. A form from another site is refused;
so is one of a signed-in page without that session's own token. Refuses to know what the fields mean.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.requests import Request

from locales.errors import DomainError

TOKEN_FIELD = "csrf"  # noqa: S105 - the name of a field

_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 2_000
_PURPOSE = b"tongping.form.1\x00"
_OWN_SITE = ("same-origin", "none")


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form: those that come once, and those that may come several times."""

    values: Mapping[str, str] = field(repr=False)
    lists: Mapping[str, tuple[str, ...]] = field(repr=False)

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")


async def read_form(
    request: Request, *, fields: Collection[str] = (), many: Collection[str] = (), prefixes: tuple[str, ...] = ()
) -> Form:
    """The form of a POST: these fields once each; those of `many` and whatever begins with one of `prefixes` repeated.

    Errors: `other_site`, `form_unreadable`, `unknown_field`, `field_twice`.
    """
    refuse_other_sites(request)
    values: dict[str, str] = {}
    lists: dict[str, tuple[str, ...]] = dict.fromkeys(many, ())
    for name, value in await _pairs(request):
        if name in lists or name.startswith(prefixes):
            lists[name] = (*lists.get(name, ()), value)
        elif name not in fields:
            raise DomainError("unknown_field", field=name[:40])
        elif name in values:
            raise DomainError("field_twice", field=name)
        else:
            values[name] = value
    return Form(values, lists)


def refuse_other_sites(request: Request) -> None:
    """Browsers say where a request comes from; another site has no business to send one here."""
    if request.headers.get("sec-fetch-site", "none") not in _OWN_SITE:
        raise DomainError("other_site")


def form_token(secret: bytes, session_token: str) -> str:
    """What every form of a session carries, and nobody without the session's cookie can know."""
    content = _PURPOSE + session_token.encode("utf-8", "surrogatepass")
    return hmac.new(secret, content, hashlib.sha256).hexdigest()[:32]


def check_token(form: Form, secret: bytes, session_token: str) -> None:
    """`form_expired` unless the form was drawn for this session."""
    expected, given = form_token(secret, session_token), form[TOKEN_FIELD]
    if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogatepass")):
        raise DomainError("form_expired")


async def _pairs(request: Request) -> list[tuple[str, str]]:
    body = await request.body()
    if not body:
        return []
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != _FORM:
        raise DomainError("form_unreadable")
    try:
        return parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            strict_parsing=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:  # half a character, no pairs, too many of them
        raise DomainError("form_unreadable") from None
