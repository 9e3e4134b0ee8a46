"""The daily watching: who is told what, each once; a month as the schedule lives it."""

from __future__ import annotations

from fractions import Fraction

import pytest
from sqlalchemy import delete, select

from consortium.people import actor_of
from evaluation.follow_up_models import Alert, WrittenExplanation
from evaluation.models import Reading
from evaluation.range_explanations import explanation_mark
from evaluation.reading_digests import reading_digest
from evaluation.schemes import apply_scheme
from outbox.models import Delivery
from scheduler.watch_notices import tell_of_alerts
from scheduler.watching import accept_words, explain_figure, return_words, say_why
from tests.evaluation.cast import changed, example
from tests.scheduler.cast import CHATS, OCTOBER, at, only

MONTHS = [f"2025-{month:02d}" for month in (10, 11, 12)] + [f"2026-{month:02d}" for month in range(1, 10)]


@pytest.fixture
def watched(office):
    """Twelve months of Jia's down-referral, steady; its range is 10 to 25 %."""
    here = office(only("watch"))
    with here.database.transaction() as session:
        other = changed(changed(example(), "indicators.down_referral.range", [10, 25]), "scheme.version", 2)
        apply_scheme(session, document=changed(other, "scheme.effective", "2026-10"), now=here.clock())
        for number, month in enumerate(MONTHS):
            reads(session, "jia", "down_referral", month, 78 + number % 4, 600)
    here.ticks("2026-10-21 09:00")
    with here.database.transaction() as session:  # of September, as of any month with figures, some are missing
        session.execute(delete(Delivery))
    return here


def reads(session, unit, indicator, period, numerator, denominator):
    values = {
        "scope": unit, "unit_code": unit, "period": period, "indicator": indicator, "numerator": Fraction(numerator),
        "denominator": Fraction(denominator), "value": Fraction(100 * numerator, denominator), "origin": "imported",
        "recorded_at": at("2026-10-20 08:00"), "recorded_by": "person:chen",
    }  # fmt: skip
    session.add(Reading(**values, digest=reading_digest(values)))
    session.flush()


def october_is_read(here, numerator):
    with here.database.transaction() as session:
        reads(session, "jia", "down_referral", str(OCTOBER), numerator, 600)


def decides(here, act, person, **more):
    with here.database.transaction() as session:
        return act(session, actor=actor_of(session, person), now=here.clock(), **more)


def of(here, model):
    with here.database.transaction() as session:
        return session.scalars(select(model).order_by(model.id)).all()


def test_a_fall_is_told_once_to_its_unit_and_the_office_and_to_nobody_else(watched):
    october_is_read(watched, 30)  # 5 %: outside the range as well, but half a month is not judged by that
    assert watched.ticks("2026-10-23 09:00") == [("watch", "done")]
    assert watched.ledger()["watch 10-23"] == ("done", "told")
    told = (
        "预警 · 人民医院 · 2026年10月\n以下 1 项指标变化异常：\n"
        "· 下转率明显低于本单位以往。本期 5 %。此前 12 个月一般在 13.25 % 上下，最低 13 %，最高 13.5 %。\n\n"
        "如果知道原因，请点按钮说明情况。"
    )
    assert watched.told(CHATS["li"]) == [told]
    office = [watched.told(CHATS[name]) for name in ("chen", "zhao")]
    assert office[0] == office[1]
    assert office[0][0].startswith("预警 · 2026年10月\n以下 1 项指标变化异常：\n· 人民医院: 下转率明显低于")
    assert watched.told(CHATS["wang"]) == []
    watched.ticks("2026-10-24 09:00")
    assert watched.ledger()["watch 10-24"] == ("done", "nothing_new")
    assert len(watched.told(CHATS["li"])) == 1


def test_what_is_due_and_not_here_is_one_message_a_unit_and_one_for_the_office(watched):
    october_is_read(watched, 79)
    watched.ticks("2026-11-07 09:00")
    assert watched.told() == []
    watched.ticks("2026-11-08 09:00")
    mine = watched.told(CHATS["li"])
    assert len(mine) == 1
    assert mine[0].startswith("缺报提醒 · 人民医院 · 2026年10月\n")
    assert "下转率" not in mine[0]
    chen = watched.told(CHATS["chen"])
    assert len(chen) == 1
    assert "· 人民医院：" in chen[0]
    assert "· 社区中心：" in chen[0]
    assert watched.told(CHATS["wang"])[0].startswith("Figures missing · Yi · October 2026\n")
    for day in (9, 10, 19):
        watched.ticks(f"2026-11-{day:02d} 09:00")
    assert len(watched.told(CHATS["li"])) == 1
    assert {each.kind for each in of(watched, Alert)} == {"feed"}


def test_a_range_left_is_asked_reminded_overdue_and_taken_late(watched):
    october_is_read(watched, 30)
    watched.ticks("2026-10-23 09:00")  # the change is told while the month runs
    watched.ticks("2026-11-01 09:00")
    asked = watched.told(CHATS["li"])[-1]
    assert asked == (
        "请书面说明 · 人民医院 · 2026年10月\n下转率为 5 %，超出 10 % 到 25 % 的范围。\n请在 2026-11-13 前说明原因。"
    )
    found = of(watched, WrittenExplanation)[0]
    assert watched.buttons(CHATS["li"])[-1] == ["x", "e", str(found.id)]
    occasions, known = [], len(watched.told(CHATS["li"]))
    for day in (2, 9, 10, 11, 13, 14, 16):
        watched.ticks(f"2026-11-{day:02d} 09:00")
        new = watched.told(CHATS["li"])[known:]
        known += len(new)
        occasions += [(day, each.split(" · ")[0]) for each in new if not each.startswith("缺报")]
    assert occasions == [(10, "书面说明快到期了"), (14, "书面说明已逾期")]
    assert [each for each in watched.told(CHATS["chen"]) if each.startswith("书面说明已逾期")] != []
    given = decides(watched, explain_figure, "li", explanation_id=found.id, words="设备检修。")
    assert given.state == "given"
    assert watched.told(CHATS["chen"])[-1].endswith("设备检修。")
    assert watched.buttons(CHATS["zhao"])[-1] == ["o", "expl1", str(found.id)]
    watched.ticks("2026-11-17 09:00")
    assert len([each for each in watched.told(CHATS["li"]) if "已逾期" in each]) == 1


def test_the_unit_is_told_what_became_of_its_words(watched):
    october_is_read(watched, 30)
    watched.ticks("2026-11-01 09:00")
    found = of(watched, WrittenExplanation)[0]
    given = decides(watched, explain_figure, "li", explanation_id=found.id, words="检修")
    back = decides(
        watched, return_words, "chen", explanation_id=found.id, mark=explanation_mark(given), answer="请写措施"
    )
    assert "退回理由：请写措施\n请在 2026-11-13 前重写。" in watched.told(CHATS["li"])[-1]
    assert back.state == "returned"
    again = decides(watched, explain_figure, "li", explanation_id=found.id, words="检修,已加一台")
    decides(watched, accept_words, "zhao", explanation_id=found.id, mark=explanation_mark(again))
    assert watched.told(CHATS["li"])[-1].startswith("书面说明已接受 · 人民医院")
    assert len({row.dedupe_key for row in of(watched, Delivery)}) == len(of(watched, Delivery))


def test_the_office_reads_what_lies_behind_an_alert(watched):
    october_is_read(watched, 30)
    watched.ticks("2026-10-23 09:00")
    alert = of(watched, Alert)[-1]
    decides(watched, say_why, "li", alert_id=alert.id, words="<b>系统</b>切换")
    assert watched.told(CHATS["zhao"])[-1] == "单位说明情况 · 人民医院 · 2026年10月\n下转率：<b>系统</b>切换"
    assert "系统" not in str(watched.buttons(CHATS["zhao"]))


def test_a_message_names_the_first_dozen_and_counts_the_rest(watched):
    with watched.database.transaction() as session:
        alerts = [Alert(kind="feed", unit_code="jia", indicator=f"i{number}", period="2026-10", details={},
                        raised_at=watched.clock()) for number in range(20)]  # fmt: skip
        session.add_all(alerts)
        session.flush()
        tell_of_alerts(session, alerts=alerts, now=watched.clock())
    lines = watched.told(CHATS["li"])[0].splitlines()
    assert (lines[2], lines[13], lines[14]) == ("· i0", "· i11", "……另有 8 项")
    assert watched.told(CHATS["chen"])[0].splitlines()[-1] == "· 人民医院：20 项"


def test_a_month_before_the_consortium_was_set_up_is_nobodys_fault(office):
    here = office(only("watch"))
    here.ticks("2026-10-21 09:00")
    assert here.told() == []


def test_without_a_scheme_nothing_is_watched(office):
    here = office(only("watch"))
    here.ticks("2027-03-05 09:00")
    assert here.told() == []
    assert {outcome for _, outcome in here.ledger().values()} == {"nothing_new"}
