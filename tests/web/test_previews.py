"""The author's preview: both looks of every question, conditions in words, a walk that stores nothing."""

from __future__ import annotations

import pytest

from surveys.models import Answer, Invitation, Response
from tests.surveys.cast import choice, small_document, when
from tests.web.cast import signed_in
from tests.web.every_type import PLACES, every_type

ALL = "/surveys/previews/every-type/1"


@pytest.fixture
def asking(hamlet):
    return hamlet.asks(every_type())


def opened(browse, town, path=ALL, person="chen", **more):
    return signed_in(browse(town.site(), **more), town, person).opens(path)


def step(page, name):
    return page.one("section", **{"aria-labelledby": f"s-{PLACES[name]}"})


def test_the_list_names_drafts_and_launched_versions(asking, browse):
    asking.trial(every_type(version="2"))
    page = opened(browse, asking, "/surveys/previews")
    marks = {each.one("a")["href"]: each.one("span").text for each in page.one("ul", class_="entries").every("li")}
    assert marks == {
        "/surveys/previews/every-type/2": "草稿",
        "/surveys/previews/every-type/1": "已启用",
        "/surveys/previews/outpatient/1": "已启用",
    }


def test_every_item_has_a_step_with_chat_and_page(asking, browse):
    page = opened(browse, asking)
    for name, place in PLACES.items():
        if name == "silent":
            continue
        of_item = step(page, name)
        assert len(of_item.every("div", class_="as-chat")) == len(of_item.every("div", class_="as-page")) == 1, name
        is_question = name not in ("intro text", "stay/§1", "care", "heavy")
        assert bool(of_item.every("div", class_="bubble")) == is_question, name
        assert len(of_item.every("fieldset", id=f"q-{place}")) == is_question, name
    assert page.every("fieldset", hidden="") == []


def test_chat_shows_the_buttons_that_patients_get(asking, browse):
    taps = [each.text for each in step(opened(browse, asking), "first-time").every("li", class_="tap")]
    assert taps[:2] == ["是", "否"]
    assert "1" in [each.text for each in step(opened(browse, asking), "rate").every("li", class_="tap")]


def test_conditions_are_said_in_words_in_both_languages(asking, browse):
    assert "只有当第 6 题" in step(opened(browse, asking), "why").text
    assert "Asked only when the answer to question 6" in step(opened(browse, asking, f"{ALL}?language=en"), "why").text


def test_what_nobody_sees_is_told_and_not_drawn(asking, browse):
    silent = step(opened(browse, asking), "silent")
    assert "患者看不到这一题" in silent.text
    assert silent.every("fieldset") == []


def test_notice_thanks_and_consent_to_words_are_there(asking, browse):
    page = opened(browse, asking)
    assert page.text.count("回答完全自愿，大约三分钟。") == 2
    assert page.text.count("谢谢您！作答已经收到。") == 2
    assert len(page.every("div", class_="consent")) == 1


def test_a_walk_shows_what_answers_lead_to_and_stores_nothing(asking, browse):
    page = opened(browse, asking)
    assert "不会问到" in step(page, "why").text
    rate = PLACES["rate"]
    page = opened(browse, asking, f"{ALL}?shown={rate}&a.{rate}=3")
    assert "不会问到" not in step(page, "why").text
    assert step(page, "rate").one("input", name=f"a.{rate}", value="3").attributes.get("checked") is not None
    assert page.one("p", role="status").text.startswith("按这些回答")
    assert [asking.count(model) for model in (Response, Invitation, Answer)] == [0, 0, 0]


def test_a_walk_looks_ahead_and_says_what_cannot_be_taken(asking, browse):
    weight, first, before = PLACES["weight"], PLACES["first-time"], PLACES["before"]
    page = opened(browse, asking, f"{ALL}?a.{weight}=9999&a.{first}=false&a.{before}=2026-01-02")
    assert step(page, "weight").one("p", class_="fault").text
    assert "不会问到" not in step(page, "before").text


def test_a_walk_goes_through_conditions_of_any_depth(hamlet, browse):
    """Each question is opened by the one behind it: forty rounds, from the last to the first."""
    depth = 40
    questions = [
        choice(
            f"q{place}", "a", "b", **({"enable_when": [when(f"q{place + 1}", "=", "a")]} if place < depth - 1 else {})
        )
        for place in range(depth)
    ]
    hamlet.asks(small_document(*questions, id="chain", kinds=["chain"]))
    walk = "&".join(f"a.{place}=a" for place in range(depth))
    page = opened(browse, hamlet, f"/surveys/previews/chain/1?{walk}")
    assert page.one("p", role="status").text.startswith(f"按这些回答，会问到 {depth} 题中的 {depth} 题")
    page = opened(browse, hamlet, f"/surveys/previews/chain/1?{walk.replace('a.39=a', 'a.39=b')}")
    assert page.one("p", role="status").text.startswith(f"按这些回答，会问到 {depth} 题中的 1 题")


@pytest.mark.parametrize("query", [
    "a.999=1", "a.x=1", "a.0=1", "shown=%FF&shown=9999", "a.4=~&o.4=%3Cscript%3E", "o.4==1%2B1", "&&&", "a.8=" + "9" * 5000,
])  # fmt: skip
def test_odd_walks_are_answered(asking, browse, query):
    assert signed_in(browse(asking.site()), asking, "chen").get(f"{ALL}?{query}").status_code in (200, 422)


@pytest.mark.parametrize(("person", "path", "status"), [
    ("sun", ALL, 200), ("gao", ALL, 200), ("li", ALL, 403), ("chen", "/surveys/previews/other/1", 404),
    ("chen", "/surveys/previews/every-type/9", 404), ("chen", "/surveys/previews/%00/1", 404), ("li", "/surveys/previews", 403),
])  # fmt: skip
def test_who_may_look(asking, browse, person, path, status):
    assert signed_in(browse(asking.site()), asking, person).get(path).status_code == status


def test_a_questionnaire_without_the_readers_language_says_so(hamlet, browse):
    document = every_type(languages=["en"])
    hamlet.asks(_only(document, "en"))
    page = opened(browse, hamlet)
    assert "下面显示英文" in page.text
    assert "First a few general things." in page.text


def _only(value, language):
    if isinstance(value, dict):
        if set(value) == {"zh", "en"}:
            return {language: value[language]}
        return {name: _only(each, language) for name, each in value.items()}
    return [_only(each, language) for each in value] if isinstance(value, list) and value != ["en"] else value
