"""Scripted faults: what the client sees, what happened all the same, and what the record says."""

from __future__ import annotations

import httpx
import pytest

from tests.telegram_double import AnswerLost, ClosedBefore, Garbled, ServerError, Stall, TelegramDouble, TooMany
from tests.telegram_double.conftest import Api

MEI, LI = 1001, 1002


@pytest.fixture(autouse=True)
def cast(tg: TelegramDouble) -> None:
    tg.person(MEI, "Mei").opens("/start")
    tg.person(LI, "Li").opens("/start")


def send(api: Api, text: str, chat: int = MEI) -> dict[str, object]:
    return api("sendMessage", chat_id=chat, text=text)


def arrived(tg: TelegramDouble, chat: int = MEI) -> list[str]:
    return [message.text for message in tg.delivered(chat)]


def outcomes(tg: TelegramDouble) -> list[tuple[str, bool, int]]:
    return [(call.outcome, call.acted, call.code) for call in tg.calls_of("sendMessage")]


def test_a_lost_answer_leaves_the_message_delivered(tg: TelegramDouble, api: Api) -> None:
    tg.fails("sendMessage", AnswerLost())
    with pytest.raises(httpx.RemoteProtocolError):
        send(api, "1")
    assert send(api, "2")["ok"]
    assert arrived(tg) == ["1", "2"]
    assert outcomes(tg) == [("lost", True, 200), ("ok", True, 200)]


def test_a_connection_closed_before_leaves_nothing(tg: TelegramDouble, api: Api) -> None:
    tg.fails("sendMessage", ClosedBefore())
    with pytest.raises(httpx.RemoteProtocolError):
        send(api, "1")
    assert arrived(tg) == []
    assert outcomes(tg) == [("closed", False, 0)]


def test_too_many_and_server_errors_do_not_act(tg: TelegramDouble, api: Api) -> None:
    tg.fails("sendMessage", TooMany(7))
    tg.fails("sendMessage", ServerError(502, "Bad Gateway"), call=2)
    assert send(api, "1")["parameters"] == {"retry_after": 7}
    assert send(api, "2")["error_code"] == 502
    assert send(api, "3")["ok"]
    assert arrived(tg) == ["3"]
    assert outcomes(tg) == [("refused", False, 429), ("refused", False, 502), ("ok", True, 200)]


def test_a_garbled_answer_hides_a_message_that_arrived(tg: TelegramDouble, api: Api) -> None:
    tg.fails("sendMessage", Garbled())
    with pytest.raises(ValueError, match="Unterminated string"):
        send(api, "1")
    assert arrived(tg) == ["1"]
    assert outcomes(tg) == [("garbled", True, 200)]


def test_a_stall_acts_before_or_after(tg: TelegramDouble, api: Api) -> None:
    impatient = httpx.Client(trust_env=False, verify=False, timeout=0.2)
    with impatient:
        hasty = Api(impatient, tg.url, tg.token)
        tg.fails("sendMessage", Stall(5))
        with pytest.raises(httpx.ReadTimeout):
            send(hasty, "acted")
        tg.fails("sendMessage", Stall(0.4, acts_first=False))
        with pytest.raises(httpx.ReadTimeout):
            send(hasty, "too late")
    tg.until(lambda: len(outcomes(tg)) == 2, what="the end of the stall")
    tg.fails("sendMessage", Stall(0.05, acts_first=False))
    assert send(api, "in time")["ok"]
    assert arrived(tg) == ["acted", "in time"]
    assert outcomes(tg) == [("stalled", True, 200), ("stalled", False, 0), ("stalled", True, 200)]


def test_a_script_matches_method_chat_and_count(tg: TelegramDouble, api: Api) -> None:
    script = tg.fails("sendMessage", TooMany(), chat=MEI, call=2, times=2)
    assert [send(api, str(n))["ok"] for n in range(4)] == [True, False, False, True]
    assert [send(api, str(n), LI)["ok"] for n in range(3)] == [True, True, True]
    assert (script.seen, script.fired) == (4, 2)


def test_a_script_may_last_until_it_is_healed(tg: TelegramDouble, api: Api) -> None:
    tg.fails(None, ServerError(), times=None)
    assert [api("getMe")["ok"], send(api, "1")["ok"]] == [False, False]
    tg.heals()
    assert [api("getMe")["ok"], send(api, "2")["ok"]] == [True, True]


def test_a_rule_decides_by_the_running_number(tg: TelegramDouble, api: Api) -> None:
    tg.fails_by(lambda method, chat, number: TooMany() if number % 3 == 0 else None)
    assert [send(api, str(n))["ok"] for n in range(1, 7)] == [True, True, False, True, True, False]


def test_a_refusal_whose_answer_is_lost_stays_a_refusal(tg: TelegramDouble, api: Api) -> None:
    tg.fails("sendMessage", AnswerLost())
    with pytest.raises(httpx.RemoteProtocolError):
        send(api, "")
    assert (arrived(tg), outcomes(tg)) == ([], [("refused", False, 400)])


def test_polling_can_lose_its_answer_and_loses_no_update(tg: TelegramDouble, api: Api) -> None:
    tg.fails("getUpdates", AnswerLost())
    with pytest.raises(httpx.RemoteProtocolError):
        api("getUpdates")
    assert len(api.result("getUpdates")) == 2


def test_an_outage_refuses_connections_and_forgets_nothing(tg: TelegramDouble, api: Api) -> None:
    url = tg.url
    assert send(api, "1")["ok"]
    with tg.outage(), pytest.raises(httpx.ConnectError):
        send(api, "2")
    assert tg.url == url
    assert send(api, "3")["ok"]
    assert arrived(tg) == ["1", "3"]
