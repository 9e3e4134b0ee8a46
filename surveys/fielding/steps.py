"""The dispositions an invitation can have, and which may follow which. PURE."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

INVITED: Final = "invited"
DELIVERED: Final = "delivered"  # a link was handed out
STARTED: Final = "started"  # the survey was opened
PARTIAL: Final = "partial"  # something was answered
COMPLETE: Final = "complete"
REFUSED: Final = "refused"
EXPIRED: Final = "expired"  # the reason says how far it had come
INELIGIBLE: Final = "ineligible"
UNREACHABLE: Final = "unreachable"
WITHDRAWN: Final = "withdrawn"
DISPOSITIONS = (
    INVITED, DELIVERED, STARTED, PARTIAL, COMPLETE, REFUSED, EXPIRED, INELIGIBLE, UNREACHABLE, WITHDRAWN,
)  # fmt: skip

OPEN = (INVITED, DELIVERED, STARTED, PARTIAL, UNREACHABLE)
"""Those from which the invitation may still be answered and nobody has said no."""

FOLLOWS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        INVITED: (),
        DELIVERED: (INVITED, UNREACHABLE),
        STARTED: (INVITED, DELIVERED, UNREACHABLE, REFUSED),
        PARTIAL: (INVITED, DELIVERED, STARTED, UNREACHABLE, REFUSED),
        COMPLETE: (INVITED, DELIVERED, STARTED, PARTIAL, UNREACHABLE, REFUSED),
        REFUSED: OPEN,
        EXPIRED: OPEN,
        INELIGIBLE: (INVITED, DELIVERED, UNREACHABLE),
        UNREACHABLE: (INVITED, DELIVERED, STARTED, PARTIAL),
        WITHDRAWN: (COMPLETE,),
    }
)
"""After which dispositions each may come: who has refused may still change their mind, who has sent only withdraw."""
