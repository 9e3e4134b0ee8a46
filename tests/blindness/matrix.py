"""Who is let in where: every route of the application, by method, with the people whose work it is.

A route that is missing here fails a test, so whoever adds one has to say for whom it is. People are those of the cast:
one in every role, and Wang, who represents another unit than the one that is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping

NOBODY = frozenset[str]()
OFFICE = frozenset({"chen"})
COMMITTEE = frozenset({"sun"})
AUDITOR = frozenset({"gao"})
UNIT = frozenset({"li"})
"""The representative of the unit that is asked for."""
OTHER_UNIT = frozenset({"wang"})
STAFF = frozenset({"he"})
TRUSTEE = frozenset({"trustee1"})
EXPERT = frozenset({"expert1"})
SEASON = OFFICE | COMMITTEE | AUDITOR
SIGNED_IN = SEASON | UNIT | OTHER_UNIT | STAFF | TRUSTEE | EXPERT
EVERYBODY = SIGNED_IN | {""}
RATERS = UNIT | OTHER_UNIT
OF_UNIT = SEASON | UNIT
FIELDING = OFFICE | UNIT
SECRET_HOLDERS = frozenset({"key"})
"""Programs and Telegram: a key or a secret in a header, never a session. Nobody with a browser is let in."""

MATRIX: Mapping[str, frozenset[str]] = {
    # patients, and whoever holds a ticket, a receipt or a link: what they hold opens, not who they are
    "GET /s/{ticket}": EVERYBODY,
    "POST /s/{ticket}": EVERYBODY - UNIT,  # nobody answers for patients of the unit they work for
    "POST /s/{ticket}/consent": EVERYBODY,
    "GET /s/{ticket}/review": EVERYBODY,
    "POST /s/{ticket}/send": EVERYBODY,
    "GET /s/{ticket}/thanks": EVERYBODY,
    "GET /s/{ticket}/refuse": EVERYBODY,
    "POST /s/{ticket}/refuse": EVERYBODY,
    "GET /p/{code}": EVERYBODY,
    "POST /p/{code}": EVERYBODY,
    "GET /receipt": EVERYBODY,
    "POST /receipt": EVERYBODY,
    "POST /receipt/text": EVERYBODY,
    "POST /receipt/fhir": EVERYBODY,
    "POST /receipt/withdraw": EVERYBODY,
    "POST /receipt/withdraw/confirm": EVERYBODY,
    # what is public
    "GET /": EVERYBODY,
    "GET /healthz": EVERYBODY,
    "GET /readyz": EVERYBODY,
    "GET /static/{name}": EVERYBODY,
    "GET /sign-in": EVERYBODY,
    "GET /sign-in/{token}": EVERYBODY,
    "POST /sign-in/{token}": EVERYBODY,
    "POST /sign-out": SIGNED_IN,
    "GET /bulletins": EVERYBODY,
    "GET /bulletins/{period}": EVERYBODY,
    "GET /bulletins/{period}/{edition:int}": EVERYBODY,
    "GET /pictures/{name}": EVERYBODY,
    "GET /rounds": EVERYBODY,
    "GET /rounds/{period}": EVERYBODY,
    "GET /rounds/{period}/receipts.txt": EVERYBODY,
    "POST /rounds/receipt": EVERYBODY,
    "GET /panel/receipts/{period}.txt": EVERYBODY,
    "GET /api/v1/openapi.json": EVERYBODY,
    # the sheet: representatives only, each for their own units
    "GET /sheet": RATERS,
    "POST /sheet": RATERS,
    "GET /sheet/ballots": UNIT,
    "POST /sheet/ballots": UNIT,
    "GET /sheet/app": EVERYBODY,
    "POST /sheet/launch": EVERYBODY,
    # trustees and experts
    "GET /count": TRUSTEE,
    "GET /count/{period}": TRUSTEE,
    "POST /count/{period}/key": TRUSTEE,
    "POST /count/{period}/share": TRUSTEE,
    "POST /count/{period}/take-back": TRUSTEE,
    "POST /count/{period}/start": TRUSTEE,
    "POST /count/{period}/erase": TRUSTEE,
    "GET /panel": EXPERT,
    "GET /panel/{id:int}": EXPERT,
    "POST /panel/{id:int}": EXPERT,
    "GET /panel/evidence": OFFICE | RATERS,
    "POST /panel/evidence": OFFICE | UNIT,
    "GET /panel/evidence/{id}": OFFICE | UNIT | EXPERT,
    "POST /panel/evidence/{id}": OFFICE | UNIT,
    # the office, and who looks over its shoulder
    "GET /office": SEASON,
    "GET /office/deliveries": OFFICE,
    "POST /office/deliveries/{id:int}": OFFICE,
    "GET /office/chats": OFFICE,
    "POST /office/chats/{id:int}": OFFICE,
    "GET /office/bulletins": OFFICE | COMMITTEE,
    "POST /office/bulletins": OFFICE,
    "GET /office/bulletins/{id:int}": OFFICE | COMMITTEE,
    "POST /office/bulletins/{id:int}/propose": OFFICE,
    "POST /office/bulletins/{id:int}/release": OFFICE,
    "POST /office/bulletins/{id:int}/correct": OFFICE,
    "GET /office/people": OFFICE,
    "POST /office/people/{person}/links": OFFICE,
    "POST /office/accounts/{id:int}": OFFICE,
    "GET /office/held": SEASON,
    "POST /office/held": OFFICE,
    "GET /office/third-party": SEASON,
    "POST /office/third-party": OFFICE,
    "GET /office/third-party/{id}": OFFICE,
    "POST /office/third-party/{id}/import": OFFICE,
    "GET /office/readings": SEASON,
    "POST /office/readings": OFFICE,
    "GET /office/readings/imports/{id}": OFFICE,
    "POST /office/readings/imports/{id}": OFFICE,
    "GET /office/readings/{unit}/{period}/{indicator}": SEASON,
    "POST /office/readings/{unit}/{period}/{indicator}": OFFICE,
    "GET /office/schemes": SEASON | RATERS,
    "GET /office/schemes/{year:int}/{version:int}": SEASON | RATERS,
    "GET /office/schemes/{year:int}/{version:int}/scheme.json": SEASON | RATERS,
    "GET /office/schemes/{year:int}/{version:int}/scheme.toml": SEASON | RATERS,
    "GET /office/schemes/templates/{template}": SEASON | RATERS,
    "POST /office/schemes/drafts": OFFICE,
    "POST /office/schemes/drafts/copy": OFFICE,
    "GET /office/schemes/drafts/{id:int}": SEASON,
    "GET /office/schemes/drafts/{id:int}/scheme.toml": SEASON,
    "POST /office/schemes/drafts/{id:int}/give-up": OFFICE,
    "GET /office/schemes/drafts/{id:int}/shadow": SEASON,
    "POST /office/schemes/drafts/{id:int}/shadow": OFFICE,
    "GET /office/year": SEASON,
    "GET /office/year/{year:int}": SEASON,
    "POST /office/year/{year:int}/notes": OFFICE,
    "POST /office/year/{year:int}/export": OFFICE,
    "GET /office/waivers": SEASON,
    "POST /office/waivers": OFFICE,
    "GET /office/alerts": SEASON,
    "POST /office/alerts": OFFICE,
    "GET /office/explanations": SEASON,
    "POST /office/explanations": OFFICE,
    "GET /units/{code}/explanations": OF_UNIT,
    "POST /units/{code}/explanations": UNIT,
    "GET /office/vetoes": SEASON,
    "POST /office/vetoes": OFFICE | AUDITOR,
    "GET /office/objections": SEASON,
    "GET /office/objections/{number}": SEASON,
    "POST /office/objections/{number}": OFFICE | COMMITTEE,
    "GET /office/peer-comments": OFFICE,
    "POST /office/peer-comments": OFFICE,
    "GET /office/panel": SEASON,
    "POST /office/panel": OFFICE,
    # units and their surveys
    "GET /units": SEASON,
    "GET /units/{code}": OF_UNIT,
    "GET /units/{code}/history": OF_UNIT,
    "GET /indicators": SEASON,
    "GET /indicators/{code}": SEASON,
    "GET /trend": SIGNED_IN,
    "GET /units/{code}/readings": FIELDING,
    "POST /units/{code}/readings": FIELDING,
    "POST /readings/evidence": OFFICE | UNIT,
    "GET /units/{code}/objections": OF_UNIT,
    "POST /units/{code}/objections": UNIT,
    "GET /units/{code}/results": OF_UNIT,
    "GET /units/{code}/audiences": OF_UNIT,
    "GET /units/{code}/surveys": OF_UNIT,
    "POST /units/{code}/results/export": FIELDING,
    "POST /units/{code}/audiences/export": FIELDING,
    "POST /units/{code}/audiences/links": FIELDING,
    "POST /units/{code}/surveys/contacts": FIELDING,
    "POST /units/{code}/surveys/opt-outs": FIELDING,
    "POST /units/{code}/surveys/posters": FIELDING,
    "GET /surveys": SEASON,
    "GET /surveys/results": SEASON,
    "GET /surveys/audiences": SEASON,
    "GET /surveys/previews": SEASON,
    "GET /surveys/previews/{id}/{version}": SEASON,
    "GET /surveys/questionnaires": SEASON,
    "POST /surveys/questionnaires/tests": OFFICE,
    "POST /surveys/results/export": OFFICE,
    "POST /surveys/waves": OFFICE,
    "GET /surveys/waves/{id}": SEASON,
    "POST /surveys/waves/{id}/end": OFFICE,
    "GET /surveys/posters/{code}.pdf": FIELDING,
    "POST /surveys/posters/{code}/withdraw": FIELDING,
    "POST /surveys/lists": FIELDING,
    "GET /surveys/lists/{id}": FIELDING,
    "POST /surveys/lists/{id}/invite": FIELDING,
    "POST /surveys/lists/{id}/links": FIELDING,
    # programs
    "POST /api/v1/encounters": SECRET_HOLDERS,
    "GET /api/v1/contacts": SECRET_HOLDERS,
    "POST /api/v1/opt-outs": SECRET_HOLDERS,
    "POST /api/v1/readings": SECRET_HOLDERS,
    "POST /telegram/webhook": SECRET_HOLDERS,
    # the simulator is for whoever holds the machine
    "GET /simulator": EVERYBODY,
    "POST /simulator/say": EVERYBODY,
    "GET /simulator/deliveries": EVERYBODY,
    "POST /simulator/patients": EVERYBODY,
    "POST /simulator/visit": EVERYBODY,
    "POST /simulator/enter": EVERYBODY,
    "GET /simulator/pictures/{key}": EVERYBODY,
}

HERE_FOR_NOBODY = frozenset({
    "GET /surveys/posters/{code}.pdf", "POST /surveys/posters/{code}/withdraw", "GET /surveys/lists/{id}",
    "POST /surveys/lists/{id}/invite", "POST /surveys/lists/{id}/links", "GET /panel/evidence/{id}",
    "POST /panel/evidence/{id}",
})  # fmt: skip
"""What belongs to whoever made it: without one, everybody is told that there is none. Their own tests make some."""

FILLED: Mapping[str, Mapping[str, str]] = {
    "POST /office/deliveries/{id:int}": {"decision": "send_again"},
    "POST /office/people/{person}/links": {"purpose": "web"},
    "POST /office/accounts/{id:int}": {"decision": "confirm"},
    "POST /office/bulletins": {"period": "2026-11"},
    "POST /office/held": {"period": "2026-11", "act": "propose"},
    "POST /office/waivers": {"period": "2026-11", "act": "propose", "reason": "?"},
    "POST /office/schemes/drafts/{id:int}/shadow": {"period": "2026-10"},
    "POST /office/year/{year:int}/notes": {"subject": "", "cause": "?", "measure": ""},
    "POST /office/year/{year:int}/export": {"table": "completion"},
    "POST /office/vetoes": {"period": "2026-11", "act": "propose", "unit": "jia", "reason": "?", "evidence": "?"},
    "POST /office/alerts": {"kind": "change", "unit": "jia", "period": "2026-11"},
    "POST /office/explanations": {"act": "accept", "id": "1"},
    "POST /units/{code}/explanations": {"act": "explain", "id": "1", "words": "?"},
    "POST /office/objections/{number}": {"verdict": "rejected", "answer": "?"},
    "POST /units/{code}/objections": {"act": "raise", "period": "2026-10", "indicator": "-", "words": ""},
    "POST /office/peer-comments": {"period": "2026-11", "act": "save", "unit": "jia"},
    "POST /office/panel": {"period": "2026-11", "act": "open"},
    "POST /units/{code}/surveys/contacts": {"form": "csv"},
    "POST /units/{code}/audiences/links": {"form": "csv", "kind": "staff", "language": "zh", "count": "1"},
    "POST /units/{code}/audiences/export": {"form": "csv", "period": "2026-10"},
    "POST /units/{code}/results/export": {"table": "figures", "form": "csv", "period": "2026-10", "stream": "visit"},
    "POST /surveys/results/export": {"table": "figures", "form": "csv", "period": "2026-10", "stream": "visit"},
    "POST /surveys/questionnaires/tests": {"questionnaire": "outpatient:1", "language": "zh"},
    "POST /surveys/lists/{id}/links": {"form": "csv"},
    "POST /panel/{id:int}": {"casts": "0"},
    "POST /panel/evidence/{id}": {"unit": "jia", "period": "2026-11"},
    "POST /surveys/lists": {"unit": "jia"},
    "POST /panel/evidence": {"unit": "jia", "period": "2026-11", "indicator": "x"},
    "POST /readings/evidence": {"unit": "jia", "period": "2026-11", "indicator": "x"},
    "POST /units/{code}/readings": {"period": "2026-11", "indicator": "x", "value": "1"},
    "POST /office/readings/{unit}/{period}/{indicator}": {"act": "approve"},
}
"""Forms that are well written: who may not is told so, and not that something was left out."""

FILES: Mapping[str, str] = {
    "POST /surveys/lists": "list",
    "POST /office/third-party": "file",
    "POST /office/schemes/drafts": "file",
    "POST /panel/evidence": "file",
    "POST /office/readings": "file",
    "POST /readings/evidence": "file",
}
"""Forms with a file, and the file's field."""
