"""Every type of question on the page, without a script: what is typed, chosen, added, left out and taken back."""

from __future__ import annotations

import pytest

from tests.web.every_type import KIND, PLACES, both, every_type, option, when
from tests.web.filling import HELP, WARD, begun, checked, fault, fields, fills, is_seen, stored, values


@pytest.fixture
def mei(town, browse):
    """Mei's phone, past the notice of a questionnaire with everything in it."""
    town.asks(every_type())
    return begun(town, browse, town.ticket(kind=KIND))


def test_each_type_has_its_own_fields(mei):
    kinds = {name: {each["type"] for each in mei.page.every("input", name=f"a.{PLACES[name]}")} for name in PLACES}
    assert kinds["first-time"] == kinds["rate"] == kinds[WARD] == kinds["days"] == {"radio"}
    assert kinds[HELP] == {"checkbox"}
    assert (kinds["before"], kinds["rounds"], kinds["left"]) == ({"date"}, {"time"}, {"datetime-local"})
    assert kinds["weight"] == kinds["times"] == kinds["drugs"] == {"text"}
    modes = [mei.page.one("input", name=f"a.{PLACES[name]}")["inputmode"] for name in ("times", "weight")]
    assert modes == ["numeric", "decimal"]
    assert mei.page.one("textarea")["name"] == f"a.{PLACES['why']}"
    assert [each["value"] for each in mei.page.every("input", name=f"a.{PLACES['rate']}")] == [
        str(n) for n in range(11)
    ]
    assert mei.page.one("input", name=f"a.{PLACES['before']}")["max"] == "2026-11-06"
    assert mei.page.one("span", id=f"unit-{PLACES['weight']}").text == "kg"


def test_hidden_items_are_not_on_the_page_at_all(town, mei):
    assert mei.page.every("fieldset", id=f"q-{PLACES['silent']}") == []
    assert "纸" not in mei.response.text
    response = mei.post(mei.home, fields(silent="paper"))
    assert response.status_code == 422
    assert stored(town) == {}


def test_groups_are_sections_with_headings_one_in_the_other(mei):
    stay = mei.page.one("fieldset", id=f"q-{PLACES['stay/§1']}")
    assert stay.every("h2")[0].text == "A 住院经过"
    assert stay.one("fieldset", id=f"q-{PLACES['care']}").one("h3").text == "护理"
    assert stay.one("fieldset", id=f"q-{PLACES['care']}").one("fieldset", id=f"q-{PLACES[HELP]}")
    assert "请凭印象回答" in mei.page.one("div", id=f"q-{PLACES['intro text']}").text


def test_what_people_type_is_understood_and_stored_in_one_form(town, mei):
    fills(
        mei, **{"first-time": "false", "before": "2026年3月1日", WARD: "~", f"own {WARD}": "  ICU ", HELP: ["walk", "eat"],
                "times": "１２", "rate": "5", "why": "吵闹", "weight": "７０．５ kg", "rounds": "早上八点半",
                "left": "2026-11-05T10:20", "drugs": [" 阿司匹林", "", "钙片"], "values": ["一百二十", "130"], "days": "~",
                "own days": "三十", "code": "AB123", "because-web": "true"}
    )  # fmt: skip
    assert (mei.status, mei.path) == (200, f"{mei.home}?more={PLACES['weekend']}")  # the one that nobody could see yet
    mei.sends(mei.home)
    assert mei.path == f"{mei.home}/review"
    assert stored(town) == {
        "first-time": ("false",), "before": ("2026-03-01",), WARD: ("~ICU",), HELP: ("eat", "walk"), "times": ("12",),
        "rate": ("5",), "why": ("吵闹",), "weight": ("70.5",), "rounds": ("08:30:00",),
        "left": ("2026-11-05T10:20:00+08:00",), "weekend": ("",), "drugs": ("阿司匹林", "钙片"),
        "values": ("120", "130"), "days": ("30",), "code": ("AB123",), "because-web": ("true",),
    }  # fmt: skip
    shown = [entry.every("dd")[0].text for entry in mei.page.one("dl").every("div")]
    assert shown == ["否", "2026-03-01", "ICU", "吃饭；走动", "12 次", "5", "吵闹", "70.5 kg", "08:30", "2026-11-05 10:20",
                     "（已跳过）", "阿司匹林；钙片", "120 mmHg；130 mmHg", "30", "AB123", "是"]  # fmt: skip


def test_stored_answers_stand_in_the_fields_again(mei):
    fills(mei, **{"first-time": "false", WARD: "~", f"own {WARD}": "ICU", HELP: ["walk", "~"], f"own {HELP}": ["读报", "聊天"],
                  "rounds": "8:30", "left": "2026-11-05T10:20", "drugs": ["a", "b"], "days": "~", "own days": "30"})  # fmt: skip
    mei.opens(mei.home)
    assert checked(mei, "first-time") == ["false"]
    assert (checked(mei, WARD), checked(mei, HELP), checked(mei, "days")) == (["~"], ["walk", "~"], ["~"])
    owns = {
        name: [each["value"] for each in mei.page.every("input", name=f"o.{PLACES[name]}")]
        for name in (WARD, HELP, "days")
    }
    assert owns == {WARD: ["ICU"], HELP: ["读报", "聊天", ""], "days": ["30"]}
    assert (values(mei, "rounds"), values(mei, "left")) == (["08:30"], ["2026-11-05T10:20"])
    assert values(mei, "drugs") == ["a", "b", ""]
    assert "checked" in mei.page.one("input", name="text").attributes


def test_initial_value_is_filled_in_but_no_answer_before_it_is_sent(town, mei):
    assert checked(mei, "because-web") == ["true"]
    assert is_seen(mei, "because-web")
    assert not is_seen(mei, "never")
    assert stored(town) == {}
    mei.sends(mei.home)
    assert stored(town)["because-web"] == ("true",)
    fills(mei, **{"because-web": ""})
    mei.opens(mei.home)
    assert checked(mei, "because-web") == [""]  # taken back, and it stays so


def test_optional_choice_can_be_taken_back(town, mei):
    fills(mei, days="7")
    assert stored(town)["days"] == ("7",)
    fills(mei, days="")
    assert stored(town)["days"] == ("",)
    assert [each["value"] for each in mei.page.every("input", name=f"a.{PLACES[WARD]}")][
        -1
    ] == "~"  # required: no way out


def test_add_keeps_what_is_there_and_gives_another_line(town, mei):
    mei.sends(mei.home, change=fields(drugs="a") | {"text": "yes", "add": str(PLACES["drugs"])})
    assert (mei.status, mei.path) == (200, mei.home)
    assert values(mei, "drugs") == ["a", ""]
    mei.sends(mei.home, change=fields(drugs=["a", "b", "c"]) | {"text": "yes", "add": str(PLACES["drugs"])})
    assert values(mei, "drugs") == ["a", "b", "c", ""]
    assert mei.page.every("button", name="add", value=str(PLACES["drugs"])) == []  # four are the most
    mei.sends(mei.home, change=fields(drugs=["a", "b", "c", "d"]) | {"text": "yes"})
    assert stored(town)["drugs"] == ("a", "b", "c", "d")
    assert mei.post(mei.home, fields(drugs=list("abcde")) | {"text": "yes"}).status_code == 422
    assert "4" in fault(mei, "drugs")


def test_exclusive_option_is_refused_beside_others_by_the_server(town, mei):
    fills(mei, **{HELP: ["walk", "none"]})
    assert mei.status == 422
    assert fault(mei, HELP)
    assert checked(mei, HELP) == ["walk", "none"]
    assert HELP not in stored(town)
    fills(mei, **{HELP: ["none"]})
    assert stored(town)[HELP] == ("none",)
    assert not is_seen(mei, "times")


def test_too_few_answers_are_told_before_the_review(mei):
    fills(
        mei, **{"first-time": "true", WARD: "int", HELP: "none", "rate": "9", "left": "2026-11-05T10:20", "drugs": "a"}
    )
    assert mei.path == f"{mei.home}?more={PLACES['weekend']}"
    fills(mei, values=["120"])
    assert mei.path == f"{mei.home}?check=1"
    assert "2" in fault(mei, "values")
    link = mei.page.one("div", role="alert").one("a")
    assert link["href"] == f"#q-{PLACES['values']}"
    mei.post(f"{mei.home}/send", {"attempt": "A" * 22})
    assert mei.response.headers["location"] == f"{mei.home}?check=1#open"


def test_other_without_words_and_words_without_other(town, mei):
    fills(mei, **{WARD: "~", f"own {WARD}": "  "})
    assert mei.status == 422
    assert fault(mei, WARD)
    fills(mei, **{WARD: [], f"own {WARD}": "ICU"})  # words alone say it, too
    assert stored(town)[WARD] == ("~ICU",)
    fills(mei, **{WARD: "sur", f"own {WARD}": "ICU"})  # an option chosen says more than words left standing
    assert stored(town)[WARD] == ("sur",)


def test_own_value_of_the_type_is_read_as_one(town, mei):
    fills(mei, days="~", **{"own days": "明天"})
    assert mei.status == 422
    assert fault(mei, "days")
    assert [each["value"] for each in mei.page.every("input", name=f"o.{PLACES['days']}")] == ["明天"]
    fills(mei, days="~", **{"own days": "91"})
    assert fault(mei, "days") == "请填写 1 到 90 之间的值。"
    fills(mei, days="~", **{"own days": "七"})
    assert stored(town)["days"] == ("7",)


@pytest.mark.parametrize(
    ("name", "words", "sentence"),
    [
        ("times", "201", "请填写 0 到 200 之间的值。"),
        ("times", "两三次", None),
        ("times", "1.5", None),
        ("times", "12345678901234567890", None),
        ("weight", "70.55", None),
        ("weight", "１．４", "请填写 1.5 到 300 之间的值。"),
        ("before", "2026-02-30", None),
        ("before", "2026-11-07", None),
        ("rounds", "25:00", None),
        ("left", "昨天", None),
        ("code", "ab12", None),
        ("why", "好" * 301, "文字太长，最多 300 个字符，请缩短后再发。"),
    ],
)
def test_answer_that_cannot_be_taken_stays_in_its_field(town, mei, name, words, sentence):
    fills(mei, **{"first-time": "false", HELP: "eat", "rate": "3"})
    fills(mei, **{name: words, "days": "3"})
    assert mei.status == 422
    assert fault(mei, name) == sentence or sentence is None
    field = (mei.page.every("input", name=f"a.{PLACES[name]}") + mei.page.every("textarea", name=f"a.{PLACES[name]}"))[
        0
    ]
    assert (field.text if field.tag == "textarea" else field["value"]) == words
    assert field["aria-invalid"] == "true"
    # the browser's own field would lose words that are no date
    assert field.attributes.get("type", "text") == ("date" if words == "2026-11-07" else "text")
    assert stored(town).get(name) in (None, ("",))
    assert stored(town)["days"] == ("3",)  # the rest was taken


def test_answer_that_hangs_on_a_refused_one_is_not_lost_from_the_screen(town, mei):
    fills(mei, rate="3")
    fills(mei, rate="11", why="很吵")
    assert mei.status == 422
    assert stored(town)["rate"] == ("3",)
    fills(mei, **{HELP: ["walk"], "times": "12"})
    fills(mei, **{HELP: ["walk", "none"], "times": "15"})  # the first cannot be taken, so the stored one stands
    assert (mei.status, values(mei, "times"), is_seen(mei, "times")) == (422, ["15"], True)


def test_new_answer_below_a_refused_one_stays_in_sight(town, browse):
    document = every_type(version="3", questions=[
        {"id": "n", "type": "integer", "text": both("几次？", "How often?"), "minimum": 0},
        {"id": "g", "type": "group", "text": both("细节", "Details"), "enable_when": [when("n", ">", "0")]},
        {"id": "t", "type": "choice", "parent": "g", "repeats": True, "text": both("哪些？", "Which?"),
         "options": [option("a", "甲", "A"), option("b", "乙", "B")]},
    ])  # fmt: skip
    town.asks(document)
    mei = begun(town, browse, town.ticket(kind=KIND))
    response = mei.post(mei.home, {"a.0": "两三次", "a.2": ["a", "b"], "shown": ["0", "2"]})
    assert response.status_code == 422
    group, question = mei.page.one("fieldset", id="q-1"), mei.page.one("fieldset", id="q-2")
    assert ("hidden" in group.attributes, "hidden" in question.attributes) == (False, False)
    assert [each["value"] for each in question.every("input") if "checked" in each.attributes] == ["a", "b"]
    assert stored(town) == {}


def test_child_of_a_question_appears_with_its_answer(mei):
    assert not is_seen(mei, "before")
    fills(mei, **{"first-time": "false"})
    assert is_seen(mei, "before")
    assert mei.page.one("div", class_="under").one("fieldset", id=f"q-{PLACES['before']}")
    fills(mei, **{"first-time": "true"})
    assert not is_seen(mei, "before")


def test_groups_in_groups_without_end_are_drawn_and_answered(town, browse):
    depth = 300
    groups = [
        {
            "id": f"g{n}",
            "type": "group",
            "text": both(f"第{n}层", f"Level {n}"),
            **({"parent": f"g{n - 1}"} if n else {}),
        }
        for n in range(depth)
    ]
    last = {"id": "x", "type": "boolean", "parent": f"g{depth - 1}", "text": both("到底了？", "The end?")}
    mei = begun(town, browse, town.asks(every_type(version="6", questions=[*groups, last])).ticket(kind=KIND))
    assert mei.status == 200
    mei.sends(mei.home, change={f"a.{depth}": "true"})
    assert stored(town) == {"x": ("true",)}


def test_a_hint_stands_beneath_its_question_and_describes_the_field(town, browse):
    document = every_type()
    document["questions"][PLACES["weight"]]["hint"] = both("空腹、<早上>称", "In the morning, before breakfast")
    mei = begun(town.asks(document), browse, town.ticket(kind=KIND))

    place = PLACES["weight"]
    assert mei.page.one("div", id=f"note-{place}").text == "空腹、<早上>称"
    assert mei.page.one("input", name=f"a.{place}")["aria-describedby"].split()[0] == f"note-{place}"
