"""What a patient agrees to on the page: the notice at fourteen or as a guardian, apart from it the words; and trials."""

from __future__ import annotations

import pytest

from surveys.models import Answer, Invitation, Response, Tally
from tests.cast import found_consortium
from tests.web.cast import GROWN, NOW, PEOPLE, Town
from tests.web.every_type import KIND, PLACES, both, every_type
from tests.web.filling import HELP, WARD, begun, fields, fills, stored, values


@pytest.fixture
def mei(town, browse):
    """Mei's phone, past the notice of a questionnaire with everything in it."""
    town.asks(every_type())
    return begun(town, browse, town.ticket(kind=KIND))


def test_words_need_their_own_tick(town, mei):
    box = mei.page.one("fieldset", id="text-consent")
    assert "checked" not in box.one("input", name="text").attributes
    fills(mei, text=False, **{"rate": "3", "code": "AB123", WARD: "~", f"own {WARD}": "ICU"})
    assert mei.status == 422
    links = mei.page.one("div", role="alert").every("a")
    assert [link["href"] for link in links] == ["#text-consent"]  # one tick mends them all
    assert mei.page.one("input", name=f"o.{PLACES[WARD]}")["value"] == "ICU"
    assert values(mei, "code") == ["AB123"]
    assert stored(town)["rate"] == ("3",)
    assert set(stored(town)) & {"code", WARD} == set()
    assert town.one(Response).text_consented_at is None

    fills(mei)
    assert town.one(Response).text_consented_at == NOW
    assert (stored(town)["code"], stored(town)[WARD]) == (("AB123",), ("~ICU",))


def test_words_are_not_needed_and_then_nothing_is_asked_of_them(town, mei):
    fills(mei, text=False, **{"first-time": "true", WARD: "int", HELP: "none", "rate": "9", "left": "2026-11-05T10:20"})
    fills(mei, text=False)
    assert mei.path == f"{mei.home}/review"
    mei.sends(f"{mei.home}/send")
    assert town.one(Response).state == "sent"
    assert town.one(Response).text_consented_at is None


def test_tick_taken_away_again_asks_to_take_the_words_away(town, mei):
    fills(mei, code="AB123")
    form = dict.fromkeys(["shown"], str(PLACES["code"])) | {"text_shown": "yes"} | fields(code="AB123")
    assert mei.post(mei.home, form).status_code == 422
    assert "checked" not in mei.page.one("input", name="text").attributes
    assert mei.post(mei.home, form | fields(code="")).status_code == 303
    assert stored(town)["code"] == ("",)


def test_page_without_the_box_cannot_bring_words(town, mei):
    response = mei.post(mei.home, fields(code="AB123"))
    assert response.status_code == 422
    assert stored(town) == {}


def test_box_is_not_asked_for_where_no_words_are(town, browse):
    document = every_type(version="4", questions=[{"id": "x", "type": "boolean", "text": both("好吗？", "Well?")}])
    mei = begun(town, browse, town.asks(document).ticket(kind=KIND))
    assert mei.page.every("fieldset", id="text-consent") == []


def test_age_is_asked_before_anything_is_opened(town, browse):
    town.asks(every_type())
    mei, home = browse(town.site()), f"/s/{town.ticket(kind=KIND)}"
    mei.opens(home)
    before = town.everything()
    for given in ({}, {"age": ""}, {"age": "13"}, {"age": "GROWN"}):
        assert mei.post(f"{home}/consent", given).status_code == 422
        assert mei.page.one("div", role="alert").text == "请先选一项：您已满 14 周岁，或者您是患者的监护人。"
    young = mei.sends(f"{home}/consent", change={"age": "young"})
    assert (mei.status, mei.heading) == (200, "请家长或监护人来填写")
    assert young.every("form") == []
    assert young.one("main").one("a", class_="button")["href"] == home
    assert town.everything() == before
    mei.opens(home)
    mei.sends(f"{home}/consent", change={"age": "guardian"})
    assert town.one(Response).consented_at == NOW
    assert town.audited("answer_as_guardian") == ["patient"]


def test_trial_says_on_every_page_that_nothing_is_kept(town, browse):
    mei = browse(town.site())
    home = f"/s/{town.trial(every_type())}"
    mei.opens(home)
    banners = [mei.page.one("p", class_="trial").text]
    mei.sends(f"{home}/consent", change=GROWN)
    banners.append(mei.page.one("p", class_="trial").text)
    mei.home = home
    fills(mei, **{"first-time": "true", WARD: "int", HELP: "none", "rate": "9", "left": "2026-11-05T10:20"})
    fills(mei)
    banners.append(mei.page.one("p", class_="trial").text)
    mei.sends(f"{home}/send")
    assert {*banners, mei.page.one("p", class_="trial").text} == {"试填，答案不会保存。"}
    assert mei.page.every("p", class_="receipt") == []
    assert "没有保存" in mei.page.one("section", class_="thanks").text
    assert (town.count(Response), town.count(Answer), town.count(Tally), town.count(Invitation)) == (0, 0, 0, 0)
    assert mei.get(home).status_code == 404


def test_page_speaks_only_what_the_questionnaire_speaks(town, browse):
    english = every_type(version="5", languages=["en"])

    def only(value):
        if isinstance(value, dict):
            return (
                {"en": value["en"]}
                if set(value) == {"zh", "en"}
                else {name: only(each) for name, each in value.items()}
            )
        return [only(each) for each in value] if isinstance(value, list) else value

    town.asks(only(english))
    ticket = town.ticket(kind=KIND, language="en")
    mei = browse(town.site(), Cookie="language=zh")
    page = mei.opens(f"/s/{ticket}")
    assert (page.one("html")["lang"], mei.heading, page.every("a", class_="switch")) == (
        "en",
        "Your stay in hospital",
        [],
    )


def test_notice_offers_no_chat_where_patients_may_not_answer_there(database, browse):
    town = Town(database).is_founded()
    with town.database.transaction() as session:
        found_consortium(
            session, now=NOW, people=PEOPLE, patients={"chat": False}, review={"public_key": "{}", "key_file": "k"}
        )
    browser = browse(town.site(bot_name=lambda: "tongping_bot"))
    assert browser.opens(f"/s/{town.ticket()}").every("a", rel="noreferrer") == []
