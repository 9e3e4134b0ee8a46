"""The sentences with which the Bot API server says no, in its own wording.

Knows codes and sentences; knows neither when they are due nor how they travel.
"""

from __future__ import annotations

from typing import Any


class Refusal(Exception):  # noqa: N818 - it is the word used for it
    """The server says no: an HTTP status, a sentence, and the `parameters` a client needs to go on."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(code, description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def envelope(self) -> dict[str, Any]:
        """The JSON body of the answer."""
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def bad_request(sentence: str) -> Refusal:
    return Refusal(400, f"Bad Request: {sentence}")


def unauthorized() -> Refusal:
    return Refusal(401, "Unauthorized")


def forbidden(sentence: str) -> Refusal:
    return Refusal(403, f"Forbidden: {sentence}")


def method_unknown() -> Refusal:
    return Refusal(404, "Not Found: method not found")


def path_unknown() -> Refusal:
    return Refusal(404, "Not Found")


def conflict(sentence: str) -> Refusal:
    return Refusal(409, f"Conflict: {sentence}")


def too_many(retry_after: int) -> Refusal:
    """Flood control; `retry_after` in whole seconds, at least 1."""
    return Refusal(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)


def upgraded(new_chat: int) -> Refusal:
    """The group lives on under another id."""
    sentence = "Bad Request: group chat was upgraded to a supergroup chat"
    return Refusal(400, sentence, migrate_to_chat_id=new_chat)


def unparsable(reason: str) -> Refusal:
    return bad_request(f"can't parse entities: {reason}")


def query_gone() -> Refusal:
    return bad_request("query is too old and response timeout expired or query ID is invalid")


def not_modified() -> Refusal:
    return bad_request(
        "message is not modified: specified new message content and reply markup are exactly the same "
        "as a current content and reply markup of the message"
    )


def other_poller() -> Refusal:
    return conflict("terminated by other getUpdates request; make sure that only one bot instance is running")


def webhook_came() -> Refusal:
    return conflict("terminated by setWebhook request")


def webhook_active() -> Refusal:
    return conflict(
        "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
    )
