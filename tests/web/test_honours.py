"""Honours on pages: the office opens and decides, people nominate and vote, everybody reads the result."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select

from bulletins.honour_models import Honour, Nomination
from bulletins.honour_votes import advance_honours
from consortium.honour_kinds import HonourKind, to_stored
from consortium.models import Person, Role
from consortium.office_models import PollSlip
from consortium.units import installation
from locales.errors import DomainError, explain
from tests.web.cast import signed_in

PATH, DESK = "/honours", "/office/honours"
REASON = "全年接收下转病人最多，<b>随访</b>一个不漏。"


@pytest.fixture
def gala(town):
    """October is settled; two honours are configured; there are heads and more representatives."""
    town.has_a_season()
    kinds = [
        HonourKind("model_unit", {"zh": "协同标兵单位", "en": "Model unit"}, "unit", "month", 2, None, two_years=False,
                   voters=("representative", "head")),
        HonourKind("star", {"zh": "协同之星", "en": "Star"}, "person", "quarter", 1, Fraction(85), two_years=False,
                   voters=("staff",)),
    ]  # fmt: skip
    with town.database.transaction() as session:
        found = installation(session)
        found.review = found.review | {"honours": to_stored(kinds)}
        for number in range(5):
            session.add(Person(id=f"p{number}", name=f"代表{number}", language="zh", active=True))
            session.flush()
            session.add(Role(person_id=f"p{number}", role="head", unit_code="bing"))
    return town


@pytest.fixture
def person(gala, browse):
    return lambda name: signed_in(browse(gala.site()), gala, name)


def press(browser, path, act, place=0, **fields):
    forms = [form for form in browser.page.every("form", action=path)
             if any(button["value"] == act for button in form.every("button"))]  # fmt: skip
    hidden = {each["name"]: each["value"] for each in forms[place].every("input", type="hidden")}
    browser.post(path, {**hidden, "act": act, **fields})
    return browser._followed()


def opens(chen, what="model_unit 2026-10"):
    chen.opens(DESK)
    return press(chen, DESK, "open", what=what, nominate_days="7", vote_days="5")


def one(town, model):
    with town.database.transaction() as session:
        return session.scalars(select(model)).one()


def test_the_whole_way(gala, person):
    chen, li, wang = person("chen"), person("li"), person("wang")
    page = opens(chen)
    assert page.one("p", role="status").text == "已开启，大家会收到通知。"
    page = press(chen, DESK, "open", what="model_unit 2026-10", nominate_days="7", vote_days="5")
    assert page.one("p", role="alert").text == explain("zh", DomainError("honour_open_already", period="2026-10"))
    li.opens(PATH)
    for unit in ("bing", "yi"):
        page = press(li, PATH, "nominate", unit=unit, words=REASON)
        assert page.one("p", role="status").text == "提名已记下。"
    assert REASON in page.text
    page = press(li, PATH, "nominate", unit="yi", words=REASON)
    assert page.one("p", role="alert").text == explain("zh", DomainError("nominated_already"))
    page = chen.opens(DESK)
    assert "合格的 2 个提名进入投票，会通知 7 位投票人" in page.text
    press(chen, DESK, "start")
    page = wang.opens(f"{PATH}?language=zh")
    assert [each["value"] for each in page.every("input", type="radio")] == ["1", "none"]
    page = press(wang, PATH, "vote", choice="1")
    slip = one(gala, PollSlip).slip
    assert slip in page.text
    assert wang.response.headers["cache-control"] == "no-store"
    assert page.every("input", type="radio") == []
    token = page.every("input", name="csrf")[0]["value"]
    wang.post(PATH, {"csrf": token, "act": "vote", "honour": "1", "choice": "none"})
    assert wang._followed().one("p", role="alert").text == explain("zh", DomainError("already_voted"))
    for number in range(5):
        voter = person(f"p{number}")
        voter.opens(PATH)
        press(voter, PATH, "vote", choice="2")
    with gala.database.transaction() as session:
        advance_honours(session, actor="schedule", now=session.get_one(Honour, 1).vote_until)
    gala.now = one(gala, Honour).vote_until + timedelta(hours=1)
    chen = person("chen")
    page = chen.opens(DESK)
    assert "第 1 名：二院（5 票）" in page.text
    assert "第 2 名：社区中心（1 票）" in page.text
    assert "6 人投票，8 人可以投" in page.text or "6 人投票，7 人可以投" in page.text
    page = press(chen, DESK, "decide")
    assert page.one("p", role="status").text == "已确定，简报草稿已更新。"
    page = person("li").opens(PATH)
    assert [each.text for each in page.every("strong")][-2:] == ["二院", "社区中心"]
    assert slip in page.text


def test_an_own_unit_is_no_choice_even_in_a_form_of_ones_own(gala, person):
    chen, li = person("chen"), person("li")
    opens(chen)
    li.opens(PATH)
    press(li, PATH, "nominate", unit="jia", words=REASON)
    chen.opens(DESK)
    press(chen, DESK, "start")
    page = li.opens(PATH)
    assert [each["value"] for each in page.every("input", type="radio")] == ["none"]
    page = press(li, PATH, "vote", choice="1")
    assert page.one("p", role="alert").text == explain("zh", DomainError("own_unit_vote"))
    assert gala.count(PollSlip) == 0


def test_a_refused_nomination_keeps_what_was_written(gala, person):
    chen, li = person("chen"), person("li")
    opens(chen, "star 2026-Q4")
    page = li.opens(PATH)
    assert [each["value"] for each in page.every("option")] == ["jia"]
    page = press(li, PATH, "nominate", unit="jia", name="张三", words="短")
    assert li.status == 409
    assert page.one("p", role="alert").text.startswith("理由要写 10 到 300 个字")
    assert page.one("input", type="text")["value"] == "张三"
    page = press(li, PATH, "nominate", unit="jia", name="张三", words=REASON)
    assert "不合格：这一期还没有结算" in page.text
    page = press(li, PATH, "withdraw")
    assert page.one("p", role="status").text == "提名已撤回。"
    assert one(gala, Nomination).state == "withdrawn"


@pytest.mark.parametrize("name", ["sun", "gao"])
def test_committee_and_auditor_look_at_the_desk(gala, person, name):
    chen, other = person("chen"), person(name)
    opens(chen)
    page = other.opens(DESK)
    assert other.status == 200
    assert page.one("main").every("button") == []
    token = page.every("input", name="csrf")[0]["value"]
    other.post(DESK, {"csrf": token, "act": "cancel", "honour": "1"})
    assert other.status == 403
    assert one(gala, Honour).state == "nominating"


@pytest.mark.parametrize(
    "fields",
    [
        {"act": "open", "what": "x"},
        {"act": "open", "what": "model_unit 2026-99", "nominate_days": "7", "vote_days": "5"},
        {"act": "decide", "honour": "x"},
        {"act": "burn", "honour": "1"},
    ],
)
def test_forms_that_are_not_ours_change_nothing(gala, person, fields):
    chen = person("chen")
    token = chen.opens(DESK).every("input", name="csrf")[0]["value"]
    before = gala.everything()
    chen.post(DESK, {"csrf": token, **fields})
    assert chen.status in {400, 422}
    assert gala.everything() == before


def test_empty_states_and_a_poster_that_is_not_there(hamlet, browse):
    chen = signed_in(browse(hamlet.site()), hamlet, "chen")
    assert "配置里没有评优项目" in chen.opens(DESK).text
    assert "现在没有正在评的。" in chen.opens(PATH).text
    assert "No honour is open now." in chen.opens(f"{PATH}?language=en").text
    chen.get(f"{PATH}/1/poster.png")
    assert chen.status == 404
    stranger = browse(hamlet.site())
    for path in (PATH, DESK, f"{PATH}/1/poster.png"):
        stranger.get(path)
        assert stranger.status == 401
