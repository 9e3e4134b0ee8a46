"""May a questionnaire be asked here? What a sound form from anywhere still lacks before patients can answer it. PURE.

Demanded are the kinds of visit, the notice with its version, the thanks, every text in every language, texts that a
chat message and a button can hold, and nothing that a chat cannot ask. Refuses to know whether the form is sound at all
(`definition`, `coherence`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from consortium.document import Findings, Form
from locales.errors import Finding
from locales.texts import LANGUAGES
from surveys.items import IDENTIFIER
from surveys.reachability import unreachable
from surveys.structure import (
    CODING,
    EXISTS,
    GROUP,
    OPTIONS_ONLY,
    Question,
    Questionnaire,
    Wording,
)
from surveys.values import compare

MOST_QUESTIONS = 100
MOST_OPTIONS = 50
LONGEST_TITLE = 120
LONGEST_NOTICE = 2500  # with its buttons it must fit one chat message
LONGEST_THANKS = 1000
LONGEST_NAME = 60
LONGEST_QUESTION = 500
LONGEST_HINT = 300
LONGEST_OPTION = 100
LONGEST_MARK = 40  # a prefix, a unit, an example of what to type
LONGEST_ANSWER = 2000
LONGEST_CODE = 255
LARGEST_SCORE = 1000

VERSION = Form(re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,19}"), "questionnaire_version_malformed")
LANGUAGE = Form(re.compile(r"[a-z]{2}"), "questionnaire_language_malformed")


def unfit(questionnaire: Questionnaire, *, file: str) -> list[Finding]:
    """Everything that keeps a sound questionnaire from being asked here, by file and key."""
    findings = Findings(file)
    languages = questionnaire.languages
    _judge_names(questionnaire, findings)
    for name, wording, longest in (
        ("title", questionnaire.title, LONGEST_TITLE),
        ("notice", questionnaire.notice, LONGEST_NOTICE),
        ("thanks", questionnaire.thanks, LONGEST_THANKS),
    ):
        _judge_wording(wording, name, longest, languages, findings)
    for place, dimension in enumerate(questionnaire.dimensions):
        _judge_wording(dimension.name, f"dimensions[{place}].name", LONGEST_NAME, languages, findings)
    by_id = {question.id: question for question in questionnaire.questions}
    for place, question in enumerate(questionnaire.questions):
        _judge_question(question, f"questions[{place}]", by_id, languages, findings)
    for place, code in unreachable(questionnaire):
        findings.add(f"questions[{place}].required", code)
    _judge_conditions(questionnaire, by_id, findings)
    return findings.found


def _judge_names(questionnaire: Questionnaire, findings: Findings) -> None:
    for name, value, form in (
        ("id", questionnaire.id, IDENTIFIER),
        ("version", questionnaire.version, VERSION),
        ("notice_version", questionnaire.notice_version, VERSION),
    ):
        if not value:
            findings.add(name, "key_missing")
        elif not form.fits(value):
            findings.add(name, form.code, value=value[:LONGEST_MARK])
    if not questionnaire.kinds:
        findings.add("kinds", "key_missing")
    for place, language in enumerate(questionnaire.languages):
        if not LANGUAGE.fits(language):
            findings.add(f"languages[{place}]", LANGUAGE.code, value=language)
    if not set(questionnaire.languages) & set(LANGUAGES):
        findings.add("languages", "questionnaire_language_unspoken", known=", ".join(LANGUAGES))
    count = sum(question.is_question for question in questionnaire.questions)
    if not 1 <= count <= MOST_QUESTIONS:
        findings.add("questions", "list_length", low=1, high=MOST_QUESTIONS)


def _judge_wording(
    wording: Wording, key: str, longest: int, languages: tuple[str, ...], findings: Findings, *, required: bool = True
) -> None:
    if not wording and required:
        findings.add(key, "key_missing")
    for language in languages:
        text = wording.get(language, "")
        if not text and wording:
            findings.add(f"{key}.{language}", "key_missing")
        elif len(text) > longest:
            findings.add(f"{key}.{language}", "text_expected", limit=longest)


def _judge_question(
    question: Question, key: str, by_id: Mapping[str, Question], languages: tuple[str, ...], findings: Findings
) -> None:
    is_heading = question.type == GROUP  # it may hold questions together without a word
    _judge_wording(question.text, f"{key}.text", LONGEST_QUESTION, languages, findings, required=not is_heading)
    _judge_wording(question.hint, f"{key}.hint", LONGEST_HINT, languages, findings, required=False)
    if is_heading and question.repeats:
        findings.add(f"{key}.repeats", "questionnaire_group_repeats")
    holder = by_id.get(question.parent or "")
    if holder is not None and holder.is_question and holder.repeats:
        findings.add(f"{key}.parent", "questionnaire_parent_repeats", value=holder.id)
    _judge_options(question, key, languages, findings)
    _judge_bounds(question, key, findings)
    _judge_marks(question, key, findings)


def _judge_options(question: Question, key: str, languages: tuple[str, ...], findings: Findings) -> None:
    if len(question.options) > MOST_OPTIONS:
        findings.add(f"{key}.options", "list_length", low=1, high=MOST_OPTIONS)
    if not question.options and (question.type == CODING or question.constraint != OPTIONS_ONLY):
        findings.add(f"{key}.options", "questionnaire_options_missing")
    for place, option in enumerate(question.options):
        where = f"{key}.options[{place}]"
        is_word = option.value_type == CODING  # a number or a date says itself what it is
        _judge_wording(option.text, f"{where}.text", LONGEST_OPTION, languages, findings, required=is_word)
        if len(option.code) > LONGEST_CODE:
            findings.add(f"{where}.code", "text_expected", limit=LONGEST_CODE)
        if option.is_exclusive and not question.repeats:
            findings.add(f"{where}.is_exclusive", "questionnaire_exclusive_alone")
        if option.score is not None and abs(option.score) > LARGEST_SCORE:
            findings.add(f"{where}.score", "questionnaire_score_out_of_range", limit=LARGEST_SCORE)


def _judge_conditions(questionnaire: Questionnaire, by_id: Mapping[str, Question], findings: Findings) -> None:
    """What a condition waits for must be something that can be chosen."""
    options = {id_: {option.code: option for option in question.options} for id_, question in by_id.items()}
    for place, question in enumerate(questionnaire.questions):
        for number, condition in enumerate(question.enable_when):
            about = by_id.get(condition.question)
            if about is None or not about.has_options or about.constraint != OPTIONS_ONLY:
                continue
            offered = options[about.id].get(str(condition.value))
            if condition.operator != EXISTS and (offered is None or condition.system not in (None, offered.system)):
                key = f"questions[{place}].enable_when[{number}].value"
                details = {"value": condition.value, "question": condition.question}
                findings.add(key, "questionnaire_condition_value_unknown", **details)


def _judge_bounds(question: Question, key: str, findings: Findings) -> None:
    """Bounds that leave room for an answer, and for one that can be kept."""
    lowest, highest = question.minimum, question.maximum
    if lowest is not None and highest is not None and compare(question.type, lowest, highest) == 1:
        findings.add(f"{key}.minimum", "questionnaire_bounds_crossed", low=lowest, high=highest)
    for low, high in (("min_length", "max_length"), ("least", "most")):
        least, most = getattr(question, low), getattr(question, high)
        if least is not None and most is not None and least > most:
            findings.add(f"{key}.{low}", "questionnaire_bounds_crossed", low=least, high=most)
    for name in ("least", "most"):
        if not question.repeats and (getattr(question, name) or 1) > 1:
            findings.add(f"{key}.{name}", "questionnaire_repeats_missing")
    for name in ("min_length", "max_length"):
        if (getattr(question, name) or 0) > LONGEST_ANSWER:
            findings.add(f"{key}.{name}", "out_of_range", low=1, high=LONGEST_ANSWER)


def _judge_marks(question: Question, key: str, findings: Findings) -> None:
    """Short words that stand beside a question, and the bounds of what can be asked for."""
    unit = (question.unit.text or question.unit.code) if question.unit is not None else None
    for name, value in (("prefix", question.prefix), ("entry_format", question.entry_format), ("unit", unit)):
        if value is not None and len(value) > LONGEST_MARK:
            findings.add(f"{key}.{name}", "text_expected", limit=LONGEST_MARK)
