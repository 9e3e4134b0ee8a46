"""One conversation with a mail server: SMTP, phase by phase, and what each answer proves.

Knows the order of SMTP and when the message is in whose hands. Blocking, with an end to every wait: it belongs in a
thread. Refuses to know who else is written to, and retries.

What a failure proves: until the dot that ends the message goes out, a server delivers nothing; a readable answer to
the dot says which; a dot without an answer may hide a message that arrived.
"""

from __future__ import annotations

import smtplib
import ssl
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from consortium.channel_definitions import is_this_machine
from outbox.outcomes import NotSent, Outcome, Refused, RetryAt, Sent, Uncertain

_ONE_WAIT, _ALL_WAITS = 8.0, 26.0
LONGEST_CONVERSATION = _ALL_WAITS + _ONE_WAIT
"""Seconds."""

_DEFERRED = timedelta(minutes=5)  # a server that asks to come later means minutes (greylisting)
_TOO_LARGE, _PERMANENT = 552, 500
_OK = frozenset({250, 251})
_GO_ON = frozenset({354})


@dataclass(frozen=True, slots=True)
class MailServer:
    """One server and who writes through it."""

    id: str
    host: str
    port: int
    tls: str
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)


class _EndedError(Exception):
    """It is known how this attempt ended."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__("ended")
        self.outcome = outcome


def deliver(
    server: MailServer, mailbox: str, content: bytes, *, now: datetime, trust: ssl.SSLContext | None = None
) -> Outcome:
    """One conversation with a mail server, from the connection to the answer to the final dot. Blocks."""
    deadline = time.monotonic() + _ALL_WAITS
    connection: smtplib.SMTP | None = None
    try:
        connection = _connected(server, trust)
        _logged_in(connection, server, deadline)
        _in_time(connection, deadline)
        _expect(connection.mail(server.sender), _OK, "sender_refused", now)
        _in_time(connection, deadline)
        _expect(connection.rcpt(mailbox), _OK, "recipient_refused", now)
        _in_time(connection, deadline)
        _expect(connection.docmd("DATA"), _GO_ON, "content_refused", now)
        _in_time(connection, deadline)
        _send_before_dot(connection, content)
        return _answer_to_dot(connection, now)
    except _EndedError as ended:
        return ended.outcome
    except (OSError, smtplib.SMTPException):  # nothing but the dot makes a server deliver, and it was not sent
        return NotSent("unreachable")
    finally:
        if connection is not None:
            connection.close()


def _connected(server: MailServer, trust: ssl.SSLContext | None) -> smtplib.SMTP:
    """A greeting exchanged, and the connection encrypted if it must be."""
    context = trust or ssl.create_default_context()
    name = server.sender.rpartition("@")[2]
    if server.tls == "tls":
        return smtplib.SMTP_SSL(server.host, server.port, local_hostname=name, timeout=_ONE_WAIT, context=context)
    connection = smtplib.SMTP(server.host, server.port, local_hostname=name, timeout=_ONE_WAIT)
    if server.tls == "starttls":
        try:
            connection.starttls(context=context)
        except smtplib.SMTPNotSupportedError:
            connection.close()
            raise _EndedError(NotSent("no_encryption")) from None
        except BaseException:
            connection.close()
            raise
    return connection


def _logged_in(connection: smtplib.SMTP, server: MailServer, deadline: float) -> None:
    """Who we are. A password never goes over a connection that others can read, whatever the settings say."""
    connection.ehlo_or_helo_if_needed()
    if server.user is None:
        return
    if server.tls == "none" and not is_this_machine(server.host):
        raise _EndedError(NotSent("no_encryption"))
    _in_time(connection, deadline)
    try:
        connection.login(server.user, server.password or "")
    except smtplib.SMTPNotSupportedError:
        raise _EndedError(NotSent("login_refused")) from None
    except smtplib.SMTPAuthenticationError:
        raise _EndedError(NotSent("login_refused")) from None


def _expect(answer: tuple[int, bytes], wanted: frozenset[int], refused: str, now: datetime) -> None:
    """All answers but the wanted ones end the attempt."""
    if answer[0] not in wanted:
        raise _EndedError(_refusal(answer[0], refused, now))


def _send_before_dot(connection: smtplib.SMTP, content: bytes) -> None:
    """The message, without what makes the server take it."""
    lines = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").rstrip(b"\n").split(b"\n")
    stuffed = b"".join((b"." + line if line.startswith(b".") else line) + b"\r\n" for line in lines)
    connection.send(stuffed)


def _answer_to_dot(connection: smtplib.SMTP, now: datetime) -> Outcome:
    """From here on the message may be there."""
    try:
        connection.send(b".\r\n")
        code, _ = connection.getreply()
    except (OSError, smtplib.SMTPException):
        return Uncertain("no_answer")
    if code in _OK:
        return Sent(None)
    if code == _TOO_LARGE:
        return Refused("file_too_large")
    if code < 0:
        return Uncertain("answer_unreadable")
    return _refusal(code, "content_refused", now)


def _refusal(code: int, refused: str, now: datetime) -> Outcome:
    """4xx: later. 5xx: no. Anything else is no answer to this, and nothing was delivered."""
    if code >= _PERMANENT:
        return Refused(refused)
    return RetryAt(now + _DEFERRED, "mail_deferred")


def _in_time(connection: smtplib.SMTP, deadline: float) -> None:
    """No single wait beyond its limit, and not all of them together beyond theirs."""
    left = deadline - time.monotonic()
    if left <= 0 or connection.sock is None:
        raise _EndedError(NotSent("unreachable"))
    connection.sock.settimeout(min(_ONE_WAIT, left))
