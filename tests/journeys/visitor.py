"""Somebody at a browser without JavaScript: opens pages, fills in the forms that are there, sends them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import httpx


@dataclass(slots=True)
class Form:
    """A form: where it goes, what it would send untouched, and the values that its buttons and boxes offer."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    offers: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """What a browser got."""

    url: str
    status: int
    text: str
    forms: tuple[Form, ...]

    def form(self, action_end: str) -> Form:
        """The form whose address ends so."""
        return next(form for form in self.forms if form.action.endswith(action_end))


class Visitor:
    """A browser: `with Visitor() as visitor: visitor.opens(url)`."""

    def __enter__(self) -> Self:
        self._client = httpx.Client(follow_redirects=True, trust_env=False, timeout=20)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def opens(self, url: str) -> Page:
        return _page(self._client.get(url))

    def sends(self, page: Page, action_end: str, values: Mapping[str, str] | None = None) -> Page:
        """Fills in the form whose address ends so, and sends it. A field that is not there is a fault of the test."""
        form, values = page.form(action_end), dict(values or {})
        known = {name for name, _ in form.fields} | set(form.offers)
        assert set(values) <= known, set(values) - known
        for name, value in values.items():
            assert name not in form.offers or value in form.offers[name], (name, value)
        sent = [(name, value) for name, value in form.fields if name not in values] + list(values.items())
        pairs: dict[str, list[str]] = {}
        for name, value in sent:
            pairs.setdefault(name, []).append(value)
        headers = {"Sec-Fetch-Site": "same-origin"}
        return _page(self._client.request(form.method, urljoin(page.url, form.action), data=pairs, headers=headers))


def _page(answer: httpx.Response) -> Page:
    reader = _Forms()
    reader.feed(answer.text)
    reader.close()
    return Page(str(answer.url), answer.status_code, answer.text, tuple(reader.forms))


class _Forms(HTMLParser):
    """Finds the forms of a page; what stands in a disabled fieldset is not sent."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._is_in_form = False
        self._is_disabled = False
        self._writing: str | None = None
        self._written = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.forms.append(Form(given.get("action") or "", (given.get("method") or "get").upper()))
            self._is_in_form = True
        elif tag == "fieldset":
            self._is_disabled = "disabled" in given
        elif self._is_in_form and not self._is_disabled and given.get("name"):
            self._field(tag, str(given["name"]), given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_in_form = False
        elif tag == "fieldset":
            self._is_disabled = False
        elif tag == "textarea" and self._writing is not None:
            self.forms[-1].fields.append((self._writing, self._written.removeprefix("\n")))
            self._writing = None

    def handle_data(self, data: str) -> None:
        if self._writing is not None:
            self._written += data

    def _field(self, tag: str, name: str, given: dict[str, str | None]) -> None:
        form, value = self.forms[-1], given.get("value") or ""
        if tag == "textarea":
            self._writing, self._written = name, ""
        elif tag == "button":
            form.offers.setdefault(name, []).append(value)
        elif given.get("type") in ("radio", "checkbox"):
            form.offers.setdefault(name, []).append(value)
            if "checked" in given:
                form.fields.append((name, value))
        elif tag == "input":
            form.fields.append((name, value))
