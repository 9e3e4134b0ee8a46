"""The head of a QuestionnaireResponse: its status, which form it answers, and what else FHIR lets stand there. PURE.

Refuses to know items and answers, and what its neighbours (author, subject, encounter) say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from surveys.fhir.answer_form import canonical
from surveys.fhir.own import OWN_URL
from surveys.fhir.validation_faults import Record, shown
from surveys.fhir.validation_values import read_given
from surveys.structure import DATETIME, Questionnaire

COMPLETED, AMENDED = "completed", "amended"
STATUSES = ("in-progress", COMPLETED, AMENDED, "entered-in-error", "stopped")
_WORDS = ("id", "implicitRules", "language", "questionnaire", "status", "authored")
_OTHERS = ("meta", "text", "contained", "extension", "identifier", "basedOn", "partOf", "subject", "encounter")
_ELEMENTS = frozenset({"resourceType", *_WORDS, *(f"_{word}" for word in _WORDS), *_OTHERS, "author", "source", "item"})


def judge_head(questionnaire: Questionnaire, response: Mapping[str, Any], record: Record) -> None:
    """Notes what is wrong with the response besides its items."""
    status = response.get("status")
    if status not in STATUSES:
        record.add(None, "bad_status", status=shown(status) if isinstance(status, str) else "–")
    if "modifierExtension" in response:
        record.add(None, "modifier_extension")
    unknown = next((name for name in response if name not in _ELEMENTS and name != "modifierExtension"), None)
    if unknown is not None:
        record.add(None, "element_unknown", element=shown(unknown))
    odd = next((word for word in _WORDS if word in response and not isinstance(response[word], str)), None)
    if odd is not None:
        record.add(None, "malformed", element=odd)
    if "authored" in response and read_given(DATETIME, response["authored"]) is None:
        record.add(None, "malformed", element="authored")
    named = response.get("questionnaire")
    if isinstance(named, str) and not _is_of(questionnaire, named):
        record.add(None, "other_questionnaire", found=shown(named), expected=shown(canonical(questionnaire)))


def _is_of(questionnaire: Questionnaire, named: str) -> bool:
    """Whether a canonical may mean this questionnaire. One without a version means any; an address within a server or
    the response (`Questionnaire/7`, `#q`) says nothing; a foreign form without a URL cannot be named at all.
    """
    url, _, version = named.partition("#")[0].partition("|")
    if ":" not in url or (questionnaire.url is None and not url.startswith(OWN_URL)):
        return True
    own_url, _, own_version = canonical(questionnaire).partition("|")
    return url == own_url and (not version or not own_version or version == own_version)
