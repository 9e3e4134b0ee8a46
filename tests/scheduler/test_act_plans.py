"""What each act of the office would do to whom, and what it is refused for."""

from __future__ import annotations

from reviews.rounds import close_round
from scheduler.act_months import months_to_settle
from scheduler.act_plans import (
    ACTS,
    DRAFT,
    EXTEND,
    OPEN,
    REMIND,
    SETTLEMENT,
    SHUT,
    moment_of,
    moment_written,
)
from scheduler.office_acts import do_act, propose_act
from tests.scheduler.acting import CLOSES, act, actions, code_of, decides, plan_of, refusal_of, state, until
from tests.scheduler.cast import OCTOBER, UNITS, at, only

# --- open


def test_opening_says_how_many_tasks_until_when_and_whom_it_invites_when(office):
    here = office()
    plan, zh, en = plan_of(here, OPEN)
    assert {name: value for name, value in plan.facts.items() if name != "pairs"} == {
        "closes_at": "20261102T1000", "assignments": 30, "units": 6, "invites_at": "20261022T0130", "channels": {},
        "from_file": True,
    }  # fmt: skip
    assert zh.split("\n") == [
        "开启 2026年10月 互评", "", "6 家单位互相评分，共 30 项评分任务。", "截止时间：2026-11-02 18:00。",
        "邀请会在 2026-10-22 09:30 按时间表发出，现在不发。", "协作记录从时间表指定的文件导入。", "", "一个人就可以决定。",
    ]  # fmt: skip
    assert "30 tasks" in en
    assert state(here) is None
    assert act(here, do_act, OPEN) == {"told": 0}
    assert state(here) == ("open", at(CLOSES))
    assert refusal_of(here, OPEN) == "round_is_open"
    assert here.ticks("2026-10-22 09:30") == [("open", "done"), ("invite", "done")]
    assert len(here.told("103")) == 1


def test_other_pairs_are_another_plan_even_if_they_are_as_many(office):
    here = office()
    rows = (here.folder / "cooperation.csv").read_text(encoding="utf-8")
    lines = [line for line in rows.splitlines() if not line.startswith("jia,yi,")]
    other = [line for line in rows.splitlines() if not line.startswith("jia,ji,")]
    (here.folder / "cooperation.csv").write_text("\n".join(lines), encoding="utf-8")
    one, zh, _ = plan_of(here, OPEN)
    (here.folder / "cooperation.csv").write_text("\n".join(other), encoding="utf-8")
    two, same, _ = plan_of(here, OPEN)
    assert zh == same
    assert one.digest != two.digest
    assert code_of(act, here, do_act, OPEN, digest=one.digest[:12]) == "act_changed"


def test_opened_after_the_invitations_it_invites_at_once(office):
    here = office(only("close", "settle"))
    plan, zh, _ = plan_of(here, OPEN)
    assert plan.facts["channels"] == {"telegram": 2}
    assert "马上邀请各单位代表：Telegram 2 个聊天。" in zh
    assert act(here, do_act, OPEN) == {"told": 2}
    assert "2026年10月互评开始了" in here.told("103")[0]


def test_opening_is_refused_for_what_opening_would_be_refused_for(office):
    here = office()
    (here.folder / "cooperation.csv").unlink()
    assert refusal_of(here, OPEN) == "schedule_file_unreadable"
    (here.folder / "cooperation.csv").write_text("nonsense", encoding="utf-8")
    assert refusal_of(here, OPEN) == "schedule_cooperation_refused"
    (here.folder / "cooperation.csv").write_text(
        "unit_a,unit_b,kind,count,period\njia,yi,referral,1,2027-01\n", encoding="utf-8"
    )
    assert refusal_of(here, OPEN) == "no_cooperation"
    here.clock.moves_to("2026-11-02 18:00")
    assert refusal_of(here, OPEN, period=OCTOBER) == "closing_in_the_past"


# --- remind


def test_reminding_names_units_and_chats_and_reminds_nobody_twice_in_half_a_day(voting):
    voting.clock.moves_to("2026-10-24 10:00")
    voting.votes("jia")
    plan, zh, _ = plan_of(voting, REMIND)
    assert plan.facts["units"] == ["yi"]
    assert plan.facts["unreachable"] == [unit for unit in UNITS if unit not in {"jia", "yi"}]
    assert "将提醒 1 家还没有完成的单位：二院。" in zh
    assert "发到：Telegram 1 个聊天。" in zh
    assert "请另行联系（4 家）：三院、社区中心、东街社区中心、西街社区中心。" in zh
    before = len(voting.told("104"))
    assert act(voting, do_act, REMIND) == {"told": 1, "units": 1}
    assert len(voting.told("104")) == before + 1
    assert ("person:chen", "remind_raters") in actions(voting)
    assert refusal_of(voting, REMIND) == "act_nobody_reachable"
    voting.clock.passes(hours=11)
    assert refusal_of(voting, REMIND) == "act_nobody_reachable"
    voting.clock.passes(hours=2)
    assert act(voting, do_act, REMIND)["told"] == 1


def test_the_schedules_reminders_count_too(voting):
    voting.ticks("2026-10-25 10:00")
    plan_units = refusal_of(voting, REMIND)
    assert plan_units == "act_nobody_reachable"  # the two who can be reached were reminded a moment ago
    voting.clock.moves_to("2026-10-26 10:00")
    assert plan_of(voting, REMIND)[0].facts["units"] == ["jia", "yi"]


def test_a_second_click_on_an_old_reminder_is_refused(voting):
    plan, _, _ = plan_of(voting, REMIND)
    act(voting, do_act, REMIND, digest=plan.digest[:12])
    count = len(voting.told())
    assert code_of(act, voting, do_act, REMIND, digest=plan.digest[:12]) == "act_nobody_reachable"
    assert len(voting.told()) == count


def test_nobody_is_reminded_of_what_is_over_or_not_there(voting):
    voting.clock.moves_to(CLOSES)
    assert refusal_of(voting, REMIND) == "act_round_over"
    with voting.database.transaction() as session:
        close_round(session, period=OCTOBER, actor="test", now=voting.clock())
    assert refusal_of(voting, REMIND) == "act_no_round"
    assert refusal_of(voting, REMIND, period=OCTOBER) == "round_is_closed"


# --- extend


def test_the_first_extension_is_one_persons_and_those_invited_are_told(voting):
    plan, zh, _ = plan_of(voting, EXTEND, arguments=until("2026-11-04 18:00"))
    assert (plan.second, plan.facts["units"]) == (None, ["jia", "yi"])
    assert "截止时间从 2026-11-02 18:00 改为 2026-11-04 18:00。" in zh
    assert "会通知已收到邀请的 2 家单位：Telegram 2 个聊天。" in zh
    outcome = act(voting, do_act, EXTEND, arguments=until("2026-11-04 18:00"))
    assert outcome == {"told": 2, "closes": "2026-11-04 18:00"}
    assert state(voting) == ("open", at("2026-11-04 18:00"))
    assert (
        voting.told("103")[-1]
        == "2026年10月 互评的截止时间有变：“人民医院”可以评分到 2026-11-04 18:00（原为 2026-11-02 18:00）。"
    )
    assert voting.buttons("104")[-1] == ["b", "l", "yi", "0"]


def test_the_timetable_closes_at_the_new_time_and_counts_then(voting):
    act(voting, do_act, EXTEND, arguments=until("2026-11-04 18:00"))
    voting.ticks("2026-11-02 18:10")
    assert voting.ledger()["close 11-02"] == ("done", "closing_moved")
    assert state(voting)[0] == "open"
    voting.ticks("2026-11-04 17:59")
    assert state(voting)[0] == "open"
    voting.ticks("2026-11-04 18:00")
    voting.ticks("2026-11-04 18:20")
    assert voting.ledger()["close 11-04"] == ("done", "closed")
    assert voting.ledger()["count 11-02"] == ("done", "counted")


def test_a_second_extension_and_a_late_one_need_two(voting):
    act(voting, do_act, EXTEND, arguments=until("2026-11-04 18:00"))
    plan, zh, _ = plan_of(voting, EXTEND, arguments=until("2026-11-05 18:00"))
    assert plan.second == "again"
    assert zh.endswith("再次延长要另一位同事同意。")
    assert code_of(act, voting, do_act, EXTEND, arguments=until("2026-11-05 18:00")) == "act_needs_second"
    act_id = act(voting, propose_act, EXTEND, arguments=until("2026-11-05 18:00"))
    assert state(voting) == ("open", at("2026-11-04 18:00"))
    assert decides(voting, act_id, "zhao") == ("done", False)
    assert state(voting) == ("open", at("2026-11-05 18:00"))
    voting.clock.moves_to("2026-11-05 18:00")
    assert plan_of(voting, EXTEND, arguments=until("2026-11-06 18:00"))[0].second == "late"


# --- settle and draft


def test_settling_names_what_is_missing_needs_two_and_is_done_by_the_schedule(voting):
    assert refusal_of(voting, SETTLEMENT) == "act_nothing_to_settle"
    assert refusal_of(voting, SETTLEMENT, period=OCTOBER) == "period_not_over"
    voting.clock.moves_to("2026-11-01 10:00")
    assert refusal_of(voting, SETTLEMENT) == "round_open"
    voting.ticks("2026-11-02 18:10")
    voting.clock.moves_to("2026-11-02 20:00")
    plan, zh, _ = plan_of(voting, SETTLEMENT)
    assert (plan.second, plan.period) == ("missing", OCTOBER)
    assert "应报数据没有到：" in zh
    act_id = act(voting, propose_act, SETTLEMENT)
    assert decides(voting, act_id, "zhao") == ("done", False)
    assert refusal_of(voting, SETTLEMENT) == "act_ordered"
    assert voting.ticks() == [("settle", "done")]
    assert voting.told("101")[-1] == voting.told("102")[-1] == "2026年10月 已结算。下一步：/draft 2026-10"
    assert refusal_of(voting, SETTLEMENT, period=OCTOBER) == "already_settled"
    voting.ticks("2026-11-03 06:00")
    assert voting.ledger()["settle 11-03"] == ("done", "already_settled")
    assert sum("已结算。下一步" in words for words in voting.told("101")) == 1

    assert plan_of(voting, DRAFT)[0].facts == {"edition": 1}
    assert set(act(voting, do_act, DRAFT)) == {"bulletin"}
    assert refusal_of(voting, DRAFT, period=OCTOBER) == "act_drafted"
    assert refusal_of(voting, DRAFT) == "act_nothing_to_draft"


def test_months_to_settle_begin_with_the_installation(office):
    here = office()
    with here.database.transaction() as session:
        assert months_to_settle(session, at("2026-10-31 12:00")) == []
        assert [str(each) for each in months_to_settle(session, at("2027-01-05 12:00"))] == [
            "2026-10", "2026-11", "2026-12",
        ]  # fmt: skip


def test_a_settlement_that_waits_for_its_count_is_refused_before_it_is_ordered(voting):
    voting.clock.moves_to("2026-11-02 18:00")
    with voting.database.transaction() as session:
        close_round(session, period=OCTOBER, actor="test", now=voting.clock())
    assert refusal_of(voting, SETTLEMENT) == "round_not_counted"


def test_every_act_plans_and_moments_read_back():
    assert set(ACTS) == {OPEN, REMIND, EXTEND, SHUT, SETTLEMENT, DRAFT}
    assert moment_of(moment_written(at(CLOSES))) == at(CLOSES)
    assert code_of(moment_of, "20261302T1000") == "button_expired"
