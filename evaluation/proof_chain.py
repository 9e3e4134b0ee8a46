"""Whether settled periods are what they were then: the chain, its digests, and who settled when. PURE.

Works on stored rows by column name. Refuses to know where they lie, and what the figures mean.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from evaluation.digests import Frozen, frozen_digest
from evaluation.freezing import Values
from locales.errors import Finding

FILE = "database"
SETTLING = ("settle_period", "correct_settlement")
"""The acts after which the audit trail names the digest of what was settled."""


def chain_findings(standing: Sequence[Values], replaced: Sequence[Values]) -> Iterator[Finding]:
    """One chain over what stands and what was replaced: 1, 2, 3 …, each link holding the digest of the one before."""
    links = sorted([*standing, *replaced], key=lambda row: (row["sequence"] or 0, row["period"] or ""))
    previous: str | None = None
    for place, link in enumerate(links, start=1):
        if link["sequence"] != place:
            yield Finding(FILE, _named(link, replaced), "settlement_sequence_gap", {"sequence": link["sequence"]})
        if link["previous_digest"] != previous:
            yield Finding(FILE, _named(link, replaced), "settlement_chain_broken")
        previous = link["digest"]
    revisions: dict[str, list[int]] = defaultdict(list)
    for row in replaced:
        revisions[row["period"]].append(row["revision"])
    stands = {row["period"]: row["revision"] for row in standing}
    for period in {*stands, *revisions}:
        known = sorted([*revisions.get(period, []), *([stands[period]] if period in stands else [])], key=str)
        if period not in stands or known != list(range(1, len(known) + 1)) or stands[period] != len(known):
            yield Finding(FILE, f"settlement {period}", "settlement_revisions_differ")


def digest_findings(
    settlement: Values, cards: Iterable[Values], lines: Iterable[Values], schemes: Mapping[tuple[int, int], str]
) -> Iterator[Finding]:
    """The digest of a settlement that stands covers its rows, its scheme, its readings and the digest before it."""
    if settlement["digest"] != _digest(settlement, cards, lines, schemes):
        yield Finding(FILE, f"settlement {settlement['period']}", "settlement_digest_differs")


def replaced_findings(
    replaced: Sequence[Values], standing: Sequence[Values], schemes: Mapping[tuple[int, int], str]
) -> Iterator[Finding]:
    """A replaced settlement is kept whole: its document carries its digest, and was replaced by the next revision."""
    following = {(row["period"], row["revision"]): row for row in standing}
    documents = {(row["period"], row["revision"]): _settlement_in(row) for row in replaced}
    following |= {place: document for place, document in documents.items() if document is not None}
    for row in replaced:
        key, document = f"superseded_settlement {row['period']}/{row['revision']}", row["document"]
        inside = documents[row["period"], row["revision"]]
        if inside is None or any(inside.get(name) != row[name] for name in _REPEATED):
            yield Finding(FILE, key, "superseded_document_differs")
        elif row["digest"] != _digest_of_document(inside, document, schemes):
            yield Finding(FILE, key, "superseded_digest_differs")
        after = following.get((row["period"], (row["revision"] or 0) + 1))
        if after is None or (_moment(after["settled_at"]), after["settled_by"]) != (
            _moment(row["superseded_at"]),
            row["superseded_by"],
        ):
            yield Finding(FILE, key, "superseded_record_differs")


def record_findings(
    standing: Sequence[Values], replaced: Sequence[Values], acts: Iterable[Values]
) -> Iterator[Finding]:
    """Who settled when, and after which objection, as the audit trail has it."""
    noted = {act["details"].get("digest"): act for act in acts if act["action"] in SETTLING}
    objections = {(row["period"], row["revision"] + 1): row["objection"] for row in replaced if row["revision"]}
    every = [*standing, *(inside for row in replaced if (inside := _settlement_in(row)) is not None)]
    for row in every:
        act, revision = noted.get(row["digest"]), row["revision"]
        after = objections.get((row["period"], revision))
        stored = row["period"], _moment(row["settled_at"]), row["settled_by"], after
        if act is None or stored != (act["subject"], _moment(act["at"]), act["actor"], act["details"].get("objection")):
            yield Finding(FILE, f"settlement {row['period']}", "settlement_record_differs", {"revision": revision})


_REPEATED = ("period", "revision", "sequence", "digest", "previous_digest")


def _settlement_in(replaced: Values) -> Values | None:
    """The settlement as the document of a replaced one holds it; None where the document is no such thing."""
    document = replaced["document"]
    if not isinstance(document, Mapping) or set(document) != {"settlement", "cards", "lines"}:
        return None
    return dict(document["settlement"])


def _digest_of_document(
    settlement: Mapping[str, Any], document: Mapping[str, Any], schemes: Mapping[tuple[int, int], str]
) -> str | None:
    """None for a document that nobody of ours has written."""
    try:
        return _digest(settlement, document["cards"], document["lines"], schemes)
    except (KeyError, TypeError, AttributeError):
        return None


def _digest(
    settlement: Mapping[str, Any],
    cards: Iterable[Values],
    lines: Iterable[Values],
    schemes: Mapping[tuple[int, int], str],
) -> str:
    version = settlement["scheme_year"], settlement["scheme_version"]
    frozen = Frozen(
        period=settlement["period"],
        scheme_year=settlement["scheme_year"],
        scheme_version=settlement["scheme_version"],
        scheme_digest=schemes.get(version, ""),
        previous_digest=settlement["previous_digest"],
        readings_digest=settlement["readings_digest"],
    )
    return frozen_digest(frozen, cards, lines)


def _moment(value: Any) -> str | None:
    """A moment, read from a table or written in a document, in one form."""
    return value if value is None or isinstance(value, str) else value.isoformat()


def _named(link: Values, replaced: Sequence[Values]) -> str:
    if any(link is row for row in replaced):
        return f"superseded_settlement {link['period']}/{link['revision']}"
    return f"settlement {link['period']}"
