"""What must hold in the table of deliveries at any time; each check names what it found, for `doctor`."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from locales.errors import Finding
from outbox.models import Delivery

_FILE = "database"


def check_outbox(session: Session) -> list[Finding]:
    """No part of a bulletin is with its readers while the part before it is not."""
    before = aliased(Delivery)
    overtaken = session.execute(
        select(Delivery.id, before.id, before.state)
        .join(before, before.id == Delivery.after_id)
        .where(Delivery.state == "sent", before.state != "sent")
        .order_by(Delivery.id)
    )
    return [
        Finding(_FILE, f"delivery:{later}", "delivery_overtook", {"before": earlier, "state": state})
        for later, earlier, state in overtaken
    ]
