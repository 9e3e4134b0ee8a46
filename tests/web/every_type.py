"""A questionnaire with everything that can be asked: every type, groups in groups, own words, units, conditions.

Its ids are any words, as foreign forms have them: nothing on a page may depend on how they are written.
"""

from __future__ import annotations

from typing import Any

KIND = "trial"


def both(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


def option(code: str, zh: str, en: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "text": both(zh, en), **more}


def when(question: str, operator: str, value: Any) -> dict[str, Any]:
    return {"question": question, "operator": operator, "value": value}


_ITEMS: list[dict[str, Any]] = [
    {"id": "intro text", "type": "display", "text": both("先问几件一般的事。\n请凭印象回答。", "First a few general things.\nPlease answer from memory.")},
    {"id": "stay/§1", "type": "group", "text": both("住院经过", "Your stay"), "prefix": "A"},
    {"id": "first-time", "type": "boolean", "parent": "stay/§1", "required": True, "text": both("这是您第一次在本院住院吗？", "Is this your first stay in this hospital?")},
    {"id": "before", "type": "date", "parent": "first-time", "enable_when": [when("first-time", "=", "false")],
     "text": both("上一次是哪一天出院的？", "When did you last leave it?"), "maximum": "2026-11-06"},
    {"id": 'ward "7"', "type": "choice", "parent": "stay/§1", "required": True, "constraint": "optionsOrString", "max_length": 60,
     "text": both("您住在哪个病区？", "Which ward were you on?"),
     "options": [option("int", "内科", "Internal medicine"), option("sur", "外科", "Surgery"), option("gyn", "妇产科", "Obstetrics and gynaecology")]},
    {"id": "care", "type": "group", "parent": "stay/§1", "text": both("护理", "Nursing care")},
    {"id": "help<b>", "type": "choice", "parent": "care", "repeats": True, "required": True, "most": 3, "constraint": "optionsOrString", "max_length": 60,
     "text": both("护士在哪些方面帮助过您？", "In what did nurses help you?"),
     "options": [option("eat", "吃饭", "Eating"), option("walk", "走动", "Walking"), option("wash", "洗漱", "Washing"), option("none", "都没有", "In nothing", is_exclusive=True)]},
    {"id": "times", "type": "integer", "parent": "care", "required": True, "minimum": 0, "maximum": 200, "unit": {"code": "{call}", "text": "次"},
     "enable_when": [when("help<b>", "!=", "none"), when("help<b>", "exists", True)], "enable_behavior": "all",
     "text": both("您大约按过多少次呼叫铃？", "About how often did you press the call button?")},
    {"id": "rate", "type": "integer", "required": True, "minimum": 0, "maximum": 10, "prefix": "B1", "is_overall": True,
     "text": both("0 分最差，10 分最好，您给这次住院打几分？", "From 0, the worst, to 10, the best: how was your stay?")},
    {"id": "why", "type": "text", "max_length": 300, "enable_when": [when("rate", "<=", "6")],
     "text": both("是什么让您不满意？", "What were you unhappy with?")},
    {"id": "weight", "type": "decimal", "minimum": "1.5", "maximum": "300", "max_decimals": 1, "unit": {"code": "kg"},
     "text": both("您的体重是多少？", "What do you weigh?")},
    {"id": "heavy", "type": "display", "enable_when": [when("weight", ">", "100")], "text": both("体重会影响用药剂量。", "Weight matters for the dose of drugs.")},
    {"id": "rounds", "type": "time", "text": both("医生一般几点来查房？", "At what time did doctors usually come?")},
    {"id": "left", "type": "dateTime", "required": True, "text": both("您是什么时候离开医院的？", "When did you leave the hospital?")},
    {"id": "weekend", "type": "string", "max_length": 40, "enable_when": [when("left", ">=", "2026-11-01T00:00:00+08:00"), when("before", "<", "2026-01-01")],
     "enable_behavior": "any", "entry_format": "张护士", "text": both("谁送您出院的？", "Who saw you off?")},
    {"id": "drugs", "type": "string", "repeats": True, "most": 4, "max_length": 40, "text": both("带了哪些药回家？", "Which drugs did you take home?")},
    {"id": "values", "type": "integer", "repeats": True, "least": 2, "minimum": 40, "maximum": 260, "unit": {"code": "mm[Hg]", "text": "mmHg"},
     "enable_when": [when("drugs", "exists", True)], "text": both("出院后量过的血压（高压）", "Blood pressure at home (the higher number)")},
    {"id": "days", "type": "integer", "constraint": "optionsOrType", "minimum": 1, "maximum": 90,
     "options": [{"code": "3", "value_type": "integer"}, {"code": "7", "value_type": "integer"}],
     "text": both("过多少天要复诊？", "In how many days is your next visit?")},
    {"id": "code", "type": "string", "pattern": "[A-Z]{2}[0-9]{3}", "entry_format": "AB123", "max_length": 5, "text": both("复诊卡号", "Number on your card")},
    {"id": "silent", "type": "choice", "hidden": True, "initial": "web", "options": [option("web", "网页", "Web"), option("paper", "纸", "Paper")], "text": both("来源", "Source")},
    {"id": "because-web", "type": "boolean", "initial": True, "enable_when": [when("silent", "=", "web"), when("silent", "exists", True)], "enable_behavior": "all",
     "text": both("这个页面好用吗？", "Was this page easy to use?")},
    {"id": "never", "type": "boolean", "enable_when": [when("silent", "=", "paper")], "text": both("这一题不会出现。", "This never appears.")},
]  # fmt: skip


def every_type(*, version: str = "1", **changes: Any) -> dict[str, Any]:
    """The questionnaire as a document; each call gives a fresh one."""
    questions = [{**item} for item in _ITEMS]
    return {
        "id": "every-type", "version": version, "kinds": [KIND], "languages": ["zh", "en"],
        "title": both("出院患者体验问卷", "Your stay in hospital"),
        "notice": both("您好！回答完全自愿，大约三分钟。", "Hello! Answering is voluntary and takes about three minutes."),
        "notice_version": "2",
        "thanks": both("谢谢您！作答已经收到。", "Thank you! Your answers have arrived."),
        "questions": questions,
    } | changes  # fmt: skip


PLACES = {item["id"]: place for place, item in enumerate(_ITEMS)}


def field(name: str) -> str:
    """The name of the fields of a question."""
    return f"a.{PLACES[name]}"


def own(name: str) -> str:
    """The name of the fields for own words beside its options."""
    return f"o.{PLACES[name]}"
