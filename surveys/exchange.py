"""The door for questionnaires and responses from elsewhere: whatever the file, one answer, soon and within bounds.

A file is read in a confined process (`surveys.form_program`), so that no file, however deep, large or cunning, takes
more than two seconds or a fixed amount of memory, nor harms whoever asks. Refuses to know formats (`forms`) and where
bytes come from.
"""

from __future__ import annotations

from typing import Any

from consortium.confined import FAILED, TOO_LARGE, TOO_SLOW, Limits, read_confined
from surveys.encoding import read_text
from surveys.packing import unpack
from surveys.refusals import Checked, Refusal, refuse
from surveys.strict_json import read_json

LARGEST_FILE = 8 * 1024 * 1024

_PROGRAM = "surveys.form_program"
_LIMITS = Limits(seconds=1.0, megabytes=256)
_LONGEST_NAME = 255
_SAID = {TOO_SLOW: "document_too_slow", TOO_LARGE: "document_needs_too_much", FAILED: "document_not_read"}


def read_questionnaire(content: bytes, *, name: str) -> Checked:
    """The questionnaire of any file, whole, or the refusals; never an exception. `name` is the file's."""
    if len(content) > LARGEST_FILE:
        return Checked(None, (_too_large(),))
    arguments = [name.encode("utf-8", "replace").decode().replace("\0", "")[-_LONGEST_NAME:]]
    found, failed = read_confined(_PROGRAM, content, limits=_LIMITS, arguments=arguments)
    if failed:
        return Checked(None, (refuse("file", _SAID[failed]),))
    return unpack(found)


def read_response(content: bytes) -> tuple[Any, Refusal | None]:
    """The JSON document of a response, or why the file holds none. Whether it is a response is judged elsewhere."""
    if len(content) > LARGEST_FILE:
        return None, _too_large()
    text, fault = read_text(content)
    return (None, fault) if fault is not None else read_json(text)


def _too_large() -> Refusal:
    return refuse("file", "file_too_large", limit=LARGEST_FILE // 1024 // 1024)
