"""The program that reads the file of a scheme from elsewhere: `python -m evaluation.scheme_program SECONDS MIB`.

A TOML file on stdin; its document on stdout, exact numbers as text, or the one reason why there is none. Somebody who
tries can make a TOML reader work long: here that ends by itself. Only `evaluation.scheme_drafts` starts it.
"""

from __future__ import annotations

from typing import Any

from consortium.confined import serve_confined
from evaluation.scheme_writing import plain_document
from surveys.strict_toml import read_toml

_MARK = b"\xef\xbb\xbf"


def read(content: bytes, _arguments: list[str]) -> dict[str, Any]:
    """`{"document"}`, or `{"code", "details"}` of the fault."""
    try:
        text = content.removeprefix(_MARK).decode()
    except UnicodeDecodeError:
        return {"code": "scheme_file_not_utf8", "details": {}}
    if "\0" in text:
        return {"code": "scheme_file_not_utf8", "details": {}}
    document, refusal = read_toml(text)
    if refusal is None:
        return _answer(document)
    if refusal.code == "toml_malformed":
        return {"code": "scheme_file_malformed", "details": {"reason": str(refusal.details["reason"])}}
    return {"code": refusal.code, "details": {name: str(value) for name, value in refusal.details.items()}}


def _answer(document: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"document": plain_document(document)}
    except TypeError:  # a date: TOML has them, and no key of a scheme takes one
        return {"code": "scheme_file_malformed", "details": {"reason": "date"}}


if __name__ == "__main__":
    serve_confined(read)
