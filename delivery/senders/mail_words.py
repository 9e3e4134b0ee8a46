"""A message as a mail: head, words, picture and document. PURE.

Knows how a mail is put together. What is written in a head is one line of plain characters, whatever it was made of.
"""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from delivery.outgoing import Outgoing
from delivery.senders.plain_words import with_alternative, with_links

LONGEST_SUBJECT = 100
_POLICY = SMTP.clone(cte_type="7bit")  # every server takes it


def mail_of(outgoing: Outgoing, *, sender: str, now: datetime) -> EmailMessage:
    """The mail for `outgoing.address`. Its Message-ID is the same for every attempt of one delivery."""
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = sender
    mail["To"] = outgoing.address
    mail["Subject"] = subject_of(outgoing)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = message_id(outgoing, sender)
    mail["Auto-Submitted"] = "auto-generated"  # nobody's holiday notice answers it
    words = "\n".join(with_links(outgoing).splitlines())
    if outgoing.picture is not None and outgoing.alt:
        words = with_alternative(outgoing) if not outgoing.text else f"{words}\n\n{outgoing.alt}"
    mail.set_content(_sayable(words) + "\n", charset="utf-8", cte="base64")
    if outgoing.picture is not None:
        mail.add_attachment(outgoing.picture, maintype="image", subtype="png", filename="bulletin.png")
    if outgoing.document is not None:
        mail.add_attachment(outgoing.document, maintype="application", subtype="pdf", filename="bulletin.pdf")
    return mail


def subject_of(outgoing: Outgoing) -> str:
    """The title, or the first line of the text, as one short line."""
    first = next((line for line in (outgoing.title or outgoing.text or outgoing.alt).splitlines() if line.strip()), "")
    line = " ".join("".join(one if _is_plain(one) else " " for one in _sayable(first)).split())
    return line if len(line) <= LONGEST_SUBJECT else f"{line[: LONGEST_SUBJECT - 1]}…"


def message_id(outgoing: Outgoing, sender: str) -> str:
    """A name of this delivery that tells nothing of whom it is for."""
    digest = hashlib.sha256(f"{outgoing.delivery}\x00{outgoing.address}\x00{sender}".encode()).hexdigest()[:16]
    return f"<delivery-{outgoing.delivery}.{digest}@{sender.rpartition('@')[2]}>"


def _is_plain(character: str) -> bool:
    return unicodedata.category(character)[0] != "C"


def _sayable(words: str) -> str:
    """Without what no mail can carry: halves of surrogate pairs."""
    return words.encode("utf-8", "replace").decode("utf-8")
