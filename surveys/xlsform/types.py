"""The column `type` of an XLSForm: what a row asks for. PURE.

Refuses to know rows: it reads one cell's words and says which of our types they mean, or by which name the feature is
known that nobody here can ask.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from surveys.structure import CODING, DATE, DATETIME, DECIMAL, DISPLAY, GROUP, INTEGER, TEXT, TIME

END = "end"

_SIMPLE = {
    "text": TEXT, "string": TEXT, "integer": INTEGER, "int": INTEGER, "decimal": DECIMAL, "date": DATE, "time": TIME,
    "datetime": DATETIME, "date time": DATETIME, "note": DISPLAY,
}  # fmt: skip
_BOUND = {"phone number": (TEXT, {"pattern": "^[0-9]*$"}), "percentage": (INTEGER, {"minimum": "0", "maximum": "100"})}
_LONG_FORM = re.compile(r"add (.+) prompt|q (.+)")
_RECORDING = frozenset({
    "start", "end", "today", "deviceid", "subscriberid", "simserial", "phonenumber", "username", "email", "audit",
    "imei", "start time", "end time", "device id", "sim id", "subscriber id", "start-geopoint",
    "background-geopoint", "background-audio", "get start time", "get end time", "get today", "get device id",
    "get phone number", "get sim id", "get subscriber id",
})  # fmt: skip
"""What records something about the device, its owner or the time instead of asking."""

_BRACKET = re.compile(r"(?P<side>begin|end)[\s_]+(?P<what>group|lgroup|looped[\s_]+group|repeat|loop)(?P<rest>\s.*)?")
_SELECT = re.compile(
    r"(?P<one>(?:add\s+)?select[\s_]+one(?:[\s_]+prompt\s+using|\s+from|\s+using)?|select1)(?:\s+(?P<rest>.*))?"
    r"|(?P<many>(?:add\s+)?select[\s_]+multiple(?:[\s_]+prompt\s+using|\s+from|\s+using)?"
    r"|select\s+all\s+that\s+apply(?:\s+from)?)"
    r"(?:\s+(?P<rest_of_many>.*))?",
    re.IGNORECASE | re.DOTALL,
)
_OR_OTHER = re.compile(r"\s+or[\s_]+(?:specify[\s_]+)?other$", re.IGNORECASE)
_FILE = re.compile(r".*\.(csv|xml|geojson)$", re.IGNORECASE)
_LONGEST_FEATURE = 40


@dataclass(frozen=True, slots=True)
class Asked:
    """What a row is: one of our types, with the list of a choice and the bounds that come with the type; the end of a
    group; or `unsupported` by name, for what records without asking with `is_recording`.
    """

    type: str = ""
    list_name: str = ""
    is_several: bool = False
    is_open: bool = False
    side: str = ""
    unsupported: str = ""
    is_recording: bool = False
    bounds: Mapping[str, str] = field(default_factory=dict)


def read_type(written: str) -> Asked:
    """What the words under `type` ask for."""
    words = " ".join(written.split())
    lowered = words.lower()
    long_form = _LONG_FORM.fullmatch(lowered)
    simple = lowered if long_form is None else long_form[1] or long_form[2]
    if simple in _SIMPLE:
        return Asked(_SIMPLE[simple])
    if lowered in _BOUND:
        type_, bounds = _BOUND[lowered]
        return Asked(type_, bounds=bounds)
    bracket = _BRACKET.fullmatch(lowered)
    if bracket is not None:
        is_group = bracket["what"] == "group" and not (bracket["rest"] or "").strip()
        feature = "" if is_group else "repeat" if bracket["what"] != "group" else lowered[:_LONGEST_FEATURE]
        return Asked(GROUP, side=bracket["side"], unsupported=feature)
    if lowered.removeprefix("uri:") in _RECORDING:
        return Asked(unsupported=lowered[:_LONGEST_FEATURE], is_recording=True)
    return _select(words) or Asked(
        unsupported=(lowered.partition(" ")[0] if _has_list(lowered) else lowered)[:_LONGEST_FEATURE]
    )


def _select(words: str) -> Asked | None:
    found = _SELECT.fullmatch(words)
    if found is None:
        return None
    is_several = found["many"] is not None
    rest = ((found["rest_of_many"] if is_several else found["rest"]) or "").strip()
    list_name, other = _OR_OTHER.subn("", rest)
    if _FILE.fullmatch(list_name) is not None:
        return Asked(CODING, unsupported="select_from_file")
    return Asked(CODING, list_name, is_several, is_open=bool(other))


def _has_list(lowered: str) -> bool:
    """`rank LIST`, `osm LIST`, `select_one_external LIST`: the feature is the first word."""
    return lowered.startswith(("rank ", "osm ", "select_one_", "select_multiple_", "cascading_select "))
