"""Taking an edition back by two people, and what happens to what was sent; corrections said on top; approval first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from bulletins.approval_notices import put_before_committee, remind_committee
from bulletins.editions import content_of, edition, propose
from bulletins.models import Bulletin, Retraction
from bulletins.publication import parts_of
from bulletins.retractions import (
    LIFETIME,
    LONGEST_REASON,
    SHORTEST_REASON,
    agree_retraction,
    propose_retraction,
    retraction,
    retraction_of,
    waiting_retractions,
    withdraw_retraction,
)
from bulletins.sent_editions import effect_of_retraction, restate, standing_edition
from bulletins.trail import trail_of
from consortium.models import Chat, Person, Role
from consortium.people import actor_of
from evaluation.approval_voices import close_approval, speak_on_results, voices_mark
from evaluation.corrections import resettle
from evaluation.models import SchemeVersion
from evaluation.result_approvals import approval_of
from locales.errors import DomainError
from outbox.deliveries import claim, settle
from outbox.message import from_json
from outbox.models import Delivery
from outbox.outcomes import Refused, Sent
from storage.audit import AuditRow
from tests.bulletins.cast import MORNING, Desk, refused
from tests.evaluation.cast import OCTOBER, example

REASON = "二院的数字在结算前被误改"


def is_released(desk: Desk) -> Bulletin:
    bulletin = desk.proposes()
    desk.releases(bulletin)
    return edition(desk.session, bulletin.id)


def arrives(desk: Desk, bulletin_id: int | None = None, *, but: str = "") -> None:
    """Everything that is owed arrives, in the way that the worker does it; a part called `but` stays in doubt."""
    for row in desk.owed():
        if row.state != "owed" or (
            bulletin_id is not None and not row.dedupe_key.startswith(f"bulletin:{bulletin_id}:")
        ):
            continue
        is_doubtful = bool(but) and row.dedupe_key.endswith(but)
        values = (
            {"state": "uncertain", "doubts": 1, "attempts": 1}
            if is_doubtful
            else {"state": "sent", "settled_at": desk.now, "attempts": 1, "message_ref": str(1000 + row.id)}
        )
        desk.session.execute(update(Delivery).where(Delivery.id == row.id).values(**values))
    desk.session.expire_all()


def proposes_back(desk: Desk, bulletin: Bulletin, person: str = "chen", reason: str = REASON) -> Retraction:
    return propose_retraction(
        desk.session, actor=actor_of(desk.session, person), bulletin_id=bulletin.id, reason=reason, now=desk.now
    )


def agrees(desk: Desk, found: Retraction, person: str = "zhao"):
    return agree_retraction(desk.session, actor=actor_of(desk.session, person), retraction_id=found.id, now=desk.now)


def edits(desk: Desk, address: str = "-1001") -> list[Delivery]:
    return [row for row in desk.owed(address) if row.edits_id is not None]


# ── two people ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_two_people_take_an_edition_back(desk):
    bulletin = is_released(desk)
    before = len(desk.owed("2"))
    found = proposes_back(desk, bulletin)
    assert found.expires_at - found.proposed_at == LIFETIME
    assert [row.address for row in desk.owed() if row.dedupe_key.startswith("retraction:")] == ["3", "2"]
    asked = from_json(desk.owed("2")[before].message)
    assert REASON in asked.text
    assert [row[0].action for row in asked.buttons] == [("o", "ret", str(found.id))]
    assert [each.id for each in waiting_retractions(desk.session, desk.now)] == [found.id]
    with refused("retraction_own"):
        agrees(desk, found, "chen")
    agrees(desk, found)
    done = retraction(desk.session, found.id)
    assert (done.state, done.proposed_by, done.agreed_by) == ("done", "chen", "zhao")
    assert waiting_retractions(desk.session, desk.now) == []
    assert standing_edition(desk.session, "2026-10") is None
    for person in ("zhao", "sun", "chen"):
        with refused("retraction_done_already"):
            agrees(desk, found, person)
    with refused("retraction_done_already"):
        proposes_back(desk, bulletin)
    trail = [(row.action, row.actor) for row in desk.session.scalars(select(AuditRow).order_by(AuditRow.id))
             if "retraction" in row.action]  # fmt: skip
    assert trail == [("propose_retraction", "person:chen"), ("agree_retraction", "person:zhao")]
    assert REASON not in str([row.details for row in desk.session.scalars(select(AuditRow))])


def test_who_may_and_when(desk):
    draft = desk.drafts()
    with refused("retraction_not_released"):
        proposes_back(desk, draft)
    with refused("not_allowed"):
        proposes_back(desk, draft, "li")
    bulletin = is_released(desk)
    found = proposes_back(desk, bulletin)
    with refused("retraction_proposed_already"):
        proposes_back(desk, bulletin, "zhao")
    for act in (agree_retraction, withdraw_retraction):
        with refused("not_allowed"):
            act(desk.session, actor=actor_of(desk.session, "li"), retraction_id=found.id, now=desk.now)
        with refused("retraction_unknown"):
            act(desk.session, actor=actor_of(desk.session, "zhao"), retraction_id=999, now=desk.now)
    desk.session.execute(update(Role).where(Role.person_id == "zhao").values(role="committee"))
    with refused("not_allowed"):
        agrees(desk, found)
    assert retraction_of(desk.session, bulletin.id).state == "proposed"


def test_a_proposal_holds_for_a_day_and_is_made_again(desk):
    bulletin = is_released(desk)
    found = proposes_back(desk, bulletin)
    desk.passes(hours=24)
    with refused("retraction_expired"):
        agrees(desk, found)
    again = proposes_back(desk, bulletin, "zhao")
    assert retraction(desk.session, found.id).state == "withdrawn"
    desk.passes(hours=23, minutes=59)
    agrees(desk, again, "chen")
    assert retraction(desk.session, again.id).state == "done"


def test_a_proposal_is_withdrawn_and_nothing_happens(desk):
    bulletin = is_released(desk)
    arrives(desk)
    found = proposes_back(desk, bulletin)
    withdraw_retraction(desk.session, actor=actor_of(desk.session, "sun"), retraction_id=found.id, now=desk.now)
    with refused("retraction_withdrawn_already"):
        agrees(desk, found)
    with refused("retraction_withdrawn_already"):
        withdraw_retraction(desk.session, actor=actor_of(desk.session, "sun"), retraction_id=found.id, now=desk.now)
    assert (edits(desk), retraction_of(desk.session, bulletin.id)) == ([], None)


@pytest.mark.parametrize(("length", "is_taken"), [
    (SHORTEST_REASON - 1, False), (SHORTEST_REASON, True), (LONGEST_REASON, True), (LONGEST_REASON + 1, False),
])  # fmt: skip
def test_a_reason_says_something(desk, length, is_taken):
    bulletin = is_released(desk)
    if is_taken:
        assert proposes_back(desk, bulletin, reason="长" * length).state == "proposed"
    else:
        with refused("retraction_reason_length"):
            proposes_back(desk, bulletin, reason="长" * length)


# ── what was sent ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.both_databases
def test_what_was_sent_says_so_and_what_was_not_stays(desk):
    bulletin = is_released(desk)
    arrives(desk)
    for row in desk.owed("-1002")[1:]:  # of the second group only the first text has arrived
        desk.session.execute(
            update(Delivery).where(Delivery.id == row.id).values(state="owed", settled_at=None, message_ref=None)
        )
    found = proposes_back(desk, bulletin)
    desk.session.expire_all()
    shown = effect_of_retraction(desk.session, bulletin.id)
    assert (shown.changed, shown.called_off, shown.told) == (4, 2, 0)
    assert agrees(desk, found) == shown
    desk.session.expire_all()
    first, picture, heat = edits(desk)
    assert [row.edits_id for row in (first, picture, heat)] == [row.id for row in desk.owed("-1001")[:3]]
    assert {row.kind for row in (first, picture, heat)} == {"bulletin"}
    said = from_json(first.message).text
    assert REASON in said
    assert "已撤回" in said
    assert "二院" not in said.replace(REASON, "")  # no figure, no ranking any more
    assert from_json(picture.message).picture == f"bulletin:{bulletin.id}:zh"  # the same message, other words
    assert "已撤回" in from_json(picture.message).text
    english = from_json(edits(desk, "-1002")[0].message).text
    assert "Taken back" in english
    late = [row for row in desk.owed("-1002") if row.edits_id is None][1:]
    assert [(row.state, row.code) for row in late] == [("refused", "retracted")] * 2
    assert restate(desk.session, edition(desk.session, bulletin.id), desk.now) == 0  # again: nothing


def test_where_nothing_can_be_changed_a_new_message_says_so(desk):
    desk.session.add(Chat(channel="wecom", address="staff", kind="group", title="职工", state="active",
                          purpose="bulletin", language=None, seen_at=MORNING))  # fmt: skip
    desk.session.add(Chat(channel="email", address="a@example.org", kind="group", title="", state="active",
                          purpose="bulletin", language="en", seen_at=MORNING))  # fmt: skip
    desk.session.flush()
    bulletin = is_released(desk)
    desk.session.execute(  # the mail is still owed: it will not go at all
        update(Delivery).where(Delivery.channel != "email", Delivery.state == "owed")
        .values(state="sent", settled_at=desk.now, message_ref="7")
    )  # fmt: skip
    desk.session.expire_all()
    effect = agrees(desk, proposes_back(desk, bulletin))
    assert (effect.changed, effect.called_off, effect.told) == (6, 1, 1)
    (notice,) = [row for row in desk.owed("staff") if row.dedupe_key.startswith("retracted:")]
    message = from_json(notice.message)
    assert (notice.kind, message.title) == ("bulletin", "2026年10月协同简报")
    assert REASON in message.text
    assert [row.state for row in desk.owed("a@example.org")] == ["refused"]


def test_in_doubt_it_is_called_off_and_the_place_is_told(desk):
    bulletin = is_released(desk)
    arrives(desk, but=":-1001:heat")
    effect = agrees(desk, proposes_back(desk, bulletin))
    assert (effect.changed, effect.called_off, effect.told) == (5, 1, 1)
    desk.session.expire_all()
    heat = next(row for row in desk.owed("-1001") if row.dedupe_key.endswith(":heat"))
    assert (heat.state, heat.code) == ("refused", "retracted")
    assert [row.dedupe_key for row in desk.owed("-1001") if row.dedupe_key.startswith("retracted:")] != []


def test_an_edit_that_waits_for_what_is_called_off_goes_with_it(desk):
    first = is_released(desk)  # nothing has arrived yet
    second = desk.corrects("更正二院数字")
    desk.proposes("zhao", second.id)
    desk.releases(second, "chen")
    assert [row.state for row in edits(desk)] == ["owed"]
    agrees(desk, proposes_back(desk, first))
    desk.session.expire_all()
    assert {(row.state, row.code) for row in edits(desk)} == {("refused", "retracted")}


def test_a_message_people_deleted_is_refused_and_listed(desk):
    bulletin = is_released(desk)
    arrives(desk)
    agrees(desk, proposes_back(desk, bulletin))
    lease = timedelta(minutes=1)
    claimed = claim(desk.session, now=desk.now, lease=lease, limit=9, channel="telegram")
    (got,) = [one for one in claimed if one.edits is not None]  # bulletins one at a time
    settle(desk.session, delivery_id=got.id, attempt=got.attempt, outcome=Refused("gone"), now=desk.now)
    desk.session.expire_all()
    assert desk.session.get_one(Delivery, got.id).state == "refused"
    claimed = claim(desk.session, now=desk.now, lease=lease, limit=9, channel="telegram")
    (other,) = [one for one in claimed if one.edits is not None]  # the other parts do not wait for it
    assert settle(desk.session, delivery_id=other.id, attempt=other.attempt, outcome=Sent("9"), now=desk.now)


# ── corrections ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_correction_puts_a_line_on_top_and_the_rest_stays(desk):
    first = is_released(desk)
    arrives(desk)
    second = desk.corrects("更正二院数字")
    desk.proposes("zhao", second.id)
    desk.releases(second, "chen")
    (change,) = edits(desk)
    original = from_json(desk.owed("-1001")[0].message)
    assert from_json(change.message).text == f"更正：见第 2 版\n\n{original.text}"
    assert change.edits_id == desk.owed("-1001")[0].id
    assert from_json(edits(desk, "-1002")[0].message).text.startswith("Corrected: see edition 2\n\n")
    assert restate(desk.session, edition(desk.session, first.id), desk.now) == 0
    assert standing_edition(desk.session, "2026-10").id == second.id


def test_taking_the_correction_back_lets_the_first_edition_stand_again(desk):
    first = is_released(desk)
    second = desk.corrects("更正二院数字")
    desk.proposes("zhao", second.id)
    desk.releases(second, "chen")
    arrives(desk)
    agrees(desk, proposes_back(desk, edition(desk.session, second.id)))
    assert standing_edition(desk.session, "2026-10").id == first.id
    original, *_ = desk.owed("-1001")
    latest = [row for row in edits(desk) if row.edits_id == original.id][-1]
    assert latest.message == original.message  # the line is gone
    notice = next(row for row in edits(desk) if row.edits_id != original.id)
    assert "现行的是第 1 版" in from_json(notice.message).text


def test_after_a_retraction_a_new_edition_is_named_in_its_place(desk):
    first = is_released(desk)
    arrives(desk)
    agrees(desk, proposes_back(desk, first))
    arrives(desk)
    assert "暂无现行版本" in from_json(edits(desk)[0].message).text
    second = desk.corrects("重新核对后发布")
    desk.proposes("zhao", second.id)
    desk.releases(second, "chen")
    changed = [row for row in edits(desk) if row.state == "owed"]
    assert ["现行的是第 2 版" in from_json(row.message).text for row in changed] == [True]


def test_a_long_text_is_cut_where_the_line_has_no_room(desk):
    is_released(desk)
    row = desk.owed("-1001")[0] if desk.owed("-1001") else None
    assert row is not None
    full = {**row.message, "text": "\n".join(["长" * 40] * 99) + "\n" + "尾" * 30}
    desk.session.execute(update(Delivery).where(Delivery.id == row.id).values(message=full))
    second = desk.corrects("更正")
    desk.proposes("zhao", second.id)
    desk.releases(second, "chen")
    said = from_json(edits(desk)[0].message).text
    assert said.startswith("更正：见第 2 版\n\n")
    assert len(said) <= 4096


# ── the committee first ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def asking(desk):
    """The scheme asks for two voices of the committee: Li and Qian."""
    content = example() | {"approval": {"quorum": 2}}
    desk.session.execute(update(SchemeVersion).values(content=content))
    desk.session.add(Person(id="qian", name="钱", language="en", active=True))
    desk.session.flush()
    for person in ("li", "qian"):
        desk.session.add(Role(person_id=person, role="committee", unit_code=None))
        desk.session.add(Chat(channel="telegram", address=f"9{person}", kind="private", title="", state="active",
                              person_id=person, seen_at=MORNING))  # fmt: skip
    desk.session.flush()
    return desk


def decides(desk, *says: str) -> None:
    found = put_before_committee(desk.session, period=OCTOBER, actor="schedule", now=desk.now)
    for person, word in zip(("li", "qian"), says, strict=False):
        speak_on_results(desk.session, approval_id=found.id, mark=found.digest[:12], says=word, words=REASON,
                         actor=actor_of(desk.session, person), now=desk.now)  # fmt: skip
    close_approval(desk.session, approval_id=found.id, mark=voices_mark(desk.session, found), minutes="纪要",
                   actor=actor_of(desk.session, "chen"), now=desk.now)  # fmt: skip


def test_an_unapproved_result_is_neither_proposed_nor_released(asking):
    draft = asking.drafts()
    (asked,) = asking.owed("9li")
    message = from_json(asked.message)
    assert "2026年10月" in message.text
    assert [row[0].action[:2] for row in message.buttons] == [("q", "look"), ("q", "yes"), ("q", "back")]
    assert "October 2026" in from_json(asking.owed("9qian")[0].message).text
    asking.drafts()
    assert len(asking.owed("9li")) == 1  # asked once
    with refused("result_not_approved"):
        asking.proposes("chen", draft.id)
    decides(asking, "approve", "approve")
    bulletin = asking.proposes("chen", draft.id)
    assert asking.releases(bulletin) > 0


def test_results_that_went_back_are_not_released(asking):
    draft = asking.drafts()
    decides(asking, "approve", "return")
    with refused("result_not_approved"):
        asking.proposes("chen", draft.id)
    assert approval_of(asking.session, OCTOBER).state == "returned"


def test_an_approval_of_other_figures_releases_nothing(asking):
    bulletin = asking.drafts()
    decides(asking, "approve", "approve")
    asking.proposes("chen", bulletin.id)
    resettle(asking.session, period=OCTOBER, actor="person:chen", now=asking.now)
    with refused("bulletin_results_changed"):
        asking.releases(bulletin)
    fresh = asking.drafts()  # says the figures as they are now, and the committee is asked about them
    assert fresh.state == "draft"
    with refused("result_not_approved"):
        asking.proposes("chen", fresh.id)
    decides(asking, "approve", "approve")
    assert asking.releases(asking.proposes("chen", fresh.id)) > 0


def test_an_approval_that_is_asked_for_after_the_proposal_stops_the_release(desk):
    bulletin = desk.proposes()
    content = example() | {"approval": {"quorum": 2}}
    desk.session.execute(update(SchemeVersion).values(content=content))
    desk.session.expire_all()
    with refused("result_not_approved"):
        desk.releases(bulletin)


def test_members_who_have_not_spoken_are_reminded_once_a_day(asking):
    asking.drafts()
    assert remind_committee(asking.session, actor="schedule", now=asking.now) == 2  # known keys: nobody is told twice
    assert (len(asking.owed("9li")), len(asking.owed("9qian"))) == (1, 1)
    found = put_before_committee(asking.session, period=OCTOBER, actor="schedule", now=asking.now)
    speak_on_results(asking.session, approval_id=found.id, mark=found.digest[:12], says="approve", words=None,
                     actor=actor_of(asking.session, "li"), now=asking.now)  # fmt: skip
    for _ in range(2):
        asking.passes(days=1)
        remind_committee(asking.session, actor="schedule", now=asking.now)
        remind_committee(asking.session, actor="schedule", now=asking.now)
    assert (len(asking.owed("9li")), len(asking.owed("9qian"))) == (1, 3)


def test_the_trail_names_every_step(asking):
    bulletin = asking.drafts()
    decides(asking, "approve", "approve")
    asking.releases(asking.proposes("chen", bulletin.id))
    shown = edition(asking.session, bulletin.id)
    agrees(asking, proposes_back(asking, shown))
    steps = [(step.action, step.outcome, step.person) for step in trail_of(asking.session, shown)]
    assert steps == [
        ("open_approval", "", ""), ("draft_bulletin", "", ""), ("speak_on_results", "approve", "李"),
        ("speak_on_results", "approve", "钱"), ("close_approval", "approved", "陈"), ("propose_bulletin", "", "陈"),
        ("release_bulletin", "", "赵"), ("propose_retraction", "", "陈"), ("agree_retraction", "", "赵"),
    ]  # fmt: skip
    assert [step.at for step in trail_of(asking.session, shown)] == sorted(
        step.at for step in trail_of(asking.session, shown)
    )


# ── races and the database ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.both_databases
def test_of_several_who_agree_at_once_one_does(database):
    with database.transaction() as session:
        desk = Desk(session).is_ready()
        bulletin = is_released(desk)
        arrives(desk)
        found = proposes_back(desk, bulletin)
        before = session.scalar(select(func.count()).select_from(Delivery).where(Delivery.edits_id.is_not(None)))
    start = Barrier(3)

    def clicks(person: str) -> str:
        start.wait()
        try:
            with database.transaction() as session:
                agree_retraction(session, actor=actor_of(session, person), retraction_id=found.id, now=desk.now)
        except DomainError as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(3) as pool:
        outcomes = sorted(pool.map(clicks, ["zhao", "sun", "zhao"]))
    assert outcomes == ["done", "retraction_done_already", "retraction_done_already"]
    with database.transaction() as session:
        after = session.scalar(select(func.count()).select_from(Delivery).where(Delivery.edits_id.is_not(None)))
        assert (before, after) == (0, 6)


@pytest.mark.parametrize(
    "broken",
    [
        {"state": "done"}, {"state": "done", "agreed_by": "chen", "agreed_at": MORNING}, {"agreed_by": "zhao"},
        {"state": "gone"},
    ],
)  # fmt: skip
def test_the_database_refuses_a_retraction_that_contradicts_itself(desk, broken):
    bulletin = is_released(desk)
    values = {"bulletin_id": bulletin.id, "reason": REASON, "state": "proposed", "proposed_by": "chen",
              "proposed_at": MORNING, "expires_at": MORNING}  # fmt: skip
    with pytest.raises(IntegrityError):
        desk.session.execute(insert(Retraction).values(**values | broken))


def test_an_edition_is_proposed_as_it_arrives(desk):
    """What `parts_of` shows before the release is what is owed after it."""
    bulletin = desk.drafts()
    shown = [message for _, message in parts_of(bulletin.id, content_of(bulletin), "zh")]
    propose(desk.session, actor=actor_of(desk.session, "chen"), bulletin_id=bulletin.id, now=desk.now)
    desk.releases(bulletin)
    assert [from_json(row.message) for row in desk.owed("-1001")] == shown
