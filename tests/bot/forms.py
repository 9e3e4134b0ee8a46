"""A questionnaire with every kind of question that a chat asks, and a phone that stands at one of them."""

from __future__ import annotations

from typing import Any

KIND = "inpatient"


def both(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


def option(code: str, zh: str, en: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "text": both(zh, en), **more}


EVERY_KIND: dict[str, Any] = {
    "id": "kinds", "version": "1", "kinds": [KIND], "languages": ["zh", "en"], "notice_version": "1",
    "title": both("住院问卷", "Inpatient survey"), "notice": both("自愿参加。", "Voluntary."),
    "thanks": both("谢谢您！", "Thank you!"),
    "questions": [
        {"id": "stay", "type": "group", "text": both("住院经过", "Your stay"), "prefix": "A"},
        {"id": "first", "type": "boolean", "parent": "stay", "text": both("第一次住院吗？", "Your first stay?")},
        {"id": "help", "type": "choice", "parent": "stay", "required": True, "repeats": True, "least": 2, "most": 3,
         "text": both("护士帮您做过什么？", "What did nurses help with?"),
         "options": [option("eat", "吃饭", "Eating"), option("walk", "走动", "Walking"), option("wash", "洗漱", "Washing"),
                     option("call", "呼叫", "Calling"), option("none", "都没有", "Nothing", is_exclusive=True)]},
        {"id": "ward", "type": "choice", "constraint": "optionsOrString", "max_length": 20,
         "text": both("住在哪个病区？", "Which ward?"), "options": [option("int", "内科", "Medicine"), option("sur", "外科", "Surgery")]},
        {"id": "rate", "type": "integer", "minimum": 0, "maximum": 10, "text": both("打几分？", "How many points?")},
        {"id": "days", "type": "integer", "minimum": 1, "maximum": 400, "text": both("住了几天？", "How many days?")},
        {"id": "weight", "type": "decimal", "minimum": "1.5", "maximum": "300", "max_decimals": 1, "initial": "60",
         "unit": {"code": "kg", "text": "公斤"}, "text": both("体重？", "Weight?")},
        {"id": "left", "type": "date", "maximum": "2026-10-08", "text": both("哪天出院？", "When did you leave?")},
        {"id": "round", "type": "time", "text": both("几点查房？", "When was the round?")},
        {"id": "fell", "type": "dateTime", "text": both("什么时候退烧？", "When did the fever go?")},
        {"id": "pressure", "type": "integer", "repeats": True, "minimum": 40, "maximum": 260, "most": 3,
         "unit": {"code": "mm[Hg]", "text": "mmHg"}, "text": both("血压？", "Blood pressure?")},
        {"id": "drugs", "type": "string", "repeats": True, "max_length": 20, "text": both("带了什么药？", "Which drugs?")},
        {"id": "symptoms", "type": "choice", "repeats": True, "constraint": "optionsOrString", "max_length": 20,
         "text": both("有什么不舒服？", "Any complaints?"), "options": [option("cough", "咳嗽", "Cough")]},
        {"id": "comment", "type": "text", "max_length": 100, "text": both("还想说什么？", "Anything else?")},
    ],
}  # fmt: skip

PLACES = {item["id"]: place for place, item in enumerate(EVERY_KIND["questions"])}
