"""The desk of comments: the office rewords or leaves out, shows a unit all at once; nobody else sees an original."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from evaluation.explaining import explain
from evaluation.explanation_document import explanation_document
from evaluation.explanation_text import explanation_text
from locales.errors import DomainError
from locales.errors import explain as sentence_of
from reviews.models import PeerComment
from storage.audit import AuditRow
from tests.evaluation.cast import OCTOBER
from tests.web.cast import signed_in

PATH = "/office/peer-comments"
FIRST, SECOND = "转诊的病人常常等三天才有<i>回复。", "Sister Hong & her ward are wonderful"


@pytest.fixture
def desk(town):
    """October with two comments on 甲 and one on 乙."""
    town.has_a_season()
    with town.database.transaction() as session:
        for id_, unit, comment in (("aa-1", "jia", FIRST), ("bb_2", "jia", SECOND), ("cc-3", "yi", "还行吧，配合不错")):
            session.add(PeerComment(id=id_, period="2026-10", unit_code=unit, comment=comment))
    return town


@pytest.fixture
def chen(desk, browse):
    return signed_in(browse(desk.site()), desk, "chen")


@pytest.fixture
def li(desk, browse):
    return signed_in(browse(desk.site()), desk, "li")


def press(browser, act, unit="jia", **fields):
    form = browser.page.every("form", action=PATH)[0]
    token = form.one("input", name="csrf")["value"]
    named = {name.replace("__", "."): value for name, value in fields.items()}
    browser.post(PATH, {"csrf": token, "period": "2026-10", "unit": unit, "act": act, **named})
    return browser._followed()


def words(page, id_):
    return page.one("textarea", name=f"words.{id_}").text.strip()


def test_each_comment_has_an_empty_field(desk, chen):
    page = chen.opens(PATH)
    assert chen.heading == "互评意见"
    section = page.one("section", id="unit-jia")
    assert FIRST in section.text
    assert SECOND in section.text
    assert "<i>" not in chen.response.text
    assert (words(page, "aa-1"), words(page, "bb_2")) == ("", "")
    assert "待处理 2 条" in section.text
    assert [button["value"] for button in section.every("button")] == ["save", "show"]


def test_saved_wordings_stay_and_the_unit_reads_nothing_yet(desk, chen, li):
    chen.opens(PATH)
    page = press(chen, "save", **{"words.aa-1": "转诊回复可以更快。", "words.bb_2": "", "out.bb_2": "yes"})
    assert page.one("p", role="status").text == "已保存。"
    assert words(page, "aa-1") == "转诊回复可以更快。"
    assert [box["name"] for box in page.every("input", type="checkbox") if "checked" in box.attributes] == ["out.bb_2"]
    assert "可以公开" in page.one("section", id="unit-jia").text
    assert "转诊回复可以更快" not in li.opens("/units/jia").text


def test_shown_comments_are_on_the_page_and_in_the_scorecard_of_the_unit_alone(desk, chen, li, browse):
    chen.opens(PATH)
    page = press(chen, "show", **{"words.aa-1": "转诊回复可以更快。", "words.bb_2": "护理得到好评。"})
    section = page.one("section", id="unit-jia")
    assert (section.every("textarea"), FIRST in page.text, SECOND in page.text) == ([], False, False)
    assert [each.text for each in section.every("li")] == ["转诊回复可以更快。", "护理得到好评。"]
    told = li.opens("/units/jia").text
    assert "互评意见（由绩效办改写，不是原话）" in told
    assert "护理得到好评。" in told
    wang = signed_in(browse(desk.site()), desk, "wang")
    assert "护理得到好评。" not in wang.opens("/units/yi").text
    with desk.database.transaction() as session:
        found = explain(session, unit_code="jia", period=OCTOBER)
    assert explanation_document(found)["peer_comments"] == ["转诊回复可以更快。", "护理得到好评。"]
    assert "· 护理得到好评。" in explanation_text(found, "zh").splitlines()


def test_what_is_not_decided_is_not_shown_and_what_was_typed_stays(desk, chen):
    chen.opens(PATH)
    page = press(chen, "show", **{"words.aa-1": "转诊回复可以更快。", "words.bb_2": ""})
    assert chen.status == 409
    assert page.one("p", role="alert").text == sentence_of("zh", DomainError("comments_undecided", count=1))
    assert words(page, "aa-1") == "转诊回复可以更快。"
    with desk.database.transaction() as session:
        assert set(session.scalars(select(PeerComment.reworded))) == {None}  # all of a form or nothing


def test_an_original_in_the_field_is_refused(desk, chen):
    chen.opens(PATH)
    page = press(chen, "save", **{"words.aa-1": "较慢", "words.bb_2": f" {SECOND.lower()}！", "out.aa-1": "yes"})
    assert chen.status == 409
    assert page.one("p", role="alert").text == sentence_of("zh", DomainError("comment_not_reworded", number=2))
    assert words(page, "bb_2") == f"{SECOND.lower()}！"
    assert [box["name"] for box in page.every("input", type="checkbox") if "checked" in box.attributes] == ["out.aa-1"]


def test_taken_back_is_gone_from_the_unit(desk, chen, li):
    chen.opens(PATH)
    press(chen, "show", **{"words.aa-1": "转诊回复可以更快。", "out.bb_2": "yes"})
    page = press(chen, "take_back")
    assert page.one("p", role="status").text == "已收回。"
    assert page.every("section", id="unit-jia") == []
    assert "互评意见" not in li.opens("/units/jia").one("main").text


@pytest.mark.parametrize("name", ["li", "sun", "gao", "he"])
def test_nobody_but_the_office_reads_or_decides(desk, chen, browse, name):
    chen.opens(PATH)
    token = chen.page.every("input", name="csrf")[0]["value"]
    other = signed_in(browse(desk.site()), desk, name)
    other.get(PATH)
    assert (other.status, FIRST in other.response.text) == (403, False)
    other.post(PATH, {"csrf": token, "period": "2026-10", "unit": "jia", "act": "show"})
    assert other.status in (403, 409, 422)
    stranger = browse(desk.site())
    stranger.get(PATH)
    assert SECOND not in stranger.response.text


@pytest.mark.parametrize(
    "fields", [{"act": "erase"}, {"period": "2026"}, {"period": "2026-13"}, {"surprise": "1"}]
)  # fmt: skip
def test_a_form_that_is_not_ours_changes_nothing(desk, chen, fields):
    token = chen.opens(PATH).every("input", name="csrf")[0]["value"]
    chen.post(PATH, {"csrf": token, "period": "2026-10", "unit": "jia", "act": "save", **fields})
    assert chen.status in (400, 422)
    with desk.database.transaction() as session:
        assert set(session.scalars(select(PeerComment.reworded))) == {None}


@pytest.mark.parametrize("address", [f"{PATH}?period=2026", f"{PATH}?period=x"])
def test_a_month_that_is_none_has_no_page(hamlet, browse, address):
    chen = signed_in(browse(hamlet.site()), hamlet, "chen")
    chen.get(address)
    assert chen.status == 404


def test_without_comments_the_page_says_when_there_are_some(hamlet, browse):
    chen = signed_in(browse(hamlet.site()), hamlet, "chen")
    assert "现在没有互评意见" in chen.opens(PATH).text
    assert "There are no comments" in chen.opens(f"{PATH}?language=en").text
    assert "现在没有互评意见" in chen.opens(f"{PATH}?period=2026-09&language=zh").text


def test_thirty_long_comments_fit_into_one_form(desk, chen):
    with desk.database.transaction() as session:
        for number in range(29):
            session.add(
                PeerComment(id=f"{number:043d}", period="2026-10", unit_code="jia", comment=f"{'长' * 190}{number}")
            )
    chen.opens(PATH)
    fields = {f"words.{number:043d}": f"{'话' * 198}{number:02d}" for number in range(29)}
    page = press(chen, "save", **fields)
    assert page.one("p", role="status").text == "已保存。"


def test_no_word_of_it_is_in_the_trail(desk, chen):
    chen.opens(PATH)
    press(chen, "show", **{"words.aa-1": "转诊回复可以更快。", "out.bb_2": "yes"})
    with desk.database.transaction() as session:
        trail = " ".join(f"{row.subject} {row.details}" for row in session.scalars(select(AuditRow)))
    assert not [text for text in ("转诊回复", FIRST[:6], "Hong") if text in trail]
