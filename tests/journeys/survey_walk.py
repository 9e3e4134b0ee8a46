"""How a patient goes through the outpatient questionnaire in chat, and what is stored of it."""

from __future__ import annotations

from tests.journeys.installation import Installation
from tests.telegram_double import Message, Person

AGREE, SKIP, BACK, NEXT, REVIEW, SEND = (
    "同意并开始（我已满14周岁）", "跳过", "‹ 上一题", "下一题 ›", "去核对 ›", "提交",
)  # fmt: skip
WRITE, NO_WORDS = "同意，我来写", "不同意，跳过文字题"
VERY, SATISFIED, SO_SO, NOT, NOT_AT_ALL = "非常满意", "满意", "一般", "不满意", "非常不满意"
YES, NO = "是", "否"
QUESTIONS = (
    "clean", "signs", "listening", "explaining", "booking", "queue", "longer", "where", "next", "handover", "overall",
    "comment",
)  # fmt: skip
"""The questions in their order; `where` is asked of those who waited longer than expected."""

FIELDS = {name: f"a.{place}" for place, name in enumerate(QUESTIONS)}
"""How the page calls the field of each question."""

ALL_WELL = (VERY, VERY, VERY, VERY, VERY, VERY, NO, VERY, VERY, VERY, WRITE, SKIP)
"""The taps of somebody who is content, would write and then has nothing to add: from the first question to the review."""

ALL_WELL_STORED = {name: "5" for name in QUESTIONS if name != "where"} | {"longer": "no", "comment": ""}


def chooses(person: Person, *labels: str) -> Message:
    """Taps these buttons, each once the screen after the one before is there; the screen in the end."""
    shown = None
    for label in labels:
        person.taps(label)
        shown = person.waits_for(lambda message: True)
    assert shown is not None
    return shown


def begins(person: Person, start: str) -> Message:
    """Opens the link and agrees: the first question."""
    person.opens(start)
    person.waits_for("点“同意”即表示")
    return chooses(person, AGREE)


def answers_all(person: Person, start: str) -> str:
    """From the link to the receipt, content with everything; the receipt code."""
    begins(person, start)
    chooses(person, *ALL_WELL, SEND)
    return receipt_in(person.waits_for("谢谢您"))


def receipt_in(message: Message) -> str:
    """The code in the thanks."""
    assert "您的回执码：" in message.text, message.text
    return message.text.partition("您的回执码：")[2].splitlines()[0]


def stored_answers(house: Installation, visit: str) -> dict[str, str]:
    """The answers to the questionnaire of this visit, as they lie in the database."""
    rows = house.rows(
        "select question_id, value from answer join response on response.id = answer.response_id"
        " join invitation on invitation.id = response.invitation_id where visit = :visit",
        visit=visit,
    )
    assert len(rows) == len(dict(rows)), rows
    return dict(rows)


def state_of(house: Installation, visit: str) -> tuple[str, str, str | None]:
    """The only response to this visit: state, mode, account."""
    rows = house.rows(
        "select state, mode, account from response join invitation on invitation.id = response.invitation_id"
        " where visit = :visit",
        visit=visit,
    )
    assert len(rows) == 1, rows
    return rows[0]
