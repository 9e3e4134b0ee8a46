"""Objections on pages: a unit raises one and sees its own; the office decides; nobody sees or does what is not theirs."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from bulletins import editions
from consortium.models import Role
from consortium.people import actor_of
from evaluation.follow_up_models import Objection
from evaluation.models import ScoreLine, Settlement
from locales.errors import DomainError, explain
from scheduler.objection_decisions import hand_in_objection
from storage.audit import AuditRow
from tests.evaluation.cast import OCTOBER
from tests.web.cast import signed_in

OFFICE, UNIT = "/office/objections", "/units/jia/objections"
WORDS = "二院的下转被算到了我院<b>，\n请核对。"


@pytest.fixture
def person(town, browse):
    town.has_a_season()
    return lambda name: signed_in(browse(town.site()), town, name)


def hands_in(town, person="li", unit="jia", indicator="down_referral", words=WORDS):
    with town.database.transaction() as session:
        return hand_in_objection(session, unit_code=unit, period=OCTOBER, indicator=indicator, words=words,
                                 actor=actor_of(session, person), now=town.now).number  # fmt: skip


def found(town, number="2026-001"):
    with town.database.transaction() as session:
        return session.get(Objection, number)


def sends(browser, path, **fields):
    """A form of the page that is open, with its token."""
    token = browser.page.every("input", name="csrf")[0]["value"]
    browser.post(path, {"csrf": token, **fields})
    return browser._followed()


def raises(browser, **changed):
    return sends(browser, UNIT, **{"act": "raise", "period": "2026-10", "indicator": "-", "words": WORDS, **changed})


# ── the unit ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_unit_raises_one_and_sees_how_it_stands(town, person):
    li = person("li")
    page = li.opens(UNIT)
    assert "还没有提出过异议。" in page.text
    options = [option["value"] for option in page.every("option")]
    assert options[:2] == ["2026-10", "-"]
    assert "down_referral" in options
    page = raises(li, indicator="down_referral")
    assert page.one("p", role="status").text == "异议已提交，编号和答复期限见下。"
    assert WORDS.partition("\n")[0] in page.text
    assert "答复期限 2026-11-27" in page.text
    made = found(town)
    assert (made.number, made.indicator, made.raised_by, made.words) == ("2026-001", "down_referral", "li", WORDS)


def test_a_second_one_is_refused_with_its_number_and_the_words_stay(town, person):
    hands_in(town)
    li = person("li")
    li.opens(UNIT)
    page = raises(li, indicator="down_referral", words="再写一次")
    assert li.status == 409
    assert page.one("p", role="alert").text == explain("zh", DomainError("objection_open_already", number="2026-001"))
    assert page.one("textarea", id="words").text.strip() == "再写一次"
    assert page.one("option", value="down_referral", selected="")["value"] == "down_referral"


@pytest.mark.parametrize(
    ("changed", "status", "says"),
    [
        ({"words": " "}, 409, "异议不能为空"),
        ({"words": "字" * 1001}, 409, "最多 1000 字"),
        ({"indicator": "first_visit"}, 409, "没有这项指标"),
        ({"period": "2026-09"}, 404, ""),
        ({"period": "x"}, 409, ""),
        ({"act": "decide"}, 400, ""),
        ({"state": "upheld"}, 400, ""),
    ],
)
def test_what_cannot_be_taken_is_said_and_nothing_is_written(town, person, changed, status, says):
    li = person("li")
    li.opens(UNIT)
    page = raises(li, **changed)
    assert li.status in {status, 422}
    assert says in page.text
    assert found(town) is None


def test_it_is_withdrawn_once(town, person):
    hands_in(town)
    li = person("li")
    li.opens(UNIT)
    page = sends(li, UNIT, act="withdraw", number="2026-001")
    assert "异议已撤回。" in page.text
    assert found(town).state == "withdrawn"
    page = sends(li, UNIT, act="withdraw", number="2026-001")
    assert li.status == 409
    assert page.one("p", role="alert").text == explain("zh", DomainError("objection_decided", number="2026-001"))


def test_other_units_do_not_exist_and_their_objections_neither(town, person):
    number = hands_in(town)
    wang = person("wang")
    for path in (UNIT, "/units/nothing/objections", f"{OFFICE}/{number}", OFFICE):
        wang.opens(path)
        assert wang.status == (404 if path.startswith("/units") else 403)
        assert WORDS[:5] not in wang.page.text
    wang.opens("/units/yi/objections")
    assert number not in wang.page.text
    sends(wang, "/units/yi/objections", act="withdraw", number=number)
    assert wang.status == 404
    wang.opens("/units/yi/objections")
    sends(wang, UNIT, act="withdraw", number=number)
    assert wang.status == 404
    wang.opens("/units/yi/objections")
    sends(wang, UNIT, act="raise", period="2026-10", indicator="-", words="x")
    assert wang.status == 404
    assert found(town).state == "open"


def test_the_office_sees_a_units_page_but_raises_nothing_for_it(town, person):
    hands_in(town)
    chen = person("chen")
    page = chen.opens(UNIT)
    assert "2026-001" in page.text
    assert page.every("textarea") == []
    sends(chen, UNIT, act="raise", period="2026-10", indicator="-", words="x")
    assert chen.status == 403
    assert found(town, "2026-002") is None


def test_a_unit_reads_who_of_its_own_did_what_and_not_who_of_the_office(town, person):
    number = hands_in(town)
    chen, li = person("chen"), person("li")
    chen.opens(f"{OFFICE}/{number}")
    page = sends(chen, f"{OFFICE}/{number}", verdict="rejected", answer="核对无误。")
    assert "陈静" in page.one("main").text
    page = li.opens(UNIT)
    assert "李敏" in page.one("main").text
    assert "陈静" not in page.one("main").text
    assert "绩效办或委员会" in page.one("main").text
    assert "核对无误。" in page.text


# ── the office ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_list_shows_overdue_ones_and_warns_of_the_calendar(town, person):
    hands_in(town)
    hands_in(town, indicator=None)
    with town.database.transaction() as session:
        session.execute(
            update(Objection).where(Objection.number == "2026-002").values(due_on=town.now.date().replace(day=5))
        )
    chen = person("chen")
    page = chen.opens(OFFICE)
    assert [each.text for each in page.every("span", **{"class": "mark is-bad"})] == ["已逾期"]
    assert page.text.index("2026-002") < page.text.index("2026-001")  # the first due first
    assert "官方节假日日历只到 2026-12-31" in page.text
    assert ("已过 1 个工作日" in page.text, "还剩 15 个工作日" in page.text) == (True, True)
    page = chen.opens("/office")
    assert "待答复的异议（2）" in page.text
    assert "官方节假日日历只到 2026-12-31" in page.text


def test_a_corrected_figure_scores_again_and_drafts_a_corrected_edition(town, person):
    town_with_release = person("chen")
    town.has_released()
    number = hands_in(town)
    chen = town_with_release
    page = chen.opens(f"{OFFICE}/{number}")
    assert [option["value"] for option in page.one("select", id="indicator").every("option")] == ["down_referral"]
    assert page.one("select", id="indicator").text == "下转率（结算时 81 ÷ 600 = 13.5）"
    assert "还剩 15 个工作日" in page.text
    page = sends(chen, f"{OFFICE}/{number}", verdict="figures", answer="已更正。", indicator="down_referral",
                 numerator="90", denominator="600", value="")  # fmt: skip
    assert "已决定，答复已发给单位。" in page.text
    assert "成立，更正数字" in page.text
    assert "成绩已更正" in page.text
    assert page.every("textarea") == []
    with town.database.transaction() as session:
        line = session.scalars(
            select(ScoreLine).where(ScoreLine.unit_code == "jia", ScoreLine.indicator == "down_referral")
        ).one()
        assert (line.value, line.points, session.get_one(Settlement, "2026-10").revision) == (15, 15, 2)
        bulletin = editions.latest(session, OCTOBER)
        assert (bulletin.edition, bulletin.state, number in bulletin.note) == (2, "draft", True)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"verdict": "figures", "indicator": "down_referral", "numerator": "9"}, "objection_figure_missing"),
        ({"verdict": "figures", "indicator": "down_referral", "value": "九"}, "objection_figure_invalid"),
        ({"verdict": "figures", "indicator": "core_systems", "value": "9"}, "objection_other_indicator"),
        ({"verdict": "rejected", "answer": " "}, "objection_answer_missing"),
    ],
)
def test_a_form_with_a_fault_is_shown_again_as_it_was_typed(town, person, fields, code):
    number = hands_in(town)
    chen = person("chen")
    chen.opens(f"{OFFICE}/{number}")
    page = sends(chen, f"{OFFICE}/{number}", **{"answer": "核对过了。", **fields})
    assert chen.status == 409
    assert page.one("p", role="alert").text == explain(
        "zh", DomainError(code, number=number, written=fields.get("value", ""))
    )
    assert page.one("textarea", id="answer").text.strip() == fields.get("answer", "核对过了。").strip()
    assert page.one("input", id="numerator")["value"] == fields.get("numerator", "")
    assert found(town).state == "open"
    with town.database.transaction() as session:
        assert session.get_one(Settlement, "2026-10").revision == 1
        assert session.scalars(select(AuditRow).where(AuditRow.action == "decide_objection")).all() == []


def test_the_second_of_two_comes_late(town, person):
    number = hands_in(town)
    chen, zhao = person("chen"), person("zhao")
    chen.opens(f"{OFFICE}/{number}")
    zhao.opens(f"{OFFICE}/{number}")
    sends(chen, f"{OFFICE}/{number}", verdict="scheme", answer="写入下一版。")
    page = sends(zhao, f"{OFFICE}/{number}", verdict="rejected", answer="不成立。")
    assert zhao.status == 409
    assert page.one("p", role="alert").text == explain("zh", DomainError("objection_decided", number=number))
    assert (found(town).remedy, found(town).decided_by) == ("scheme", "chen")
    schemes = chen.opens("/office/schemes")
    assert [number in schemes.text, "写入下一版。" in schemes.text] == [True, True]
    li = person("li")
    li.opens("/office/schemes")
    assert "写入下一版。" not in li.page.text


@pytest.mark.parametrize(("name", "status", "decides"), [("sun", 200, True), ("gao", 200, False), ("he", 403, False)])
def test_committee_decides_and_auditors_look(town, person, name, status, decides):
    number = hands_in(town)
    chen, other = person("chen"), person(name)
    chen.opens(f"{OFFICE}/{number}")
    page = other.opens(f"{OFFICE}/{number}")
    assert other.status == status
    assert bool(page.every("textarea")) is decides
    token = other.page.every("input", name="csrf")[0]["value"]
    other.post(f"{OFFICE}/{number}", {"csrf": token, "verdict": "rejected", "answer": "不成立。"})
    assert found(town).state == ("rejected" if decides else "open")


def test_who_is_of_the_unit_is_shown_no_form(town, person):
    number = hands_in(town)
    with town.database.transaction() as session:
        session.add(Role(person_id="chen", role="staff", unit_code="jia"))
    chen = person("chen")
    page = chen.opens(f"{OFFICE}/{number}")
    assert "这是您所在单位的异议，由其他人决定。" in page.text
    assert page.every("textarea") == []
    sends(chen, f"{OFFICE}/{number}", verdict="rejected", answer="不成立。")
    assert (chen.status, found(town).state) == (409, "open")


def test_marks_of_people_cannot_be_corrected_on_the_form(town, person):
    chen = person("chen")
    with town.database.transaction() as session:
        lines = select(ScoreLine.indicator).where(ScoreLine.unit_code == "jia", ScoreLine.party == "peers")
        marked = session.scalars(lines).first()
    number = hands_in(town, indicator=marked)
    page = chen.opens(f"{OFFICE}/{number}")
    assert "figures" not in [option["value"] for option in page.every("option")]
    assert "不能改数字" in page.text
    page = sends(chen, f"{OFFICE}/{number}", verdict="figures", answer="x", indicator=marked, value="99")
    assert chen.status == 409
    assert found(town).state == "open"


@pytest.mark.parametrize("number", ["2026-999", "nothing", "2026-001'--", "%00"])
def test_what_is_not_there_is_not_found(town, person, number):
    chen = person("chen")
    chen.opens(f"{OFFICE}/{number}")
    assert chen.status == 404


def test_english_reads_it_too(town, person):
    number = hands_in(town)
    chen = person("chen")
    for path in (f"{OFFICE}?language=en", f"{OFFICE}/{number}?language=en", f"{UNIT}?language=en"):
        page = chen.opens(path)
        assert chen.status == 200
        assert f"{number}" in page.text
        assert "answer due 2026-11-27" in page.text
