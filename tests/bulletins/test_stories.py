"""Stories from the offer to the bulletin and back: who may what, what enters a draft, what is erased, what is tied to
nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text, update

from bulletins.content import content_hash
from bulletins.editions import content_of, correct, latest, propose, release
from bulletins.honour_models import Story
from bulletins.models import Rendering
from bulletins.parts import StoryTold
from bulletins.stories import stories_told, story_by_receipt, story_receipt_hash
from bulletins.story_decisions import (
    MOST_OF_PATIENTS_A_DAY,
    MOST_WAITING_OF_ONE,
    UNUSED_LIFETIME,
    choose_story,
    decline_story,
    erase_unused_stories,
    offer_doctor_story,
    offer_patient_story,
    open_months,
    take_back_own_story,
    take_back_story,
)
from bulletins.story_words import CONSENT
from consortium.models import Unit
from consortium.people import actor_of
from consortium.periods import Period
from storage.audit import AuditRow
from tests.bulletins.cast import refused
from tests.evaluation.cast import OCTOBER

WORDS = "医生把检查结果直接传给了社区，我不用再跑一趟医院，省了半天时间。"
CODES = [f"{number:04d}-0000-0000" for number in range(100)]


def tells(desk, code=CODES[0], words=WORDS, byline="", unit="jia", **more):
    values = {"language": "zh", "consent": CONSENT, "now": desk.now} | more
    return offer_patient_story(desk.session, words=words, byline=byline, unit_code=unit, receipt=code, **values)


def told_by_li(desk, code=CODES[50], **more):
    values = {"words": WORDS, "byline": "李", "unit_code": "jia", "language": "zh", "consent": CONSENT, "receipt": code}
    return offer_doctor_story(desk.session, **(values | more), actor=actor_of(desk.session, "li"), now=desk.now)


def chooses(desk, story, period=OCTOBER, who="chen"):
    return choose_story(desk.session, story_id=story.id, period=period, actor=actor_of(desk.session, who), now=desk.now)


def stories_in_draft(desk):
    return content_of(latest(desk.session, OCTOBER)).stories


def test_chosen_story_enters_the_draft_and_a_proposal_of_the_old_one_is_void(desk):
    story = tells(desk, byline="梅女士")
    desk.drafts()
    old = propose(
        desk.session, actor=actor_of(desk.session, "chen"), bulletin_id=latest(desk.session, OCTOBER).id, now=desk.now
    )
    chooses(desk, story)
    name = desk.session.get(Unit, "jia").name
    told = (StoryTold("patient", name, WORDS, "梅女士", "zh"),)
    assert stories_told(desk.session, OCTOBER) == told == stories_in_draft(desk)
    assert (latest(desk.session, OCTOBER).id, latest(desk.session, OCTOBER).state) == (old.id, "draft")


def test_without_a_draft_the_story_waits_for_it(desk):
    chooses(desk, tells(desk))
    assert latest(desk.session, OCTOBER) is None
    assert [each.words for each in content_of(desk.drafts()).stories] == [WORDS]


def test_months_without_stories_read_as_before(desk):
    before = desk.drafts().content_hash
    story = tells(desk)
    chooses(desk, story)
    decline_story(desk.session, story_id=story.id, actor=actor_of(desk.session, "chen"), now=desk.now)
    assert latest(desk.session, OCTOBER).content_hash == before
    assert content_hash(content_of(latest(desk.session, OCTOBER))) == before


def test_three_a_month_in_the_order_of_choosing(desk):
    made = [tells(desk, CODES[number], f"{WORDS}{number}") for number in range(4)]
    for place in (2, 0, 1):
        desk.passes(minutes=1)
        chooses(desk, made[place])
    with refused("story_month_full"):
        chooses(desk, made[3])
    assert [each.words[-1] for each in stories_told(desk.session, OCTOBER)] == ["2", "0", "1"]


@pytest.mark.parametrize("who", ["li"])
def test_only_the_office_chooses_and_once(desk, who):
    story = tells(desk)
    with refused("not_allowed"):
        chooses(desk, story, who=who)
    with refused("not_allowed"):
        decline_story(desk.session, story_id=story.id, actor=actor_of(desk.session, who), now=desk.now)
    chooses(desk, story)
    with refused("story_chosen_already"):
        chooses(desk, story)
    with refused("story_unknown"):
        decline_story(desk.session, story_id=story.id + 1, actor=actor_of(desk.session, "chen"), now=desk.now)


def test_taken_back_before_the_release_it_is_nowhere(desk):
    """Words erased, draft without it, pictures of the old draft forgotten, nobody bothered."""
    story = tells(desk, byline="梅女士")
    chooses(desk, story)
    bulletin = desk.drafts()
    desk.session.add(Rendering(bulletin_id=bulletin.id, language="zh", kind="edition", form="pdf", content=b"%PDF old",
                               content_hash=bulletin.content_hash, sha256="0" * 64))  # fmt: skip
    owed = len(desk.owed())
    gone = take_back_story(desk.session, receipt=CODES[0], now=desk.now)
    assert gone.printed_in is None
    assert (gone.story.state, gone.story.words, gone.story.byline) == ("withdrawn", None, None)
    assert stories_in_draft(desk) == ()
    assert desk.session.scalars(select(Rendering)).all() == []
    assert len(desk.owed()) == owed
    assert all(WORDS not in str(row) for row in stored_rows(desk))
    with refused("story_withdrawn"):
        take_back_story(desk.session, receipt=CODES[0], now=desk.now)
    with refused("story_withdrawn"):
        chooses(desk, story)


def test_taken_back_after_the_release_the_office_is_told_and_a_correction_leaves_it_out(desk):
    chooses(desk, tells(desk))
    desk.releases(desk.proposes())
    with refused("story_month_released"):
        chooses(desk, tells(desk, CODES[1]))
    gone = take_back_story(desk.session, receipt=CODES[0], now=desk.now)
    assert gone.printed_in == OCTOBER
    told = [row for row in desk.owed() if row.dedupe_key.startswith("story_back:")]
    assert {row.address for row in told} == {"1", "2", "3"}
    assert all("2026年10月" in row.message["text"] and WORDS not in row.message["text"] for row in told)
    again = correct(
        desk.session, period=OCTOBER, actor=actor_of(desk.session, "chen"), note="故事已撤回。", now=desk.now
    )
    assert content_of(again).stories == ()


def test_one_declined_in_a_correction_is_still_known_to_be_printed(desk):
    """The release is what counts, not how the story stands today."""
    story = tells(desk)
    chooses(desk, story)
    desk.releases(desk.proposes())
    desk.corrects("改一处。")
    decline_story(desk.session, story_id=story.id, actor=actor_of(desk.session, "zhao"), now=desk.now)
    assert take_back_story(desk.session, receipt=CODES[0], now=desk.now).printed_in == OCTOBER
    other = tells(desk, CODES[1], f"另一个故事：{WORDS}")
    bulletin = latest(desk.session, OCTOBER)
    release(desk.session, actor=actor_of(desk.session, "zhao"), content_hash=bulletin.content_hash, now=desk.now,
            bulletin_id=propose(desk.session, actor=actor_of(desk.session, "chen"), bulletin_id=bulletin.id, now=desk.now).id)  # fmt: skip
    assert take_back_story(desk.session, receipt=CODES[1], now=desk.now).printed_in is None
    assert other.words is None


def test_receipt_is_found_as_people_write_it_and_never_a_survey_s(desk):
    tells(desk)
    assert story_by_receipt(desk.session, "oooo 0000 oooo").words == WORDS
    assert story_by_receipt(desk.session, "nonsense") is None
    with refused("receipt_unfound"):
        take_back_story(desk.session, receipt="7Q2M-0KXD-94TB", now=desk.now)


def test_same_receipt_is_the_same_story(desk):
    first = tells(desk)
    assert tells(desk).id == first.id
    with refused("story_offered_already"):
        tells(desk, words=f"{WORDS}改了。")
    take_back_story(desk.session, receipt=CODES[0], now=desk.now)
    with refused("story_offered_already"):
        tells(desk)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"consent": ""}, "story_consent_missing"),
        ({"consent": "2025-9"}, "story_consent_missing"),
        ({"unit": "nobody"}, "unit_unknown"),
        ({"words": "短"}, "story_length"),
        ({"byline": "名" * 31}, "story_byline_length"),
    ],
)
def test_offers_that_are_refused_leave_nothing(desk, changes, code):
    with refused(code):
        tells(desk, **changes)
    assert desk.session.scalars(select(Story)).all() == []


def test_patients_have_a_limit_a_day_together(desk):
    row = {"teller": "patient", "words": WORDS, "language": "zh", "consent": CONSENT, "state": "offered",
           "offered_at": tells(desk).offered_at}  # fmt: skip
    desk.session.add_all(
        Story(**row, receipt_hash=story_receipt_hash(str(n))) for n in range(MOST_OF_PATIENTS_A_DAY - 1)
    )
    desk.session.flush()
    with refused("story_day_full"):
        tells(desk, CODES[2])
    desk.passes(days=1)
    assert tells(desk, CODES[2]).state == "offered"


def test_people_name_only_their_own_unit_and_wait_their_turn(desk):
    with refused("story_not_own_unit"):
        told_by_li(desk, unit_code="yi")
    for number in range(MOST_WAITING_OF_ONE):
        told_by_li(desk, CODES[50 + number], unit_code=None)
    with refused("story_too_many"):
        told_by_li(desk, CODES[60])
    assert told_by_li(desk, CODES[50], unit_code=None).receipt_hash == story_receipt_hash(CODES[50])


def test_own_story_is_taken_back_by_its_teller_alone(desk):
    mine, patients = told_by_li(desk), tells(desk)
    for who, story in (("chen", mine), ("li", patients), ("chen", patients)):
        with refused("story_unknown"):
            take_back_own_story(desk.session, story_id=story.id, actor=actor_of(desk.session, who), now=desk.now)
    assert (
        take_back_own_story(
            desk.session, story_id=mine.id, actor=actor_of(desk.session, "li"), now=desk.now
        ).story.words
        is None
    )


def stored_rows(desk):
    """Everything the database holds about stories, audit and deliveries, as it lies there."""
    tables = ("story", "audit", "delivery", "words_prompt", "handled_update", "bulletin")
    return [tuple(row) for name in tables for row in desk.session.execute(text(f"select * from {name}"))]


def test_patient_s_story_is_tied_to_nothing_but_a_day(desk):
    desk.now = datetime(2026, 11, 3, 17, 23, 45, tzinfo=UTC)  # after midnight in Shanghai
    made = tells(desk, byline="梅女士")
    assert made.offered_at == datetime(2026, 11, 3, 16, tzinfo=UTC)
    assert made.person_id is None
    trail = desk.session.scalars(select(AuditRow).where(AuditRow.action == "offer_story")).one()
    assert (trail.actor, trail.subject, trail.at) == ("patient", "story", made.offered_at)
    assert trail.details == {"consent": CONSENT, "unit": "jia", "signed": True}
    stored = str(stored_rows(desk))
    assert CODES[0] not in stored
    assert "17:23" not in stored
    take_back_story(desk.session, receipt=CODES[0], now=desk.now + timedelta(hours=1))
    row = desk.session.scalars(select(AuditRow).where(AuditRow.action == "withdraw_story")).one()
    assert (row.actor, row.subject, row.at.minute) == ("patient", "story", 0)


def test_order_of_rows_tells_no_order_of_tellers(desk):
    numbers = [tells(desk, CODES[place], f"{WORDS}{place}").id for place in range(12)]
    assert len(set(numbers)) == 12
    assert numbers != sorted(numbers)
    assert min(numbers) > 0


def test_open_months_are_those_that_are_not_released(desk):
    november = Period.parse("2026-11")
    assert open_months(desk.session, desk.now) == [OCTOBER, november]
    desk.releases(desk.proposes())
    assert open_months(desk.session, desk.now) == [november]
    chooses(desk, tells(desk), november)
    assert stories_told(desk.session, OCTOBER) == ()
    assert len(stories_told(desk.session, november)) == 1


def test_a_unit_that_left_keeps_its_name_beneath_its_story(desk):
    chooses(desk, tells(desk))
    desk.session.execute(update(Unit).where(Unit.code == "jia").values(active=False))
    desk.session.expire_all()
    assert stories_told(desk.session, OCTOBER)[0].unit_name == desk.session.get(Unit, "jia").name


def test_what_no_bulletin_tells_is_erased_after_half_a_year(desk):
    waiting, declined, chosen = (tells(desk, CODES[place], f"{WORDS}{place}") for place in range(3))
    decline_story(desk.session, story_id=declined.id, actor=actor_of(desk.session, "chen"), now=desk.now)
    chooses(desk, chosen)
    until = waiting.offered_at + UNUSED_LIFETIME
    assert erase_unused_stories(desk.session, actor="schedule", now=until - timedelta(seconds=1)) == 0
    desk.drafts()
    assert erase_unused_stories(desk.session, actor="schedule", now=until) == 3
    assert erase_unused_stories(desk.session, actor="schedule", now=until) == 0
    desk.session.expire_all()
    assert [each.words for each in (waiting, declined, chosen)] == [None, None, None]
    assert content_of(latest(desk.session, OCTOBER)).stories == ()  # nor does the draft hold it any more
    assert desk.session.scalars(select(AuditRow.details).where(AuditRow.action == "erase_unused_stories")).all() == [
        {"stories": 3}
    ]


def test_what_a_released_bulletin_tells_stays(desk):
    told = tells(desk)
    chooses(desk, told)
    desk.releases(desk.proposes())
    assert erase_unused_stories(desk.session, actor="schedule", now=told.offered_at + 2 * UNUSED_LIFETIME) == 0
    assert told.words == WORDS
