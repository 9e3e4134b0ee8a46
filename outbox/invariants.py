"""What must hold in the table of deliveries at any time; each check names what it found, for `doctor`."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from locales.errors import Finding
from outbox.models import Delivery

_FILE = "database"


def check_outbox(session: Session) -> list[Finding]:
    """No part of a bulletin is with its readers while the part before it is not, and an edit is of a message of its own
    channel that is no edit itself.
    """
    before = aliased(Delivery)
    overtaken = session.execute(
        select(Delivery.id, before.id, before.state)
        .join(before, before.id == Delivery.after_id)
        .where(Delivery.state == "sent", before.state != "sent")
        .order_by(Delivery.id)
    )
    elsewhere = session.execute(
        select(Delivery.id, before.id, before.state)
        .join(before, before.id == Delivery.edits_id)
        .where(or_(Delivery.channel != before.channel, before.edits_id.is_not(None)))
        .order_by(Delivery.id)
    )
    return [
        *(
            Finding(_FILE, f"delivery:{later}", "delivery_overtook", {"before": earlier, "state": state})
            for later, earlier, state in overtaken
        ),
        *(
            Finding(_FILE, f"delivery:{later}", "delivery_edits_another", {"edited": earlier})
            for later, earlier, _ in elsewhere
        ),
    ]
