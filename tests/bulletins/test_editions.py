"""Release by two people: drafts, proposals, double clicks, corrections; what the groups are owed, each part once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from bulletins.editions import PROPOSAL_LIFETIME, content_of, edition, latest, propose, release, released, waiting
from bulletins.models import Bulletin
from consortium.models import Chat, Role, Unit
from consortium.people import actor_of
from locales.errors import DomainError
from outbox.message import encode_action, from_json
from outbox.models import Delivery
from storage.audit import AuditRow
from storage.base import canonical
from tests.bulletins.cast import MORNING, Desk, refused
from tests.evaluation.cast import OCTOBER

pytestmark = pytest.mark.both_databases


def actions_of(desk: Desk) -> list[tuple[str, str]]:
    rows = desk.session.execute(select(AuditRow.actor, AuditRow.action).order_by(AuditRow.id)).all()
    return [tuple(row) for row in rows if "bulletin" in row[1]]


# ── drafts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_draft_is_made_once(desk):
    first, again = desk.drafts(), desk.drafts()
    assert (first.id, first.edition, first.state, first.note) == (again.id, 1, "draft", None)
    assert first.content_hash == again.content_hash
    assert desk.session.scalar(select(func.count()).select_from(Bulletin)) == 1
    assert actions_of(desk) == [("schedule", "draft_bulletin")]


def test_a_draft_takes_a_new_name_and_a_proposal_of_the_old_content_is_void(desk):
    proposed = desk.proposes()
    desk.session.execute(update(Unit).where(Unit.code == "yi").values(name={"zh": "第二医院", "en": "Second"}))
    fresh = desk.drafts()
    assert (fresh.id, fresh.state, fresh.proposed_by) == (proposed.id, "draft", None)
    assert "第二医院" in canonical(fresh.content)
    with refused("bulletin_not_proposed"):
        desk.releases(fresh)
    assert actions_of(desk)[-1] == ("schedule", "redraft_bulletin")


def test_a_released_edition_is_never_drafted_anew(desk):
    bulletin = desk.proposes()
    desk.releases(bulletin)
    before = canonical(edition(desk.session, bulletin.id).content)
    desk.session.execute(update(Unit).where(Unit.code == "yi").values(name={"zh": "第二医院", "en": "Second"}))
    again = desk.drafts()
    assert (again.id, again.state, canonical(again.content)) == (bulletin.id, "released", before)


def test_nothing_is_drafted_of_a_month_that_is_not_settled(desk):
    from bulletins.editions import draft

    with refused("not_settled"):
        draft(desk.session, period=OCTOBER.next(), actor="schedule", now=MORNING)


# ── proposals ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_proposal_is_bound_to_person_content_and_a_day_and_tells_the_others(desk):
    proposed = desk.proposes("chen")
    assert (proposed.state, proposed.proposed_by) == ("proposed", "chen")
    assert proposed.expires_at - proposed.proposed_at == PROPOSAL_LIFETIME
    assert [row.address for row in desk.owed()] == ["3", "2"]  # Sun and Zhao; not Chen, and not Li
    for row in desk.owed():
        message = from_json(row.message)
        assert row.kind == "notice"
        assert "2026年10月协同简报" in message.text
        assert "陈" in message.text
        look, button = (line[0] for line in message.buttons)
        assert look.action == ("o", "bul", str(proposed.id))
        assert button.action == ("o", "rel", str(proposed.id), proposed.content_hash[:12])
        assert len(encode_action(b"secret", row.address, button.action)) <= 64


def test_proposing_twice_is_told_and_asks_nobody_twice(desk):
    bulletin = desk.proposes("chen")
    for person in ("chen", "zhao"):
        with refused("bulletin_already_proposed"):
            desk.proposes(person, bulletin.id)
    assert len(desk.owed()) == 2


def test_only_the_office_proposes(desk):
    bulletin = desk.drafts()
    with refused("not_allowed"):
        desk.proposes("li", bulletin.id)
    assert desk.owed() == []


def test_an_expired_proposal_is_proposed_again_by_anyone_of_the_office(desk):
    bulletin = desk.proposes("chen")
    desk.passes(hours=24)
    with refused("bulletin_proposal_expired"):
        desk.releases(bulletin)
    again = desk.proposes("zhao", bulletin.id)
    assert again.proposed_by == "zhao"
    assert len(desk.owed("1")) == 1  # now Chen is asked
    with refused("bulletin_own_proposal"):
        desk.releases(again, "zhao")
    assert desk.releases(again, "chen") > 0


@pytest.mark.parametrize(("seconds", "is_released"), [(24 * 3600 - 2, True), (24 * 3600 - 1, False)])
def test_a_proposal_holds_for_exactly_a_day(desk, seconds, is_released):
    bulletin = desk.proposes()
    desk.passes(seconds=seconds)  # and one more for the click itself
    if is_released:
        assert desk.releases(bulletin) > 0
    else:
        with refused("bulletin_proposal_expired"):
            desk.releases(bulletin)


# ── releases ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_two_people_release_and_every_group_gets_text_then_picture_in_its_language(desk):
    bulletin = desk.proposes()
    notices = len(desk.owed())
    assert desk.releases(bulletin) == 6
    now = edition(desk.session, bulletin.id)
    assert (now.state, now.proposed_by, now.released_by) == ("released", "chen", "zhao")
    owed = desk.owed()[notices:]
    assert [(row.address, row.kind, row.dedupe_key) for row in owed] == [
        ("-1001", "bulletin", f"bulletin:{now.id}:telegram:-1001:1"),
        ("-1001", "bulletin", f"bulletin:{now.id}:telegram:-1001:picture"),
        ("-1001", "bulletin", f"bulletin:{now.id}:telegram:-1001:heat"),
        ("-1002", "bulletin", f"bulletin:{now.id}:telegram:-1002:1"),
        ("-1002", "bulletin", f"bulletin:{now.id}:telegram:-1002:picture"),
        ("-1002", "bulletin", f"bulletin:{now.id}:telegram:-1002:heat"),
    ]
    assert [row.after_id for row in owed] == [None, owed[0].id, owed[1].id, None, owed[3].id, owed[4].id]
    chinese, english = from_json(owed[1].message), from_json(owed[4].message)
    assert (chinese.picture, english.picture) == (f"bulletin:{now.id}:zh", f"bulletin:{now.id}:en")
    assert "二院" in chinese.alt
    assert "Collaboration bulletin, October 2026" in from_json(owed[3].message).text
    assert actions_of(desk) == [
        ("schedule", "draft_bulletin"), ("person:chen", "propose_bulletin"), ("person:zhao", "release_bulletin"),
    ]  # fmt: skip


def test_a_long_bulletin_goes_out_in_parts_that_follow_each_other(desk):
    for number in range(60):
        desk.session.add(Unit(code=f"x{number}", name={"zh": "长" * 80, "en": "x"}, tier="primary", district="",
                              ownership="", position=100 + number, active=True))  # fmt: skip
    desk.session.flush()
    desk.season.settles(OCTOBER.next(), now=MORNING.replace(month=12))
    from bulletins.editions import draft

    bulletin = draft(desk.session, period=OCTOBER.next(), actor="schedule", now=MORNING)
    notices = len(desk.owed())
    desk.proposes("chen", bulletin.id)
    desk.releases(bulletin)
    parts = desk.owed("-1001")
    assert [row.dedupe_key.rsplit(":", 1)[1] for row in parts] == ["1", "2", "3", "4", "picture"]
    assert [row.after_id for row in parts] == [None, *(row.id for row in parts[:-1])]
    assert notices == 0


def test_a_second_click_is_told_and_sends_nothing(desk):
    bulletin = desk.proposes()
    desk.releases(bulletin)
    before = len(desk.owed())
    for person in ("zhao", "sun", "chen"):
        with pytest.raises(DomainError) as again:
            desk.releases(bulletin, person)
        assert (again.value.code, again.value.details["by"]) == ("bulletin_already_released", "赵")
    assert len(desk.owed()) == before


def test_nobody_releases_their_own_proposal(desk):
    bulletin = desk.proposes("chen")
    with refused("bulletin_own_proposal"):
        desk.releases(bulletin, "chen")
    assert edition(desk.session, bulletin.id).state == "proposed"


def test_who_has_left_the_office_in_between_releases_nothing(desk):
    bulletin = desk.proposes("chen")
    desk.session.execute(update(Role).where(Role.person_id == "zhao").values(role="committee"))
    with refused("not_allowed"):
        desk.releases(bulletin, "zhao")


def test_a_draft_that_nobody_proposed_is_not_released(desk):
    bulletin = desk.drafts()
    with refused("bulletin_not_proposed"):
        desk.releases(bulletin)


@pytest.mark.parametrize("seen", ["", "0", "0" * 12, "g" * 64])
def test_a_button_of_other_content_releases_nothing(desk, seen):
    bulletin = desk.proposes()
    with refused("bulletin_changed"):
        desk.releases(bulletin, seen=seen)
    assert edition(desk.session, bulletin.id).state == "proposed"


def test_too_few_digits_of_the_right_hash_release_nothing_and_all_of_them_do(desk):
    bulletin = desk.proposes()
    with refused("bulletin_changed"):
        desk.releases(bulletin, seen=bulletin.content_hash[:11])
    assert desk.releases(bulletin, seen=bulletin.content_hash) == 6


def test_content_changed_behind_our_back_is_not_released(desk):
    bulletin = desk.proposes()
    tampered = {**bulletin.content, "aims": {"zh": "另", "en": "other"}}
    desk.session.execute(update(Bulletin).values(content=tampered))
    with refused("bulletin_changed"):
        desk.releases(bulletin)


def test_an_edition_that_does_not_exist_is_told(desk):
    with refused("bulletin_unknown"):
        desk.proposes("chen", 999)
    with refused("bulletin_unknown"):
        release(desk.session, actor=actor_of(desk.session, "zhao"), bulletin_id=999, content_hash="0" * 12, now=MORNING)


def test_without_a_group_a_release_owes_nothing_and_is_a_release_all_the_same(desk):
    desk.session.execute(update(Chat).where(Chat.kind == "group").values(state="gone"))
    bulletin = desk.proposes()
    assert desk.releases(bulletin) == 0
    assert edition(desk.session, bulletin.id).state == "released"


def test_of_several_who_click_at_once_one_releases_and_nothing_goes_out_twice(database):
    with database.transaction() as session:
        desk = Desk(session).is_ready()
        bulletin = desk.proposes("chen")
        notices = len(desk.owed())
    start = Barrier(4)

    def clicks(person: str) -> str:
        start.wait()
        try:
            with database.transaction() as session:
                release(session, actor=actor_of(session, person), bulletin_id=bulletin.id,
                        content_hash=bulletin.content_hash[:12], now=MORNING)  # fmt: skip
        except DomainError as refusal:
            return refusal.code
        return "released"

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(clicks, ["zhao", "sun", "zhao", "sun"]))
    assert outcomes == ["bulletin_already_released"] * 3 + ["released"]
    with database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Delivery)) == notices + 6


def test_of_two_who_propose_at_once_one_does(database):
    with database.transaction() as session:
        bulletin_id = Desk(session).is_ready().drafts().id
    start = Barrier(2)

    def proposes(person: str) -> str:
        start.wait()
        try:
            with database.transaction() as session:
                propose(session, actor=actor_of(session, person), bulletin_id=bulletin_id, now=MORNING)
        except DomainError as refusal:
            return refusal.code
        return "proposed"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(proposes, ["chen", "zhao"])) == ["bulletin_already_proposed", "proposed"]


# ── corrections and the archive ────────────────────────────────────────────────────────────────────────────────────


def test_a_correction_is_a_new_edition_and_the_old_one_stays(desk):
    first = desk.proposes()
    desk.releases(first)
    second = desk.corrects("  二院的名称已更正\r\n谢谢  ")
    assert (second.edition, second.state, second.note) == (2, "draft", "二院的名称已更正\n谢谢")
    assert content_of(second).corrects == 1
    assert latest(desk.session, OCTOBER).id == second.id
    assert [each.id for each in waiting(desk.session)] == [second.id]
    desk.proposes("zhao", second.id)
    assert desk.releases(second, "chen") == 6
    assert [(each.period, each.edition) for each in released(desk.session)] == [("2026-10", 2), ("2026-10", 1)]
    texts = [from_json(row.message).text for row in desk.owed("-1001")]
    assert "本版取代第 1 版" in texts[3]
    assert "本版取代" not in texts[0]


def test_a_correction_is_refused_while_the_edition_can_still_be_changed(desk):
    desk.drafts()
    with refused("bulletin_not_released"):
        desk.corrects("更正")


def test_a_correction_of_nothing_is_refused(desk):
    with refused("bulletin_unknown"):
        desk.corrects("更正")


@pytest.mark.parametrize(
    ("note", "code"),
    [("", "bulletin_note_missing"), (" \n\u200b", "bulletin_note_missing"), ("长" * 501, "bulletin_note_too_long")],
)
def test_a_correction_must_say_what_it_corrects(desk, note, code):
    desk.releases(desk.proposes())
    with refused(code):
        desk.corrects(note)


def test_only_the_office_corrects(desk):
    desk.releases(desk.proposes())
    with refused("not_allowed"):
        desk.corrects("更正", "li")


# ── the database ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "broken",
    [
        {"state": "released", "proposed_by": "chen", "released_by": "chen", "released_at": MORNING},
        {"state": "released", "proposed_by": None, "proposed_at": None, "expires_at": None},
        {"state": "released", "proposed_by": "chen"},
        {"state": "proposed", "proposed_by": None},
        {"state": "proposed", "expires_at": None},
        {"state": "draft"},
        {"state": "gone"},
        {"edition": 0},
        {"edition": 2},
        {"note": "x"},
        {"edition": 1, "period": "2026-10", "id": None},
    ],
)
def test_the_database_refuses_an_edition_that_contradicts_itself(desk, broken):
    values = {"period": "2026-10", "edition": 3, "state": "proposed", "content": {}, "content_hash": "0" * 64, "note": "x",
              "created_by": "schedule", "created_at": MORNING, "proposed_by": "chen", "proposed_at": MORNING,
              "expires_at": MORNING}  # fmt: skip
    if broken == {"note": "x"}:
        values["edition"] = 1
    if broken == {"edition": 2}:
        broken = {"edition": 2, "note": None}
    if "id" in broken:
        desk.drafts()
        broken = {"edition": 1, "note": None}
    with pytest.raises(IntegrityError):
        desk.session.execute(insert(Bulletin).values(**values | broken))
