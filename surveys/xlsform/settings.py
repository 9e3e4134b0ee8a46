"""The sheet `settings` of an XLSForm: what the form is called, and its first language. PURE.

What would change how answers are sent or sealed is refused at its cell; what only concerns looks is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from consortium.sheets import Sheet
from surveys.plain_text import clean_text
from surveys.structure import UNDETERMINED
from surveys.xlsform.kept import design_notes
from surveys.xlsform.languages import language_tag
from surveys.xlsform.layout import Expected, lay_out
from surveys.xlsform.refused import Refused

_READ = frozenset({"form_title", "form_id", "version", "default_language"})
_KEPT = frozenset({"style", "name"})
_UNSUPPORTED = frozenset({
    "public_key", "submission_url", "auto_send", "auto_delete", "instance_name", "instance_id", "namespaces",
    "allow_choice_duplicates", "sms_keyword", "sms_separator", "sms_allow_media", "sms_date_format",
    "sms_datetime_format", "sms_response", "prefix", "delimiter", "client_editable", "omit_instanceid",
})  # fmt: skip
_LONGEST_ID = 255


@dataclass(frozen=True, slots=True)
class Settings:
    """`language` is that of what stands under a plain `label`."""

    id: str = ""
    title: str = ""
    version: str = ""
    language: str = UNDETERMINED
    carried: dict[str, Any] | None = None


def read_settings(sheet: Sheet | None, refused: Refused) -> Settings:
    """The settings; empty ones where there is no such sheet."""
    if sheet is None or not sheet.rows:
        return Settings()
    grid = lay_out(sheet, Expected(_READ, _KEPT, _UNSUPPORTED), UNDETERMINED, refused)
    for entry in grid.entries[1:]:
        refused.add(entry.address_of(next(iter(entry.cells))), "settings", "xlsform_settings_twice")
    if not grid.entries:
        return Settings()
    [entry, *_] = grid.entries
    tag = language_tag(entry.text("default_language")) if entry.text("default_language") else UNDETERMINED
    if tag is None:
        refused.add(entry.address("default_language"), entry.text("default_language"), "xlsform_language_unknown")
    for name in ("form_id", "version"):
        if len(entry.text(name)) > _LONGEST_ID or "\n" in entry.text(name):
            refused.add(entry.address(name), name, "xlsform_name_malformed", value=entry.text(name)[:40])
    kept = [(name, words) for name, words in entry.filled().items() if name in _KEPT]
    return Settings(
        entry.text("form_id"),
        clean_text(entry.text("form_title")) or "",
        entry.text("version"),
        tag or UNDETERMINED,
        design_notes(kept),
    )
