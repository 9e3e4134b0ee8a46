"""What else happens in the demo's season: inpatients drawn by a wave, blind surveys of other audiences, a third party.

As in `play`, every act is a use case of the product; only the people, their answers and the third party are invented.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from random import Random

from sqlalchemy.orm import Session

from app.demo import figures, play
from consortium.links import new_token
from consortium.people import actor_of
from consortium.periods import Period
from consortium.permissions import Actor
from consortium.units import all_units, zone
from locales.errors import DomainError
from locales.texts import text
from surveys.audiences.handing_out import make_links
from surveys.audiences.third_party import import_results, keep_results, preview_results
from surveys.fielding.posters import make_poster, new_poster_code, open_poster
from surveys.fielding.visits import report_visit
from surveys.fielding.waves import Plan, launch_wave
from surveys.questionnaires import for_kind, in_use
from surveys.responses import give_consent, open_ticket, record_page

INPATIENT = "inpatient"
HOSPITALS = ("tertiary", "secondary")
DISCHARGES = 14
DRAWN = Fraction(3, 4)
"""The share of discharges that the wave of the newest months invites."""

PATIENT_SECONDS = (80.0, 320.0)
"""How long they take to fill the page in."""

SCANS = 9
"""How many scan the poster of the first hospital in a month."""

GROUPS: Mapping[str, Mapping[str, int]] = {
    "staff": {"nursing": 14, "medical": 9, "surgical": 6, "laboratory": 3},
    "trainee": {"class_1": 7, "class_2": 6},
    "resident": {"": 8},
    "pulse": {"": 6},
}
"""Kind of blind survey → group → how many answer. Each is asked at one unit, the staff at the first three."""

TALKATIVE = 0.5
"""How many of them leave a comment."""

_OFFICE = "chen"
_ACTOR = f"person:{_OFFICE}"


def inpatients_answer(session: Session, *, month: Period, number: int, until: datetime, seed: int) -> int:
    """A month's inpatients of every hospital, as far as they are drawn where a wave is; how many answered."""
    answered = 0
    for unit in all_units(session):
        if unit.tier in HOSPITALS:
            random = Random(f"{seed}:{INPATIENT}:{unit.code}:{month}")  # noqa: S311 - invented people, no secret
            quality = figures.qualities([each.code for each in all_units(session)], seed)[unit.code]
            answered += _of_hospital(
                session, unit.code, random, month=month, number=number, until=until, quality=quality
            )
    return answered


def launch_inpatient_wave(session: Session, *, first: Period, last: Period, now: datetime, seed: int) -> None:
    """A wave that draws among the inpatients of these months."""
    place = zone(session)
    version = in_use(session, INPATIENT)
    assert version is not None
    plan = Plan(
        name=text("zh", "demo.wave"),
        questionnaire=version,
        kinds=(INPATIENT,),
        first_day=first.start(place).astimezone(place).date(),
        last_day=(last.next().start(place).astimezone(place) - timedelta(days=1)).date(),
        fraction=DRAWN,
    )
    launch_wave(session, plan=plan, seed=f"demo-{seed}", new_id=new_token(), actor=_ACTOR, now=now)


def others_answer(session: Session, *, month: Period, number: int, seed: int) -> int:
    """Staff, trainees, residents and the pulse of a month, on links that were handed out; how many answered."""
    units = [unit.code for unit in all_units(session)]
    places = {"staff": units[:3], "trainee": units[:1], "resident": units[-2:], "pulse": units[1:3]}
    random = Random(f"{seed}:others:{month}")  # noqa: S311 - invented people
    start = month.start(zone(session))
    answered = 0
    for kind, groups in GROUPS.items():
        for place, unit_code in enumerate(places[kind]):
            for group, count in groups.items():
                words = text("zh", f"demo.group.{group}") if group else ""
                answered += _of_group(
                    session, (unit_code, kind, words), random, count=count, mood=0.2 - 0.3 * place, number=number,
                    start=start + timedelta(days=random.randint(3, 20)),
                )  # fmt: skip
    return answered


def posters_scanned(session: Session, *, month: Period, number: int, until: datetime, seed: int) -> None:
    """Some scan the poster in the hall of the first hospital."""
    unit_code = all_units(session)[0].code
    start, end = month.bounds(zone(session))
    random = Random(f"{seed}:poster:{month}")  # noqa: S311 - invented people
    poster = make_poster(
        session, unit_code=unit_code, kind=play.KIND, department=text("zh", "demo.hall"),
        code=new_poster_code(), actor=actor_of(session, _OFFICE).ref, now=start,
    )  # fmt: skip
    questionnaire = for_kind(session, play.KIND)
    assert questionnaire is not None
    for _ in range(SCANS):
        at = start + (end - start) * random.uniform(0.05, 0.9)
        if at < until:
            ticket = new_token()
            open_poster(session, code=poster.code, language="zh", ticket=ticket, new_id=new_token(), now=at)
            answers = figures.patient_answers(random, questionnaire, quality=0.2, month=number, comments=_comments())
            play.answer_page(session, ticket, answers, now=at + timedelta(seconds=play.USUAL_SECONDS))


def third_party_found(session: Session, *, period: Period, now: datetime, seed: int) -> None:
    """What a third party has found in the hospitals, uploaded by the office and imported after a look."""
    random = Random(f"{seed}:third:{period}")  # noqa: S311 - invented figures
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(("unit", "period", "source", "definition", "score", "n", "low", "high"))
    units = all_units(session)
    for unit in units:
        if unit.tier in HOSPITALS:
            score = random.uniform(84, 95)
            row = [unit.code, str(period), text("zh", "demo.third_party.source")]
            writer.writerow([*row, "topbox", f"{score - 20:.1f}", 210, f"{score - 26:.1f}", f"{score - 14:.1f}"])
            writer.writerow([*row, text("zh", "demo.third_party.definition"), f"{score:.1f}", 210, "", ""])
    content, new_id = table.getvalue().encode(), new_token()
    preview = preview_results(session, content=content, file="third-party.csv", settled=())
    if preview.findings:
        raise DomainError("demo_refused", code=f"{preview.findings[0].key} {preview.findings[0].code}")
    rows = [row for row, _ in preview.rows]
    keep_results(session, content=content, rows=rows, new_id=new_id, actor=_ACTOR, now=now)
    import_results(session, import_id=new_id, settled=(), actor=_ACTOR, now=now)


def _of_hospital(
    session: Session, unit_code: str, random: Random, *, month: Period, number: int, until: datetime, quality: float
) -> int:
    questionnaire = for_kind(session, INPATIENT)
    assert questionnaire is not None
    start, end = month.bounds(zone(session))
    answered = 0
    for stay in range(DISCHARGES):
        left = start + (end - start) * random.uniform(0.01, 0.8)
        sent = min(left + timedelta(hours=random.uniform(50, 120)), end - timedelta(minutes=random.randint(1, 60)))
        what = random.random()  # drawn in any case: the same people, wherever the present lies
        if sent >= until:
            continue
        ticket = new_token()
        reported = report_visit(
            session, unit_code=unit_code, visit=f"Z{month}-{stay:03}", kind=INPATIENT, discharged_at=left,
            language="zh", ticket=ticket, new_id=new_token(), actor="api:demo", now=left,
        )  # fmt: skip
        if reported.outcome != "new":
            continue
        answers = figures.patient_answers(random, questionnaire, quality=quality, month=number, comments=_comments())
        if what < 0.7:  # noqa: PLR2004 - seven in ten answer
            play.answer_page(session, ticket, answers, now=sent, seconds=random.uniform(*PATIENT_SECONDS))
            answered += 1
        elif what < 0.85:  # noqa: PLR2004 - some open it and stop, at once or in the middle
            _stop(session, ticket, answers if what < 0.78 else {}, now=sent)  # noqa: PLR2004
    return answered


def _stop(session: Session, ticket: str, answers: Mapping[str, tuple[str, ...]], *, now: datetime) -> None:
    """Somebody opens a survey and leaves it, with the first few answers or with none."""
    sitting = open_ticket(session, ticket=ticket, mode="page", new_id=new_token(), now=now)
    if answers:
        give_consent(session, response_id=sitting.response_id, now=now)
        first = dict(list(answers.items())[:3])
        record_page(session, response_id=sitting.response_id, answers=first, now=now)


def _of_group(
    session: Session,
    about: tuple[str, str, str],
    random: Random,
    *,
    count: int,
    mood: float,
    number: int,
    start: datetime,
) -> int:
    """A group of one unit gets its links, two more than are used."""
    unit_code, kind, group = about
    office: Actor = actor_of(session, _OFFICE)
    questionnaire = for_kind(session, kind)
    assert questionnaire is not None
    links = make_links(
        session, unit_code=unit_code, kind=kind, group=group, language="zh", count=count + 2, token=new_token,
        actor=office, now=start,
    )  # fmt: skip
    for link in links[:count]:
        answers = figures.patient_answers(
            random, questionnaire, quality=mood, month=number, comments=_comments(kind), talkative=TALKATIVE
        )
        at = start + timedelta(hours=random.uniform(3, 120))
        play.answer_page(session, link.ticket, answers, now=at, seconds=random.uniform(*PATIENT_SECONDS))
    return count


def _comments(kind: str = "") -> Sequence[str]:
    return text("zh", "demo.comments.staff" if kind else "demo.comments").split("|")
