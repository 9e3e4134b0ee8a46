"""What the office and its people do in the demo besides figures: stories, honours, duties, a signature, actions.

As in `play`, every act is a use case of the product; only the people and what they tell are invented.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bulletins.editions import released
from bulletins.honour_models import Honour
from bulletins.honour_votes import choices_for, start_voting, vote_for
from bulletins.nominations import nominate, open_honour, passing
from bulletins.stories import CHOSEN
from bulletins.story_decisions import choose_story, offer_doctor_story, offer_patient_story
from bulletins.story_words import CONSENT
from consortium.duties import give_evidence, take_duty
from consortium.links import new_token
from consortium.people import actor_of, representatives
from consortium.periods import Period
from consortium.polls import new_slip
from consortium.units import all_units
from evaluation.actions import open_action, plan_action
from evaluation.models import Scorecard, ScoreLine, Settlement
from evaluation.signatures import sign_results
from locales.texts import text

_OFFICE, _ACCOUNTANT = "chen", "fang"
_HONOUR, _NOMINATED, _VOTED = "star", 4, 3
_CARE = ("care", "h1.rep")
_ACTION_WORKDAYS = 15


def tell_stories(session: Session, *, period: Period, now: datetime) -> None:
    """A doctor and a patient tell a story, and the office takes both into the month's bulletin."""
    doctors, patients = (text("zh", f"demo.stories.{each}").split("|") for each in ("doctor", "patient"))
    units, number = all_units(session), len(released(session))
    unit = units[number].code
    teller = actor_of(session, representatives(session, unit)[0].id)
    told = (
        offer_doctor_story(
            session, words=doctors[number % len(doctors)], byline=teller.name, unit_code=unit, language="zh",
            consent=CONSENT, receipt=new_token(), actor=teller, now=now,
        ),
        offer_patient_story(
            session, words=patients[number % len(patients)], byline="", unit_code=unit, language="zh",
            consent=CONSENT, receipt=new_token(), now=now,
        ),
    )  # fmt: skip
    for story in told:
        if story.state != CHOSEN:
            choose_story(session, story_id=story.id, period=period, actor=actor_of(session, _OFFICE), now=now)


def sign(session: Session, *, period: Period, now: datetime) -> None:
    """The chief accountant signs what is settled."""
    digest = session.get_one(Settlement, str(period)).digest
    sign_results(session, period=period, digest=digest, actor=actor_of(session, _ACCOUNTANT), now=now)


def open_desk(session: Session, *, now: datetime) -> None:
    """What lies on the desks at present: a vote for an honour, an action, evidence of a duty; Chen is on duty."""
    period = Period.parse(released(session)[0].period)
    take_duty(session, actor=actor_of(session, _OFFICE), now=now - timedelta(hours=6))
    code, owner = _CARE
    give_evidence(session, code=code, year=now.year, words=text("zh", "demo.duty.care"), actor=actor_of(session, owner),
                  now=now - timedelta(days=2))  # fmt: skip
    _ask_for_an_action(session, period, now - timedelta(days=1))
    _vote_for_an_honour(session, period, now)


def _ask_for_an_action(session: Session, period: Period, now: datetime) -> None:
    """The office asks the unit with the least total to do something about its weakest indicator, and it plans."""
    cards = session.scalars(select(Scorecard).where(Scorecard.period == str(period), Scorecard.rank.is_not(None))).all()
    weakest = min(cards, key=lambda card: (card.total or 0, card.unit_code)).unit_code
    lines = session.scalars(
        select(ScoreLine).where(
            ScoreLine.period == str(period), ScoreLine.unit_code == weakest, ScoreLine.share.is_not(None)
        )
    ).all()
    line = min(lines, key=lambda each: (each.share or 0, each.indicator))
    made = open_action(
        session, unit_code=weakest, indicator=line.indicator, period=period, words=text("zh", "demo.action.asked"),
        workdays=_ACTION_WORKDAYS, actor=actor_of(session, _OFFICE), now=now,
    )  # fmt: skip
    owner = actor_of(session, representatives(session, weakest)[0].id)
    plan_action(session, action_id=made.id, words=text("zh", "demo.action.planned"), actor=owner, now=now)


def _vote_for_an_honour(session: Session, period: Period, now: datetime) -> None:
    """People of the best units are nominated for the month's star; some have voted, whoever looks can too."""
    opened = now - timedelta(days=3)
    honour = open_honour(session, code=_HONOUR, period=period, nominate_days=2, vote_days=14,
                         actor=actor_of(session, _OFFICE), now=opened)  # fmt: skip
    best = session.scalars(
        select(Scorecard.unit_code)
        .where(Scorecard.period == str(period), Scorecard.rank.is_not(None))
        .order_by(Scorecard.rank, Scorecard.unit_code)
        .limit(_NOMINATED)
    ).all()
    names = text("zh", "demo.stars").split("|")
    for unit, name in zip(best, names, strict=False):
        actor = actor_of(session, representatives(session, unit)[0].id)
        nominate(session, honour_id=honour.id, unit_code=unit, candidate=name, words=text("zh", "demo.star.why"),
                 actor=actor, now=opened + timedelta(hours=3))  # fmt: skip
    if not passing(session, honour):
        return  # a month in which nobody reached the score that the honour asks for: nominations stand, no vote
    start_voting(session, honour_id=honour.id, actor="schedule", now=now - timedelta(hours=20))
    _some_vote(session, session.get_one(Honour, honour.id), now - timedelta(hours=2))


def _some_vote(session: Session, honour: Honour, now: datetime) -> None:
    for unit in all_units(session)[-_VOTED:]:
        actor = actor_of(session, representatives(session, unit.code)[0].id)
        choice = str(choices_for(session, honour, actor)[0].id)
        vote_for(session, honour_id=honour.id, choice=choice, actor=actor, slip=new_slip(), now=now)
