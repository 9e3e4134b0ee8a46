"""Who plays in the survey tests: the units, Mei the patient and her accounts, the outpatient questionnaire, small ones."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

import surveys
from consortium.models import Installation, Unit
from surveys.definition import Questionnaire, parse_questionnaire
from surveys.fitness import unfit
from surveys.invitations import invite
from surveys.questionnaires import apply_questionnaire
from surveys.responses import consent_to_text, give_consent, open_ticket, record_page

OUTPATIENT = Path(surveys.__file__ or "").parent / "questionnaires" / "outpatient.toml"
JIA, YI, BING = "jia", "yi", "bing"
NAMES = {JIA: "人民医院", YI: "二院", BING: "社区中心"}

NOW = datetime(2026, 10, 20, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai
LEFT = NOW - timedelta(days=3)
TICKET = "mei-ticket-22-characters"
MEI = ("telegram", "70001")
HER_SISTER = ("telegram", "70002")

BEST = {
    "clean": ("5",), "signs": ("5",), "listening": ("5",), "explaining": ("5",), "booking": ("5",), "queue": ("5",),
    "longer": ("no",), "next": ("5",), "handover": ("5",), "overall": ("5",),
}  # fmt: skip


def outpatient_document() -> dict[str, Any]:
    """The document of the questionnaire as the configuration reads it."""
    return tomllib.loads(OUTPATIENT.read_text(encoding="utf-8"), parse_float=Decimal)


def outpatient() -> Questionnaire:
    return parsed(outpatient_document())


def parsed(document: Mapping[str, Any]) -> Questionnaire:
    """A document that is sound and may be asked, as a questionnaire."""
    questionnaire, findings = parse_questionnaire(document, file="q.toml")
    assert findings == []
    assert questionnaire is not None
    assert unfit(questionnaire, file="q.toml") == []
    return questionnaire


def said(answers: Mapping[str, str | Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Answers as they are kept, where a single value may be written alone; an empty one was passed over."""
    return {
        name: tuple(value) if not isinstance(value, str) else (value,) if value else ()
        for name, value in answers.items()
    }


def wording(words: str) -> dict[str, str]:
    return {"zh": words, "en": words}


def choice(id_: str, *codes: str, **more: Any) -> dict[str, Any]:
    """A choice question without scores."""
    options = [{"code": code, "text": wording(code)} for code in codes or ("yes", "no")]
    return {"id": id_, "type": "choice", "text": wording(id_), "options": options, **more}


def scored(id_: str, dimension: str | None = None, *scores: object, **more: Any) -> dict[str, Any]:
    """A required choice question whose options are named by their scores, and one that does not apply."""
    options: list[dict[str, Any]] = [
        {"code": str(score).replace(".", "-"), "text": wording(str(score)), "score": score}
        for score in scores or (1, 2, 3, 4, 5)
    ]
    options.append({"code": "na", "text": wording("na")})
    question = {"id": id_, "type": "choice", "text": wording(id_), "options": options, "required": True, **more}
    return question if dimension is None else {**question, "dimension": dimension}


def free_text(id_: str, **more: Any) -> dict[str, Any]:
    return {"id": id_, "type": "text", "text": wording(id_), **more}


def when(question: str, operator: str, value: object) -> dict[str, Any]:
    return {"question": question, "operator": operator, "value": value}


def small_document(*questions: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A sound document around a few questions; dimensions are those that the questions name."""
    names = dict.fromkeys(question["dimension"] for question in questions if "dimension" in question)
    return {
        "id": "small",
        "version": "1",
        "kinds": ["outpatient"],
        "languages": ["zh", "en"],
        "title": wording("small"),
        "notice": wording("notice"),
        "notice_version": "1",
        "thanks": wording("thanks"),
        "dimensions": [{"code": name, "name": wording(name)} for name in names],
        "questions": list(questions),
        **more,
    }


def found_consortium(session: Session, time_zone: str = "Asia/Shanghai") -> None:
    """Three units and the installation that says where they are."""
    session.add(
        Installation(
            id=1, name=wording("医联体"), aims={}, time_zone=time_zone, review={}, schedule={}, folder=".",
            bot_name=None, first_applied_at=NOW, applied_at=NOW,
        )
    )  # fmt: skip
    for position, (code, name) in enumerate(NAMES.items()):
        session.add(
            Unit(
                code=code, name={"zh": name, "en": code}, tier="primary", district="d", ownership="public",
                position=position, active=True,
            )
        )  # fmt: skip
    session.flush()


def set_up(session: Session, document: Mapping[str, Any] | None = None, time_zone: str = "Asia/Shanghai") -> None:
    """The consortium with one questionnaire in use."""
    found_consortium(session, time_zone)
    apply_questionnaire(session, document=document or outpatient_document(), now=LEFT)


def invite_visit(
    session: Session, visit: str = "v1", *, unit: str = JIA, ticket: str = TICKET, left: datetime = LEFT,
    now: datetime = NOW, language: str = "zh",
) -> str:  # fmt: skip
    """Invite the patient of a visit; gives the invitation's id."""
    return invite(
        session, unit_code=unit, visit=visit, kind="outpatient", discharged_at=left, language=language, ticket=ticket,
        new_id=f"i-{unit}-{visit}", actor="api:his", now=now,
    ).invitation_id  # fmt: skip


def begin_in_chat(session: Session, ticket: str = TICKET, *, now: datetime = NOW, new_id: str = "r1") -> str:
    """Mei opens the ticket in her chat and agrees; gives the response's id."""
    channel, account = MEI
    draft = open_ticket(session, ticket=ticket, mode="chat", channel=channel, account=account, new_id=new_id, now=now)
    agree(session, draft.response_id, now=now)
    return draft.response_id


def agree(session: Session, response_id: str, *, now: datetime = NOW) -> None:
    """To the notice, and to the keeping of what she writes."""
    give_consent(session, response_id=response_id, now=now)
    consent_to_text(session, response_id=response_id, now=now)


def fill(
    session: Session, answers: Mapping[str, str | Sequence[str]], visit: str, *, unit: str = JIA, now: datetime = NOW
) -> str:
    """A patient opens the page of a new visit and fills it in, without sending; gives the response's id."""
    invite_visit(session, visit, unit=unit, ticket=f"t-{unit}-{visit}", left=now - timedelta(days=1), now=now)
    draft = open_ticket(session, ticket=f"t-{unit}-{visit}", mode="page", new_id=f"r-{unit}-{visit}", now=now)
    agree(session, draft.response_id, now=now)
    _, refused = record_page(session, response_id=draft.response_id, answers=said(answers), now=now)
    assert refused == {}
    return draft.response_id
