"""How a page is made: one template environment, the language it speaks, what every page shows around its content.

Templates are ours and compiled once; stored text is only ever a value in them, and every value is escaped. Refuses to
know what a page is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from locales.numbers import plain, rounded
from locales.texts import DEFAULT_LANGUAGE, LANGUAGES, pick, text
from web.assets import asset_path
from web.desk import group_of, offered
from web.site import site_of

LANGUAGE_FIELD = "language"
Values = dict[str, Any]
"""What a template is given, by name."""

_LANGUAGE_COOKIE = "language"
_YEAR = 365 * 24 * 3600
_LONGEST_ACCEPT = 200


@cache
def environment() -> Environment:
    """The templates: everything escaped, an unknown name is a fault of ours and raises."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals.update(asset=asset_path, languages=LANGUAGES, desk_groups=offered, desk_group_of=group_of)
    made.filters.update(figure=figure, plain=plain, at=local_time)
    return made


def page(
    request: Request, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any
) -> Response:
    """The page of a template, in the language of this request."""
    language = language_of(request)
    content = environment().get_template(template).render(_around(request, language) | values)
    response = HTMLResponse(content, status_code=status, headers={"Content-Language": language, **(headers or {})})
    _remember_language(request, response)
    return response


def download(content: bytes, *, name: str, media_type: str) -> Response:
    """A file to keep, which nobody on the way keeps. The name is one of ours."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=media_type, headers=headers)


def see(path: str) -> Response:
    """Go on there with a GET: after a form, so that a reload repeats nothing. The path is one of ours."""
    return RedirectResponse(path, status_code=303)


def language_of(request: Request) -> str:
    """As asked in the address, else as chosen before, else the person's or the invitation's, else the browser's.

    A page whose content does not speak it is in the first language that its content does speak.
    """
    candidates = (
        request.query_params.get(LANGUAGE_FIELD),
        request.cookies.get(_LANGUAGE_COOKIE),
        preferred_language(request),
        accepted_language(request.headers.get("accept-language", "")),
    )
    spoken = _spoken(request)
    return next((language for language in candidates if language in spoken), spoken[0])


def _spoken(request: Request) -> tuple[str, ...]:
    """The languages of ours that the content of this page speaks: a survey's may be fewer than all."""
    languages = getattr(request.state, "languages", LANGUAGES)
    return tuple(language for language in LANGUAGES if language in languages) or LANGUAGES


def preferred_language(request: Request) -> str | None:
    """What is known of whoever reads: the signed-in person's language, or that of an invitation."""
    visitor = getattr(request.state, "visitor", None)
    language = visitor.actor.language if visitor is not None else getattr(request.state, "language", None)
    return language if isinstance(language, str) else None


def accepted_language(header: str) -> str:
    """The first language of ours that the browser likes best; Chinese if it names none."""
    liked: list[tuple[float, str]] = []
    for part in header[:_LONGEST_ACCEPT].split(","):
        tag, _, parameter = part.strip().partition(";")
        language = tag.strip().lower().partition("-")[0]
        if language in LANGUAGES:
            liked.append((-_quality(parameter), language))
    best = min(liked, default=(0.0, DEFAULT_LANGUAGE))
    return best[1] if best[0] < 0 else DEFAULT_LANGUAGE


def figure(value: Fraction | None, places: int = 2) -> str:
    """A number for people, rounded half up here and nowhere before; a dash where there is none."""
    return "—" if value is None else rounded(value, places)


def local_time(moment: datetime, zone: ZoneInfo) -> str:
    """A moment on the consortium's own clock, to the minute."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def _around(request: Request, language: str) -> dict[str, Any]:
    """What every page has: the two functions for texts, and what stands above and below its content."""
    site = site_of(request)
    return {
        "t": partial(text, language),
        "pick": partial(_pick, language),
        "language": language,
        "switches": _switches(request, language),
        "visitor": getattr(request.state, "visitor", None),
        "here": request.url.path,
        "simulator": site.simulator,
        "moved_to": site.clock().strftime("%Y-%m-%d %H:%M") if site.moved_clock else None,
    }


def _pick(language: str, wording: Mapping[str, str]) -> str:
    return pick(wording, language)


def _switches(request: Request, language: str) -> list[tuple[str, str]]:
    """Language and address of this same page in the other languages; none for what only a form can reach."""
    if request.method not in ("GET", "HEAD"):
        return []
    path = "/" + quote(request.scope["path"].lstrip("/"))  # two slashes would lead to another site
    kept = [pair for pair in parse_qsl(request.url.query, keep_blank_values=True) if pair[0] != LANGUAGE_FIELD]
    return [
        (other, f"{path}?{urlencode([*kept, (LANGUAGE_FIELD, other)])}")
        for other in _spoken(request)
        if other != language
    ]


def _remember_language(request: Request, response: Response) -> None:
    asked = request.query_params.get(LANGUAGE_FIELD)
    if asked in LANGUAGES and request.cookies.get(_LANGUAGE_COOKIE) != asked:
        response.set_cookie(
            _LANGUAGE_COOKIE, asked, max_age=_YEAR, path="/", secure=site_of(request).is_https, samesite="lax"
        )


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0
