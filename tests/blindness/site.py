"""The application of a world with everything switched on that can be, and everybody's browser on it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI

from storage.database import Database
from tests.blindness.cast import SECRET, SESSIONS
from tests.web.browser import Browser
from web.application import build_application
from web.forms import form_token
from web.site import DemoFacts, Webhook
from web.throttle import Throttle

ANONYMOUS = ""
_NOW = re.compile(r"expires=[A-Z][a-z]{2}, [^;]+GMT")  # a cookie that is taken back names the tester's own time
_FORM = "application/x-www-form-urlencoded"


@dataclass
class Site:
    """Browsers that keep nothing between two requests but who they are."""

    application: FastAPI
    browsers: dict[str, Browser] = field(default_factory=dict)
    stack: ExitStack = field(default_factory=ExitStack)

    def ends(self) -> None:
        self.stack.close()

    def browser(self, who: str) -> Browser:
        if who not in self.browsers:
            headers = {"Via": "1.1 proxy"}  # nobody stands beside the machine
            headers |= {"Cookie": f"tongping={SESSIONS[who]}"} if who else {}
            self.browsers[who] = self.stack.enter_context(Browser(self.application, **headers))
        return self.browsers[who]

    def asks(self, who: str, method: str, path: str, **more: Any) -> tuple[int, bytes]:
        """One request; its status and the whole answer as it goes over the wire."""
        browser = self.browser(who)
        browser.client.cookies.clear()  # what one answer sets must not change the next
        answer = browser.request(method, path, **more)
        head = [str(answer.status_code), *(f"{name}: {value}" for name, value in answer.headers.multi_items())]
        return answer.status_code, _NOW.sub("expires=now", "\n".join([*head, ""])).encode() + answer.content

    def fills_in(self, who: str, path: str, fields: Mapping[str, str]) -> tuple[int, bytes]:
        """A form that anybody may send, without a session's token."""
        return self.asks(who, "POST", path, content=urlencode(fields), headers={"Content-Type": _FORM})

    def sends(self, who: str, path: str, fields: Mapping[str, str]) -> tuple[int, bytes]:
        """A form with the token of this browser's session."""
        sent = dict(fields) | ({"csrf": form_token(SECRET, SESSIONS[who])} if who else {})
        return self.fills_in(who, path, sent)


async def _fed(_raw: bytes) -> None:
    """An update by webhook, which nobody here looks at: the chat is watched behind that door."""


def site_on(database: Database, clock: Callable[[], datetime], **changes: Any) -> Site:
    """A site on a database. A parameter of `build_application` that is not known here is left as it is."""
    wanted: dict[str, Any] = {
        "simulator": True, "bot_name": lambda: "tongping_bot", "webhook": Webhook("a webhook's secret", _fed),
        "launch_key": b"launch key of the tests", "demo": DemoFacts(("2026-10",), 12, 300, 132),
    } | changes  # fmt: skip
    known = inspect.signature(build_application).parameters
    values = {name: value for name, value in wanted.items() if name in known}
    application = build_application(database=database, clock=clock, secret=SECRET, **values)
    for name in ("throttle", "openings"):  # they count the tester's own seconds
        setattr(application.state, name, Throttle(10**9, 1))
    return Site(application)
