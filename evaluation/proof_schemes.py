"""Whether schemes on record are those that were applied: content, digest, first month and state in the loop. PURE.

Works on stored rows by column name. Refuses to know what a scheme says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from evaluation.freezing import Values
from evaluation.loop import IN_FORCE, START
from locales.errors import Finding
from storage.base import canonical

FILE = "database"
APPLY, MOVE = "apply_scheme", "move_scheme"


def scheme_findings(versions: Iterable[Values], acts: Iterable[Values]) -> Iterator[Finding]:
    """Each version carries the digest of its content, and stands where the audit trail has brought it."""
    known = [act for act in acts if act["action"] in {APPLY, MOVE}]
    for row in versions:
        subject = f"{row['year']}/{row['version']}"
        key, of_version = f"scheme_version {subject}", [act for act in known if act["subject"] == subject]
        if content_digest(row["content"]) != row["digest"]:
            yield Finding(FILE, key, "scheme_content_differs")
        elif not (_is_about_itself(row) and _is_as_recorded(row, of_version)):
            yield Finding(FILE, key, "scheme_record_differs")


def content_digest(content: Any) -> str:
    """The digest of a scheme's document."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def _is_about_itself(row: Values) -> bool:
    """Whether year, version and first month of a row are those of its document."""
    content = row["content"]
    head = content.get("scheme") if isinstance(content, Mapping) else None
    if not isinstance(head, Mapping):
        return False
    effective = head.get("effective", f"{row['year']}-01")
    return (head.get("year"), head.get("version"), effective) == (row["year"], row["version"], row["effective"])


def _is_as_recorded(row: Values, acts: list[Values]) -> bool:
    """Whether the version was applied then and so, and has moved on as recorded; acts in the order of time."""
    applied = [place for place, act in enumerate(acts) if act["action"] == APPLY]
    if not applied:
        return False
    first = acts[applied[-1]]
    if (first["at"], first["details"].get("digest")) != (row["applied_at"], row["digest"]):
        return False
    moves = [act["details"].get("after") for act in acts[applied[-1] + 1 :]]
    noted = START if "effective" in first["details"] else IN_FORCE  # before there was a loop, all were in force
    return bool(row["state"] == (moves[-1] if moves else noted))
