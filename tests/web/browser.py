"""A browser without a screen for the tests of pages: it speaks to the application directly, keeps cookies, reads forms.

Knows HTTP and enough HTML to fill in a form as a person would. No port, no thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import httpx
from fastapi import FastAPI

HERE = "http://127.0.0.1:8000"
FORM = "application/x-www-form-urlencoded"


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    words: list[str] = field(default_factory=list)
    inside: list[Element] = field(default_factory=list)

    def every(self, tag: str, **wanted: str) -> list[Element]:
        """The elements of a tag, with these attributes (`class_` holds any of several classes), in order."""
        found = []
        for each in self.inside:
            if each.tag == tag and all(_has(each, name, value) for name, value in wanted.items()):
                found.append(each)
            found += each.every(tag, **wanted)
        return found

    def one(self, tag: str, **wanted: str) -> Element:
        found = self.every(tag, **wanted)
        assert len(found) == 1, f"{len(found)} <{tag}> with {wanted}"
        return found[0]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self._all_words()).split())

    def _all_words(self) -> list[str]:
        return self.words + [word for each in self.inside for word in each._all_words()]

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]


def _has(element: Element, name: str, value: str) -> bool:
    if name == "class_":
        return value in element.attributes.get("class", "").split()
    return element.attributes.get(name) == value


_VOID = frozenset(["area", "base", "br", "col", "hr", "img", "input", "link", "meta"])


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.stack = [Element("document", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.stack[-1].inside.append(element)
        if tag not in _VOID:
            self.stack.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self.stack[-1].tag == tag, f"</{tag}> closes <{self.stack[-1].tag}>"
            self.stack.pop()

    def handle_data(self, data: str) -> None:
        element = Element("text", {}, [data])
        self.stack[-1].inside.append(element)


def read(html: str) -> Element:
    """The page as a tree; tags that do not match are a fault."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert len(reader.stack) == 1, f"<{reader.stack[-1].tag}> is never closed"
    return reader.stack[0]


class Browser:
    """One browser. `get` and `post` do not follow redirects, `opens` and `sends` do and keep the page that comes."""

    def __init__(self, application: FastAPI, *, base: str = HERE, address: str = "127.0.0.1", **headers: str) -> None:
        self.runner = asyncio.Runner()
        transport = httpx.ASGITransport(app=application, client=(address, 50000))
        self.client = httpx.AsyncClient(transport=transport, base_url=base, headers=headers)
        self.response = httpx.Response(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.runner.run(self.client.aclose())
        self.runner.close()

    # --- plain HTTP

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        self.response = self.runner.run(self.client.request(method, path, **more))
        return self.response

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)

    def post(self, path: str, data: Mapping[str, Any] | None = None, **more: Any) -> httpx.Response:
        """A form, as browsers send it: UTF-8, percent-encoded."""
        if data is not None:
            content = urlencode(data, doseq=True, errors="surrogatepass")
            more = {"content": content, "headers": {"Content-Type": FORM, **more.pop("headers", {})}, **more}
        return self.request("POST", path, **more)

    def together(self, count: int, method: str, path: str, **more: Any) -> list[httpx.Response]:
        """The same request many times at once."""

        async def all_at_once() -> list[httpx.Response]:
            return await asyncio.gather(*(self.client.request(method, path, **more) for _ in range(count)))

        return self.runner.run(all_at_once())

    # --- as a person

    def opens(self, path: str, **more: Any) -> Element:
        self.get(path, **more)
        return self._followed()

    def sends(self, action: str, /, *, change: Mapping[str, Any] | None = None) -> Element:
        """Press the button of the form with this action, as the page drew it, with what was filled in."""
        forms = [each for each in self.page.every("form") if each.attributes.get("action") == action]
        assert forms, f"no form for {action}; there are {[f.attributes.get('action') for f in self.page.every('form')]}"
        self.post(action, {**filled(forms[0]), **(change or {})})
        return self._followed()

    @property
    def page(self) -> Element:
        return read(self.response.text)

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def path(self) -> str:
        return self.response.url.raw_path.decode()

    @property
    def heading(self) -> str:
        return self.page.one("h1").text

    def _followed(self) -> Element:
        while self.response.is_redirect:
            assert self.response.status_code == 303
            assert self.response.headers["location"].startswith("/")
            self.get(self.response.headers["location"].partition("#")[0])
        return self.page


def filled(form: Element) -> dict[str, list[str]]:
    """What a form sends as it stands: hidden fields, checked boxes, written text; nothing that is disabled."""
    values: dict[str, list[str]] = {}
    disabled = {id(each) for fieldset in form.every("fieldset") if "disabled" in fieldset.attributes
                for each in fieldset.every("input") + fieldset.every("textarea")}  # fmt: skip
    for each in form.every("input") + form.every("textarea"):
        name = each.attributes.get("name")
        is_off = each.attributes.get("type") in ("radio", "checkbox") and "checked" not in each.attributes
        if name is None or is_off or id(each) in disabled:
            continue
        value = each.text if each.tag == "textarea" else each.attributes.get("value", "")
        values.setdefault(name, []).append(value)
    return values
