"""The cast: waiting, tapping, and saying clearly what was there instead."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.telegram_double import Person, TelegramDouble
from tests.telegram_double.conftest import Api

Soon = Callable[[Callable[[], object]], object]

MEI, LI, GROUP = 1001, 1002, -5001


@pytest.fixture
def mei(tg: TelegramDouble) -> Person:
    person = tg.person(MEI, "Mei")
    person.opens("/start")
    return person


def keys(*labels: str) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": label, "callback_data": label}] for label in labels]}


@pytest.fixture
def soon(api: Api) -> Iterator[Soon]:
    """Acts on another thread: the test is waiting by then, or sees it at once."""
    with ThreadPoolExecutor() as threads:
        yield threads.submit


def test_waiting_ends_when_the_message_arrives(mei: Person, api: Api, soon: Soon) -> None:
    soon(lambda: api("sendMessage", chat_id=MEI, text="第 1 题"))
    assert mei.waits_for("第 1 题").text == "第 1 题"
    soon(lambda: api("sendMessage", chat_id=MEI, text="第 2 题", reply_markup=keys("好", "差")))
    assert mei.waits_for(lambda message: len(message.buttons) == 2).labels == ("好", "差")


def test_waiting_looks_only_at_what_came_after_the_last_act(mei: Person, api: Api) -> None:
    number = api.result("sendMessage", chat_id=MEI, text="谢谢")["message_id"]
    mei.waits_for("谢谢")
    mei.sends("还有")
    with pytest.raises(AssertionError, match=r"waited 0\.05 s for '谢谢'"):
        mei.waits_for("谢谢", timeout=0.05)
    assert mei.waits_for("谢谢", whenever=True).id == number
    api.result("editMessageText", chat_id=MEI, message_id=number, text="再次谢谢")
    assert mei.waits_for("谢谢").text == "再次谢谢"


def test_a_failed_wait_tells_the_story(mei: Person, tg: TelegramDouble, api: Api) -> None:
    api("sendMessage", chat_id=MEI, text="第 1 题", reply_markup=keys("好", "差"))
    api("sendMessage", chat_id=MEI, text="<b>", parse_mode="HTML")
    mei.taps("好")
    with pytest.raises(AssertionError) as caught:
        tg.until(lambda: False, what="a miracle", chat=MEI, timeout=0.01)
    story = str(caught.value)
    assert "waited 0.01 s for a miracle" in story
    for line in ("Mei: #101 /start", "bot: #102 第 1 题  [好 | 差]", "Mei taps on #102: 好", "400 Bad Request: can't"):
        assert line in story
    assert "(2 updates wait for the bot)" in story
    assert f"[{MEI}]" in tg.transcript()


def test_until_sees_what_changes_outside(tg: TelegramDouble, soon: Soon) -> None:
    done = threading.Event()
    soon(done.set)
    tg.until(done.is_set, what="the other thread")


def test_taps_wait_for_the_button(mei: Person, api: Api, soon: Soon) -> None:
    soon(lambda: api("sendMessage", chat_id=MEI, text="1", reply_markup=keys("非常满意")))
    assert mei.taps("非常满意")["callback_query"]["data"] == "非常满意"


def test_taps_mean_the_last_keyboard_and_exact_labels_first(mei: Person, api: Api) -> None:
    api("sendMessage", chat_id=MEI, text="1", reply_markup=keys("满意"))
    second = api.result("sendMessage", chat_id=MEI, text="2", reply_markup=keys("非常满意", "满意", "✓ 不满意"))
    api("sendMessage", chat_id=MEI, text="3")
    query = mei.taps("满意")["callback_query"]
    assert (query["data"], query["message"]["message_id"]) == ("满意", second["message_id"])
    assert mei.taps("不满")["callback_query"]["data"] == "✓ 不满意"


def test_old_buttons_can_still_be_tapped(mei: Person, api: Api) -> None:
    first = api.result("sendMessage", chat_id=MEI, text="1", reply_markup=keys("甲"))["message_id"]
    api("editMessageText", chat_id=MEI, message_id=first, text="2", reply_markup=keys("乙"))
    stale = mei.taps("甲", stale=True)["callback_query"]
    assert (stale["data"], stale["message"]["text"]) == ("甲", "2")
    api("sendMessage", chat_id=MEI, text="3", reply_markup=keys("丙"))
    assert mei.taps("乙", message=mei.messages()[0])["callback_query"]["data"] == "乙"


def test_a_missing_button_fails_with_the_story(mei: Person, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.telegram_double.people.PATIENCE", 0.05)
    api("sendMessage", chat_id=MEI, text="1", reply_markup=keys("好 1", "好 2"))
    with pytest.raises(AssertionError, match=r"a button '好' in Person\(1001\)"):
        mei.taps("好")  # two labels contain it


def test_links_are_followed_not_tapped(mei: Person, api: Api) -> None:
    row = [{"text": "网页", "url": "http://127.0.0.1:8000/s/1"}, {"text": "好", "callback_data": "a"}]
    api("sendMessage", chat_id=MEI, text="1", reply_markup={"inline_keyboard": [row]})
    assert mei.link("网页") == "http://127.0.0.1:8000/s/1"
    with pytest.raises(AssertionError, match="leads elsewhere"):
        mei.taps("网页")
    with pytest.raises(AssertionError, match="is no link"):
        mei.link("好")


def test_toasts_are_heard(mei: Person, api: Api, soon: Soon) -> None:
    api("sendMessage", chat_id=MEI, text="1", reply_markup=keys("好"))
    queries = [mei.taps("好")["callback_query"]["id"] for _ in range(2)]
    assert mei.unanswered_taps == 2
    soon(lambda: [api("answerCallbackQuery", callback_query_id=query, text="按钮已过期") for query in queries])
    assert mei.waits_for_toast("过期") == "按钮已过期"
    mei.waits_until_taps_are_answered()
    assert mei.toasts == ["按钮已过期", "按钮已过期"]


def test_last_message_is_the_last_that_stands(mei: Person, api: Api, tg: TelegramDouble) -> None:
    with pytest.raises(AssertionError, match="has written nothing"):
        mei.last_message()
    first, second = (api.result("sendMessage", chat_id=MEI, text=text)["message_id"] for text in ("1", "2"))
    api("deleteMessage", chat_id=MEI, message_id=second)
    assert mei.last_message().id == first
    assert [message.deleted for message in tg.delivered(MEI)] == [False, True]


def test_groups_hear_and_tap(tg: TelegramDouble, api: Api, soon: Soon) -> None:
    chen, group = tg.person(LI, "Chen"), tg.group(GROUP, "甲")
    chen.adds_bot_to(group)
    api("sendMessage", chat_id=GROUP, text="绑定？", reply_markup=keys("绑定"))
    group.waits_for("绑定？")
    query = chen.taps_in(group, "绑定")["callback_query"]
    assert (query["from"]["id"], query["message"]["chat"]["id"]) == (LI, GROUP)
    group.upgrades(chen)
    soon(lambda: api("sendMessage", chat_id=group.id, text="简报"))
    assert group.waits_for("简报").chat == group.id != GROUP


def test_every_call_is_recorded_with_what_was_asked(mei: Person, tg: TelegramDouble, api: Api) -> None:
    api("sendMessage", chat_id=MEI, text="1", reply_markup=keys("好"))
    api("sendMessage", chat_id=LI, text="2")
    assert [(call.method, call.chat, call.outcome) for call in tg.calls] == [
        ("sendMessage", MEI, "ok"),
        ("sendMessage", LI, "refused"),
    ]
    assert tg.calls_of("sendMessage", chat=MEI)[0].payload == {"chat_id": MEI, "text": "1", "reply_markup": keys("好")}
    assert tg.token not in repr(tg.calls)
    assert tg.calls[1].description == "Bad Request: chat not found"


def test_a_bug_of_the_double_fails_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    import httpx

    from tests.telegram_double import server

    def broken(*_: object) -> object:
        raise KeyError("a bug")

    monkeypatch.setitem(server.METHODS, "getMe", broken)
    tg = TelegramDouble()

    def run() -> None:
        with tg, httpx.Client(trust_env=False, verify=False) as client:
            assert not Api(client, tg.url, tg.token)("getMe")["ok"]

    with pytest.raises(AssertionError, match="a bug"):
        run()
