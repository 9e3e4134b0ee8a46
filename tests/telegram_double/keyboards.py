"""PURE. Reply markup: which keyboards the server takes, and the form in which it keeps them.

Two points are stricter than the real server on purpose: a row over 8 buttons, which clients cut off silently, is
refused; and so is a button without a visible text.
"""

from __future__ import annotations

from typing import Any

from tests.telegram_double import refusals
from tests.telegram_double.addresses import wrong_with

Keyboard = dict[str, Any]

DATA_BYTES = 64
ROW_BUTTONS = 8
ALL_BUTTONS = 100
_OTHER_KINDS = ("switch_inline_query", "switch_inline_query_current_chat", "copy_text")


def parse_markup(markup: Any, *, private: bool) -> Keyboard | None:
    """The normal form of a `reply_markup` value; None for no keyboard. `private` says whether a person reads it."""
    if markup in (None, ""):
        return None
    if not isinstance(markup, dict):
        raise refusals.bad_request("object expected as reply markup")
    rows = markup.get("inline_keyboard")
    if rows is not None:
        inline = _rows(rows, "inline_keyboard")
        kept = [[_inline_button(button, private=private) for button in row] for row in inline if row]
        _check_size(kept)
        return {"inline_keyboard": kept} if kept else None
    rows = markup.get("keyboard")
    if rows is not None:
        plain = [[_plain_button(button) for button in row] for row in _rows(rows, "keyboard") if row]
        return {"keyboard": plain} if plain else None
    if markup.get("remove_keyboard") is True:
        return {"remove_keyboard": True}
    return {"force_reply": True} if markup.get("force_reply") is True else None


def is_inline(keyboard: Keyboard | None) -> bool:
    return keyboard is not None and "inline_keyboard" in keyboard


def _rows(rows: Any, field: str) -> list[list[Any]]:
    if not isinstance(rows, list):
        raise refusals.bad_request(f'field "{field}" must be of type Array')
    if not all(isinstance(row, list) for row in rows):
        raise refusals.bad_request(f'field "{field}" of the InlineKeyboardMarkup must be an Array of Arrays')
    return rows


def _check_size(rows: list[list[Keyboard]]) -> None:
    if any(len(row) > ROW_BUTTONS for row in rows) or sum(len(row) for row in rows) > ALL_BUTTONS:
        raise refusals.bad_request("reply markup is too long")


def _label(button: Any, kind: str) -> str:
    if not isinstance(button, dict):
        raise refusals.bad_request(f"can't parse {kind} button: InlineKeyboardButton must be an Object")
    text = button.get("text")
    if text is None:
        raise refusals.bad_request(f"can't parse {kind} button: Can't find field \"text\"")
    if not isinstance(text, str) or not text.strip():
        raise refusals.bad_request(f"can't parse {kind} button: button text must be non-empty")
    return text


def _plain_button(button: Any) -> Keyboard:
    return {"text": _label({"text": button} if isinstance(button, str) else button, "keyboard")}


def _inline_button(button: Any, *, private: bool) -> Keyboard:
    text = _label(button, "inline keyboard")
    url, data, app = button.get("url"), button.get("callback_data"), button.get("web_app")
    if url:
        reason = wrong_with(str(url))
        if reason:
            raise refusals.bad_request(f"inline keyboard button URL '{url}' is invalid: {reason}")
        return {"text": text, "url": url}
    if data:
        if not isinstance(data, str) or len(data.encode("utf-8", "surrogatepass")) > DATA_BYTES:
            raise refusals.bad_request("BUTTON_DATA_INVALID")
        return {"text": text, "callback_data": data}
    if app:
        address = str(app.get("url", "")) if isinstance(app, dict) else ""
        reason = wrong_with(address, https_only=True)
        if reason:
            raise refusals.bad_request(f"inline keyboard button Web App URL '{address}' is invalid: {reason}")
        if not private:
            raise refusals.bad_request("BUTTON_TYPE_INVALID")
        return {"text": text, "web_app": {"url": address}}
    for kind in _OTHER_KINDS:
        if kind in button:
            return {"text": text, kind: button[kind]}
    raise refusals.bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
