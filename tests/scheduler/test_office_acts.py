"""Acts that two people of the office have to want: bound to what was shown, to a day, and never one person's own."""

from __future__ import annotations

from sqlalchemy import func, select, update

from consortium.models import Role
from outbox.models import Delivery
from reviews.models import ReviewRound
from reviews.rounds import close_round
from scheduler.act_plans import REMIND, SHUT
from scheduler.office_acts import do_act, propose_act, standing_acts
from storage.audit import AuditRow
from tests.scheduler.acting import CLOSES, act, actions, code_of, decides, plan_of, state
from tests.scheduler.cast import OCTOBER


def test_closing_before_its_time_needs_a_second_person_who_sees_the_same(voting):
    voting.votes("jia")
    plan, zh, _ = plan_of(voting, SHUT)
    assert plan.second == "early"
    assert "还有 5 家没有完成（共 6 家）：二院、" in zh
    act_id = act(voting, propose_act, SHUT)
    assert state(voting)[0] == "open"
    notice = voting.told("102")[-1]
    assert notice.startswith("陈 提议如下，2026-10-23 09:30 前要另一位同事同意：")
    assert notice.endswith(zh)
    assert voting.buttons("102")[-2:] == [["c", "a", str(act_id), plan.digest[:12]], ["c", "n", str(act_id)]]
    assert code_of(decides, voting, act_id, "chen") == "act_own"
    assert code_of(decides, voting, act_id, "li") == "not_allowed"
    assert decides(voting, act_id, "zhao") == ("done", False)
    assert state(voting)[0] == "closed"
    assert voting.told("101")[-1] == "赵 已同意“关闭 2026年10月 互评”，已经执行。"
    assert code_of(decides, voting, act_id, "zhao") == "act_over"
    kinds = [what for _, what in actions(voting)]
    assert kinds[-3:] == ["propose_act", "agree_to_act", "close_round"]


def test_what_changed_meanwhile_is_not_done_and_the_proposer_is_told(voting):
    act_id = act(voting, propose_act, SHUT)
    voting.votes("jia")
    assert decides(voting, act_id, "zhao") == ("refused", True)
    assert state(voting)[0] == "open"
    assert "情况在 赵 查看时已经变化，没有执行" in voting.told("101")[-1]
    assert code_of(decides, voting, act_id, "zhao") == "act_over"


def test_a_proposal_that_cannot_be_done_any_more_is_over(voting):
    act_id = act(voting, propose_act, SHUT)
    with voting.database.transaction() as session:
        close_round(session, period=OCTOBER, actor="test", now=voting.clock())
    assert decides(voting, act_id, "zhao") == ("refused", True)


def test_a_proposal_holds_a_day_and_so_long_as_its_proposer_is_of_the_office(voting):
    act_id = act(voting, propose_act, SHUT)
    voting.clock.passes(hours=24)
    assert code_of(decides, voting, act_id, "zhao") == "act_expired"
    with voting.database.transaction() as session:
        assert standing_acts(session, now=voting.clock()) == []
    anew = act(voting, propose_act, SHUT, person="zhao")  # what ran out is no hindrance
    assert anew != act_id
    with voting.database.transaction() as session:
        session.execute(update(Role).where(Role.person_id == "zhao").values(role="auditor"))
    assert code_of(decides, voting, anew, "chen") == "act_over"
    assert state(voting)[0] == "open"


def test_one_standing_proposal_at_a_time_and_its_proposer_may_take_it_back(voting):
    first = act(voting, propose_act, SHUT)
    assert code_of(act, voting, propose_act, SHUT, person="zhao") == "act_proposed_by"
    asked = len(voting.told("102"))
    assert act(voting, propose_act, SHUT) == first  # the same once more is the same proposal
    assert len(voting.told("102")) == asked  # and nobody is asked again
    assert decides(voting, first, "chen", agrees=False) == ("withdrawn", False)
    second = act(voting, propose_act, SHUT)
    assert code_of(decides, voting, first, "zhao") == "act_over"
    assert decides(voting, second, "chen", agrees=False) == ("withdrawn", False)
    third = act(voting, propose_act, SHUT, person="zhao")
    assert decides(voting, third, "chen", agrees=False) == ("refused", False)
    assert voting.told("102")[-1] == "陈 不同意“关闭 2026年10月 互评”，没有执行。"
    assert state(voting)[0] == "open"


def test_a_stale_or_foreign_digest_does_nothing(voting):
    act_id = act(voting, propose_act, SHUT)
    assert decides(voting, act_id, "zhao", digest="0" * 12) == ("refused", True)
    plan, _, _ = plan_of(voting, SHUT)
    for digest in ("", "0" * 12, plan.digest[:11]):
        assert code_of(act, voting, propose_act, SHUT, digest=digest or "x") == "act_changed"
    assert code_of(act, voting, do_act, SHUT) == "act_needs_second"
    voting.clock.moves_to(CLOSES)
    assert code_of(act, voting, propose_act, SHUT) == "act_needs_nobody"
    assert act(voting, do_act, SHUT) == {}
    assert state(voting)[0] == "closed"


def test_only_the_office_acts(voting):
    for command in (REMIND, SHUT):
        assert code_of(act, voting, do_act, command, person="li") == "not_allowed"
        assert code_of(act, voting, propose_act, command, person="wang") == "not_allowed"


def test_a_race_of_two_who_agree_does_it_once(voting):
    act_id = act(voting, propose_act, SHUT)
    decides(voting, act_id, "zhao")
    assert code_of(decides, voting, act_id, "zhao") == "act_over"
    with voting.database.transaction() as session:
        closed = select(func.count()).where(AuditRow.action == "close_round")
        assert session.scalar(closed) == 1
        assert session.scalar(select(func.count()).where(Delivery.dedupe_key.like(f"act-done:{act_id}:%"))) == 1
        assert session.scalars(select(ReviewRound.state)).all() == ["closed"]
