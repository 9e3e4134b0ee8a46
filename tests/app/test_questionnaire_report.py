"""What a check says: one document of fixed shape, and lines that people can read."""

from __future__ import annotations

from fractions import Fraction

from app.questionnaire_report import check_document, refusal_lines, report_lines
from locales.errors import Finding
from surveys.refusals import Checked, refuse
from surveys.structure import Condition, Option, Question, Questionnaire

FORM = Questionnaire(
    "ward", "1", {"zh": "住院问卷", "en": "Ward"}, ("zh", "en"),
    (
        Question("g", "group", {"zh": "住院"}),
        Question("q", "coding", {"zh": "如何？"}, "g", required=True, options=(
            Option("1", {"zh": "好"}, Fraction(100)), Option("2", {"zh": "中"}, Fraction(67, 2)), Option("na", {"en": "N/A"}),
        )),
        Question("yes", "boolean", {"en": "Sure?"}),
        Question("n", "decimal", {}, enable_when=(Condition("q", "=", "1"),)),
        Question("c", "text", {"zh": "意见\x1b[2J\n第二行"}, enable_behavior="any", enable_when=(
            Condition("n", ">=", "2.50"), Condition("n", "=", "3"), Condition("yes", "=", "true"),
            Condition("q", "exists", value=False),
        )),
    ),
)  # fmt: skip


def test_the_document_of_a_form():
    assert check_document(Checked(FORM), "en") == {
        "accepted": True,
        "title": "住院问卷",
        "languages": ["zh", "en"],
        "questions": [
            {"linkId": "g", "type": "group", "text": "住院", "required": False, "options": [], "enableWhen": [], "enableBehavior": None},
            {
                "linkId": "q", "type": "coding", "text": "如何？", "required": True,
                "options": [
                    {"code": "1", "text": "好", "score": 100},
                    {"code": "2", "text": "中", "score": 33.5},
                    {"code": "na", "text": "N/A", "score": None},
                ],
                "enableWhen": [], "enableBehavior": None,
            },
            {"linkId": "yes", "type": "boolean", "text": "Sure?", "required": False, "options": [], "enableWhen": [], "enableBehavior": None},
            {
                "linkId": "n", "type": "decimal", "text": "", "required": False, "options": [],
                "enableWhen": [{"question": "q", "operator": "=", "answer": "1"}], "enableBehavior": "all",
            },
            {
                "linkId": "c", "type": "text", "text": "意见\x1b[2J\n第二行", "required": False, "options": [],
                "enableWhen": [
                    {"question": "n", "operator": ">=", "answer": 2.5},
                    {"question": "n", "operator": "=", "answer": 3},
                    {"question": "yes", "operator": "=", "answer": True},
                    {"question": "q", "operator": "exists", "answer": False},
                ],
                "enableBehavior": "any",
            },
        ],
        "refusals": [],
    }  # fmt: skip


def test_the_document_of_a_refused_form_shows_nothing_of_it():
    checked = Checked(None, (refuse("file", "file_empty"), refuse("relevant", "xlsform_cell_needed", "survey!C7")))
    assert check_document(checked, "en") == {
        "accepted": False,
        "title": None,
        "languages": [],
        "questions": [],
        "refusals": [
            {
                "linkId": None,
                "feature": "file",
                "reason": "The file is empty: give a questionnaire (.toml, FHIR .json or .xlsx).",
            },
            {"linkId": "survey!C7", "feature": "relevant", "reason": "This row lacks “relevant”: fill it in."},
        ],
    }


def test_a_form_without_a_title_has_none():
    assert check_document(Checked(Questionnaire("f", "", {}, ("und",), ())), "zh")["title"] is None


def test_the_lines_of_a_form_are_a_table_with_options_and_conditions():
    assert report_lines(Checked(FORM), [], "en") == [
        "The questionnaire is fine: 住院问卷 (languages zh, en, 5 items; * means required)",
        "g    group      住院",
        "  q    coding   * 如何？",
        "                  1 = 好 (100)",
        "                  2 = 中 (33.5)",
        "                  na = N/A",
        "yes  boolean    Sure?",
        "n    decimal",
        "                asked when q = 1",
        "c    text       意见 [2J 第二行",
        "                asked when n >= 2.50 or n = 3 or yes = true or q exists false",
    ]


def test_what_a_form_lacks_before_it_can_be_asked_comes_after_it():
    lines = report_lines(Checked(FORM), [Finding("f", "kinds", "key_missing")], "zh")
    assert lines[-2:] == ["在本系统发放之前还要补齐 1 处：", "kinds: 缺少这个配置项，请补上。"]


def test_refusals_are_a_line_each_without_what_a_terminal_obeys():
    refusals = (refuse("a\nb", "xlsform_unsupported", "q\x1b[31m"), refuse("file", "file_empty"))
    assert refusal_lines(refusals, "en") == [
        "q [31m · a b · “a b” is not supported: clear this cell.",
        "file · The file is empty: give a questionnaire (.toml, FHIR .json or .xlsx).",
    ]
    assert report_lines(Checked(None, refusals), [], "en")[0] == "The questionnaire cannot be used, 2 reasons:"
