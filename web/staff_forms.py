"""What the pages of the office's own work share: a form whose fault stands beside it, and what was done above it.

Knows nothing of what a form is for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from locales.errors import DomainError, explain
from locales.texts import text
from web.forms import Form
from web.pages import Values, language_of, page, see
from web.site import site_of

CONFLICT = 409


async def act_or_say_why(
    request: Request,
    *,
    act: Callable[[Session], str],
    values: Callable[[Session], Values],
    template: str,
    faults: Collection[str],
    form: Form,
) -> Response:
    """Do it and go where it says; what a person can mend (`faults`) is drawn on the page with what they had typed."""
    database = site_of(request).database
    try:
        address = await database.run(act)
    except DomainError as error:
        if error.code not in faults:
            raise
        shown = await database.run(values)
        fault = explain(language_of(request), error)
        typed = defaultdict(str, form.values)  # what was not on the form is empty
        return page(request, template, status=CONFLICT, **(shown | {"fault": fault, "done": None, "typed": typed}))
    return see(address)


async def draw(request: Request, template: str, values: Callable[[Session], Values], **more: object) -> Response:
    """The page as it is asked for, without a fault."""
    shown = await site_of(request).database.run(values)
    usual: Values = {"fault": None, "done": None, "typed": defaultdict(str)}
    return page(request, template, **(usual | shown | more))


def done_words(request: Request, domain: str, acts: Collection[str]) -> str | None:
    """What was done, as the address says it: `?done=…`."""
    done = request.query_params.get("done", "")
    return text(language_of(request), f"{domain}.done.{done}") if done in acts else None


def whole_number(written: str, *, otherwise: int = 0) -> int:
    """A whole number of a form; what is none, or far too large, is `otherwise`."""
    is_number = written.isascii() and written.isdecimal() and len(written) < 7  # noqa: PLR2004 - a million is far too many
    return int(written) if is_number else otherwise
