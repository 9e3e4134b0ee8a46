"""What stands in the addresses of pages: the code of a unit, and what is no such code. PURE but for the request."""

from __future__ import annotations

import re

from starlette.requests import Request

from locales.errors import DomainError

CODE = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)
"""How the code of a unit, a person or an indicator may look in an address; whether there is one is found later."""


def unit_code(request: Request) -> str:
    """The unit of `/units/{code}/…`; `page_unknown` for what is no code."""
    code = str(request.path_params["code"])
    if not CODE.fullmatch(code):
        raise DomainError("page_unknown")
    return code
