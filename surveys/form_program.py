"""The program that reads foreign questionnaires: `python -m surveys.form_program SECONDS MIB NAME`.

A file on stdin, what it holds on stdout (`surveys.packing`). Any reader of ours may be made to work long by somebody
who tries: here that ends by itself. Only `surveys.exchange` starts it.
"""

from __future__ import annotations

from typing import Any

from consortium.confined import serve_confined
from surveys.forms import read_form
from surveys.packing import pack


def read(content: bytes, arguments: list[str]) -> dict[str, Any]:
    """What the file of that name holds."""
    return pack(read_form(content, name=arguments[0]))


if __name__ == "__main__":
    serve_confined(read)
