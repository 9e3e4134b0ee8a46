"""Held answers on the page: numbers, reasons, two people's decisions; the race, the wrong role, the settled month."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from consortium.people import actor_of
from consortium.periods import Period
from evaluation.schemes import apply_scheme
from evaluation.scorecards import settle_period
from locales.errors import DomainError, explain
from outbox.models import Delivery
from scheduler.examination import examination
from scheduler.held_decisions import propose_held
from storage.audit import AuditRow
from surveys.honesty.models import Hold
from surveys.models import Response
from tests.evaluation.cast import example
from tests.surveys.honesty.clinic import GOOD, answered
from tests.web.cast import NOW, signed_in
from web.held_views import MOST_LISTED

NOVEMBER = Period.parse("2026-11")
DAY = NOW - timedelta(days=2)
PATH = "/office/held"


def answers(town, *visits, unit="jia", seconds=80, at=DAY):
    with town.database.transaction() as session:
        return [
            answered(session, visit, at + timedelta(minutes=30 * place), unit=unit, seconds=seconds)
            for place, visit in enumerate(visits)
        ]


def examined(town):
    with town.database.transaction() as session:
        for part in examination(session, months=(NOVEMBER,)):
            part(session, town.now)


def states(town):
    with town.database.transaction() as session:
        return dict(session.execute(select(Hold.response_id, Hold.state)).all())


def proposes(town, person, *ids):
    with town.database.transaction() as session:
        propose_held(session, period=NOVEMBER, response_ids=ids, actor=actor_of(session, person), now=town.now)


def said(code, **details):
    return explain("zh", DomainError(code, **details))


@pytest.fixture
def held(town):
    """Two of four answers of 甲 and one of two of 乙 came too fast."""
    answers(town, "a", "b")
    answers(town, "c", unit="yi")
    ids = answers(town, "x", "y", seconds=1, at=DAY + timedelta(hours=6))
    ids += answers(town, "z", unit="yi", seconds=1, at=DAY + timedelta(hours=9))
    examined(town)
    assert states(town) == dict.fromkeys(ids, "held")
    return ids


@pytest.fixture
def chen(town, browse):
    return signed_in(browse(town.site()), town, "chen")


@pytest.fixture
def zhao(town, browse):
    return signed_in(browse(town.site()), town, "zhao")


def press(browser, act, *ids, period="2026-11"):
    """Tick these and press the button of their unit."""
    form = browser.page.every("form", action=PATH)[0]
    token = form.one("input", name="csrf")["value"]
    browser.post(PATH, {"csrf": token, "period": period, "answer": list(ids), "act": act})
    return browser._followed()


def rows(page):
    table = page.one("table", class_="held-table")
    return [[cell.text for cell in (row.one("th"), *row.every("td"))] for row in table.every("tr")[1:]]


def test_numbers_by_unit_and_each_answer_with_its_reasons_and_nothing_else(town, held, chen):
    page = chen.opens(PATH)
    assert chen.heading == "留存答卷"
    assert rows(page) == [
        ["人民医院", "4", "2", "50.0%", "0"],
        ["二院", "2", "1", "50.0%", "0"],
        ["合计", "6", "3", "50.0%", "0"],
    ]
    listed = page.one("section", id="unit-jia").every("li")
    assert [each.one("strong").text for each in listed] == ["答卷 r-jia-", "答卷 r-jia-"]
    assert "快得来不及读题" in listed[0].text
    assert "留存，不计分" in listed[0].text
    assert [button["value"] for button in page.one("section", id="unit-jia").every("button")] == ["propose", "keep"]
    shown = page.one("main").text
    for value in (*GOOD.values(), "V1", "11:30", "visit"):
        assert f"：{value}" not in shown
    assert not [word for word in shown.split() if ":" in word]  # no time of day


def test_two_people_release_and_the_page_says_what_happened(town, held, chen, zhao):
    chen.opens(PATH)
    page = press(chen, "propose", *held[:2])
    assert page.one("p", role="status").text == "已提议放行 2 份，已通知绩效办其他同事，等其中一人确认。"
    assert "陈静 提议放行" in page.one("section", id="unit-jia").text
    zhao.opens(PATH)
    page = press(zhao, "release", *held[:2])
    assert page.one("p", role="status").text == "已放行 2 份，重新计入得分。"
    assert states(town) == {held[0]: "released", held[1]: "released", held[2]: "held"}
    assert rows(page)[0] == ["人民医院", "4", "2", "50.0%", "2"]
    assert "陈静 提议、赵磊 确认放行" in page.one("section", id="unit-jia").text
    assert page.one("section", id="unit-jia").every("input", type="checkbox") == []
    with town.database.transaction() as session:
        assert set(session.scalars(select(Response.stream).where(Response.id.in_(held[:2])))) == {"visit"}


def test_others_of_the_office_are_told_of_a_proposal_made_on_the_page(town, held, chen):
    from consortium.chats import see_chat

    with town.database.transaction() as session:
        for person, address in (("chen", "9001"), ("zhao", "9002")):
            see_chat(session, channel="telegram", address=address, kind="private", title="", now=NOW, person_id=person)
    chen.opens(PATH)
    press(chen, "propose", held[0])
    told = town.one(Delivery)
    assert (told.address, told.kind) == ("9002", "notice")
    assert "陈静提议放行2026年11月留存的 1 份答卷" in told.message["text"]


def test_the_same_person_gets_one_sentence_and_what_was_ticked_stays(town, held, chen):
    proposes(town, "chen", *held[:2])
    chen.opens(PATH)
    page = press(chen, "release", held[1])
    assert chen.response.status_code == 409
    assert page.one("p", role="alert").text == said("hold_same_person")
    ticked = [box["value"] for box in page.every("input", type="checkbox") if "checked" in box.attributes]
    assert ticked == [held[1]]
    assert states(town)[held[1]] == "proposed"


def test_two_at_once_have_exactly_one_effect(town, held, zhao):
    proposes(town, "chen", held[0])
    zhao.opens(PATH)
    token = zhao.page.every("form", action=PATH)[0].one("input", name="csrf")["value"]
    content = f"csrf={token}&period=2026-11&answer={held[0]}&act=release"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answered_ = zhao.together(4, "POST", PATH, content=content, headers=headers)
    assert sorted(each.status_code for each in answered_) == [303, 409, 409, 409]
    assert all(said("hold_decided") in each.text for each in answered_ if each.status_code == 409)
    assert town.audited("release_answers") == ["person:zhao"]


def test_release_and_keep_out_at_once_have_one_effect(town, held, chen, zhao):
    proposes(town, "chen", held[0])
    zhao.opens(PATH)
    press(zhao, "release", held[0])
    chen.opens(PATH)
    page = press(chen, "keep", held[0])
    assert page.one("p", role="alert").text == said("hold_decided")
    assert states(town)[held[0]] == "released"


def test_kept_out_says_by_whom_and_may_be_proposed_again(town, held, chen):
    chen.opens(PATH)
    page = press(chen, "keep", held[2])
    assert page.one("p", role="status").text == "1 份不予放行，不计入得分。"
    assert "陈静 确认不计分" in page.one("section", id="unit-yi").text
    assert [button["value"] for button in page.one("section", id="unit-yi").every("button")] == ["propose"]
    press(chen, "propose", held[2])
    assert states(town)[held[2]] == "proposed"


@pytest.mark.parametrize(
    ("act", "code"),
    [
        ("release", "hold_not_proposed"),
        ("propose", "hold_unknown"),
        ("keep", "hold_unknown"),
        ("keep", "hold_none_chosen"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_changes_nothing(town, held, chen, act, code):
    chen.opens(PATH)
    before = town.everything()
    ids = {"hold_not_proposed": held[:1], "hold_unknown": [held[0], "invented"], "hold_none_chosen": []}[code]
    page = press(chen, act, *ids)
    assert (chen.response.status_code, page.one("p", role="alert").text) == (409, said(code))
    assert town.everything() == before
    assert set(states(town).values()) == {"held"}


def test_a_settled_month_is_shown_and_not_changed(town, held, chen):
    chen.opens(PATH)
    with town.database.transaction() as session:
        apply_scheme(session, document=example(), now=DAY)
        settle_period(session, period=NOVEMBER, actor="schedule", now=NOW + timedelta(days=30))
    page = press(chen, "keep", held[0])
    assert page.one("p", role="alert").text == said("hold_settled", period="2026-11")
    assert "2026年11月已结算，留存的答卷不再变动。" in page.text
    assert page.every("button", name="act") == []
    assert page.every("input", type="checkbox") == []
    assert set(states(town).values()) == {"held"}


@pytest.mark.parametrize("person", ["sun", "gao"])
def test_committee_and_auditors_look_and_do_not_act(town, held, browse, person):
    browser = signed_in(browse(town.site()), town, person)
    page = browser.opens(PATH)
    assert rows(page)[0] == ["人民医院", "4", "2", "50.0%", "0"]
    assert "您可以查看，处理由绩效办负责。" in page.text
    assert page.every("button", name="act") == []
    press(browser, "keep", held[0])
    assert browser.response.status_code == 403
    assert set(states(town).values()) == {"held"}


@pytest.mark.parametrize("person", ["li", "he"])
def test_units_do_not_see_the_page(town, held, browse, person):
    browser = signed_in(browse(town.site()), town, person)
    assert browser.get(PATH).status_code == 403
    assert browse(town.site()).get(PATH).status_code == 401


def test_a_form_of_another_session_or_site_is_refused(town, held, chen, zhao):
    chen.opens(PATH)
    token = chen.page.every("form", action=PATH)[0].one("input", name="csrf")["value"]
    form = {"csrf": token, "period": "2026-11", "answer": held[0], "act": "keep"}
    assert zhao.post(PATH, form).status_code == 403
    assert zhao.post(PATH, {**form, "csrf": ""}).status_code == 403
    assert chen.post(PATH, form, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert set(states(town).values()) == {"held"}


@pytest.mark.parametrize(
    "change", [{"act": "explode"}, {"period": "2026"}, {"period": "x"}, {"act": ""}, {"answer": ["x"] * 501}]
)
def test_forms_that_are_none(town, chen, change):
    answers(town, "x", seconds=1)
    examined(town)
    chen.opens(PATH)
    token = chen.page.every("form", action=PATH)[0].one("input", name="csrf")["value"]
    form = {"csrf": token, "period": "2026-11", "answer": ["r-jia-x"], "act": "keep"} | change
    assert chen.post(PATH, form).status_code == 400
    assert states(town) == {"r-jia-x": "held"}


def test_months_without_answers_and_without_held_ones_say_so(town, chen):
    assert "2026年11月还没有收到答卷。" in chen.opens(PATH).text
    answers(town, "a")
    page = chen.opens(PATH)
    assert "2026年11月没有留存的答卷。" in page.text
    assert rows(page)[-1] == ["合计", "1", "0", "0.0%", "0"]
    assert [each["href"] for each in page.one("nav", **{"aria-label": "月份"}).every("a")] == [
        "?period=2026-11", "?period=2026-10", "?period=2026-09",
    ]  # fmt: skip
    assert "2026年9月还没有收到答卷。" in chen.opens(f"{PATH}?period=2026-09").text
    for path in ("?period=2026", "?period=2026-13", "?period=%00", "?period="):
        assert chen.get(PATH + path).status_code == 404
    assert chen.opens(f"{PATH}?done=propose-x").every("p", role="status") == []


def test_the_page_speaks_english(town, held, chen):
    page = chen.opens(f"{PATH}?language=en")
    assert chen.heading == "Held answers"
    assert "Propose release" in page.text
    assert rows(page)[0][0] == "People's Hospital"


def test_a_long_list_shows_first_what_waits(town, chen):
    made = answers(town, "x", seconds=1)
    examined(town)
    with town.database.transaction() as session:
        row = session.get_one(Response, made[0])
        columns = {column.key: getattr(row, column.key) for column in row.__table__.columns}
        invitation = row.invitation_id
        for number in range(MOST_LISTED + 2):
            from surveys.models import Invitation

            kept = session.get_one(Invitation, invitation)
            copy = {column.key: getattr(kept, column.key) for column in kept.__table__.columns}
            session.add(Invitation(**{**copy, "id": f"i{number}", "visit": f"copy{number}"}))
            session.flush()
            changed = {"id": f"copy{number}", "invitation_id": f"i{number}", "receipt_hash": f"h{number}"}
            session.add(Response(**{**columns, **changed}))
            session.flush()
            session.add(Hold(response_id=f"copy{number}", period="2026-11", unit_code="jia", signals={"too_fast": 3},
                             state="kept", held_at=NOW, decided_by="chen", decided_at=NOW))  # fmt: skip
        session.execute(update(Response).where(Response.id.startswith("copy")).values(stream="held"))
    page = chen.opens(PATH)
    boxes = page.every("input", type="checkbox")
    assert len(boxes) == MOST_LISTED
    assert boxes[0]["value"] == "r-jia-x"
    assert "另有 3 份没有列出" in page.text


def test_every_decision_is_on_the_trail(town, held, chen, zhao):
    chen.opens(PATH)
    press(chen, "propose", held[0])
    zhao.opens(PATH)
    press(zhao, "release", held[0])
    with town.database.transaction() as session:
        rows_ = session.scalars(select(AuditRow).where(AuditRow.subject == f"response:{held[0]}")).all()
        trail = [(row.actor, row.action) for row in rows_ if "answers" in row.action]
    assert trail == [
        ("schedule", "hold_answers"), ("person:chen", "propose_release_of_answers"), ("person:zhao", "release_answers"),
    ]  # fmt: skip


def test_the_share_is_on_the_offices_progress_page(town, held, chen):
    page = chen.opens("/surveys?period=2026-11")
    assert "留存 2 份（50.0%）" in page.text
    assert f"{PATH}?period=2026-11" in [each["href"] for each in page.every("a")]
    assert "留存 2 份" not in chen.opens("/surveys?period=2026-10").text


def test_the_share_of_a_settled_month_is_on_the_units_page_unless_it_is_too_few(town, browse):
    answers(town, *"abcdefgh")
    answers(town, "x", "y", seconds=1, at=DAY + timedelta(hours=6))
    answers(town, "c", "d", unit="yi")
    answers(town, "z", unit="yi", seconds=1, at=DAY + timedelta(hours=9))
    examined(town)
    with town.database.transaction() as session:
        apply_scheme(session, document=example(), now=DAY)
    li = signed_in(browse(town.site()), town, "li")
    assert "留存" not in li.opens("/units/jia").text  # nothing of a month that runs
    with town.database.transaction() as session:
        settle_period(session, period=NOVEMBER, actor="schedule", now=NOW + timedelta(days=30))
    assert "2026年11月收到答卷 10 份，曾留存 2 份（20.0%），其中放行 0 份。" in li.opens("/units/jia").text
    wang = signed_in(browse(town.site()), town, "wang")
    assert "收到答卷" not in wang.opens("/units/yi?language=zh").text
