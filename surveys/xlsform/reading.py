"""An XLSForm to a questionnaire, whole, or to everything in it that cannot be taken, by cell.

The narrow part of the convention that authors of satisfaction surveys need. The id of an item is its name, several
answers are `select_multiple`, the options' scores stand in a column `score`. The workbook is opened in a confined
process; from there on everything is text and bounded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from consortium.sheets import Workbook, read_workbook
from surveys.coherence import clashes
from surveys.refusals import Checked, Refusal, refuse
from surveys.structure import Question, Questionnaire
from surveys.values import compare
from surveys.xlsform.choices import lay_out_choices, read_choices
from surveys.xlsform.constraints import read_constraint
from surveys.xlsform.expressions import Unsupported
from surveys.xlsform.kept import design_notes
from surveys.xlsform.layout import Entry, Grid, lay_out
from surveys.xlsform.refused import Refused
from surveys.xlsform.relevance import read_relevant
from surveys.xlsform.rows import SURVEY, Item, read_initial
from surveys.xlsform.settings import Settings, read_settings
from surveys.xlsform.sheet_names import SHEETS, sheets_by_name
from surveys.xlsform.survey import read_items

MOST_ROWS = 5000
_CELLS = {
    "id": "name", "parent": "name", "minimum": "constraint", "maximum": "constraint", "min_length": "constraint",
    "max_length": "constraint", "pattern": "constraint", "least": "constraint", "most": "constraint",
    "initial": "default", "enable_when": "relevant",
}  # fmt: skip
"""Which cell says what a clash is about; for the rest it is the type."""


def read(content: bytes, *, name: str = "form.xlsx") -> Checked:
    """The questionnaire, or the refusals; never both, and never an exception, whatever the bytes are."""
    workbook, findings = read_workbook(content, file=name, only=SHEETS)
    if workbook is None:
        return Checked(None, tuple(_of_file(each.key, each.code, each.details) for each in findings))
    return read_sheets(workbook, name=name)


def read_sheets(workbook: Workbook, *, name: str) -> Checked:
    """The same from sheets: nothing here knows files. PURE."""
    refused = Refused()
    questionnaire = _read_workbook(workbook, name, refused)
    refusals = refused.all()
    return Checked(None if refusals else questionnaire, refusals)


def _of_file(key: str, code: str, details: Mapping[str, object]) -> Refusal:
    return refuse("workbook" if key == "file" else "cell", code, None if key == "file" else key, **details)


def _read_workbook(workbook: Workbook, name: str, refused: Refused) -> Questionnaire | None:
    sheets = sheets_by_name(workbook, refused)
    survey = sheets.get("survey")
    if survey is None or not survey.rows:
        refused.add(None, "survey", "xlsform_sheet_missing")
        return None
    settings = read_settings(sheets.get("settings"), refused)
    choices = lay_out_choices(sheets.get("choices"), settings.language, refused)
    lists = read_choices(choices, refused)
    grid = lay_out(survey, SURVEY, settings.language, refused)
    if len(grid.entries) > MOST_ROWS:
        refused.add(None, "survey", "xlsform_survey_too_long", limit=MOST_ROWS)
        return None
    items, names = read_items(grid, lists, refused)
    questions = _with_logic(items, names, refused)
    questionnaire = _questionnaire(settings, grid, choices, questions, name)
    _refuse_clashes(questionnaire, items, refused)
    return questionnaire


def _with_logic(items: list[Item], names: frozenset[str], refused: Refused) -> list[Question]:
    """Conditions, bounds and initial values; conditions may look ahead, so all items are known first."""
    by_id = {item.question.id: item.question for item in items}
    return [_with_relevant(_bounded(item, refused), item.entry, by_id, names, refused) for item in items]


def _bounded(item: Item, refused: Refused) -> Question:
    question, entry = item.question, item.entry
    if entry.text("constraint") and question.is_question:
        try:
            question = read_constraint(entry.text("constraint"), question)
        except Unsupported as fault:
            refused.add(entry.address("constraint"), "constraint", fault.code, part=fault.part)
        for low, high in _crossed(question):
            refused.add(entry.address("constraint"), "constraint", "questionnaire_bounds_crossed", low=low, high=high)
    return replace(question, initial=read_initial(question, entry, refused))


def _crossed(question: Question) -> Iterator[tuple[object, object]]:
    """Bounds that no answer can keep."""
    if question.minimum and question.maximum and compare(question.type, question.minimum, question.maximum) == 1:
        yield question.minimum, question.maximum
    for low, high in ((question.min_length, question.max_length), (question.least, question.most)):
        if low is not None and high is not None and low > high:
            yield low, high


def _with_relevant(
    question: Question, entry: Entry, by_id: Mapping[str, Question], names: frozenset[str], refused: Refused
) -> Question:
    if not entry.text("relevant"):
        return question
    try:
        conditions, behaviour = read_relevant(entry.text("relevant"), by_id)
    except Unsupported as fault:
        is_of_refused = fault.code == "questionnaire_condition_dangling" and fault.part in names
        if not is_of_refused:  # the row that it looks at is refused already
            refused.add(entry.address("relevant"), "relevant", fault.code, part=fault.part, value=fault.part)
        return question
    return replace(question, enable_when=conditions, enable_behavior=behaviour)


def _questionnaire(
    settings: Settings, grid: Grid, choices: Grid | None, questions: list[Question], name: str
) -> Questionnaire:
    languages = dict.fromkeys(_languages(settings, grid, choices))
    id_ = settings.id or name.rpartition("/")[2].rpartition(".")[0].strip()[:255] or "form"
    first = next(iter(languages))
    return Questionnaire(
        id=id_,
        version=settings.version,
        title={first: settings.title or id_},
        languages=tuple(languages),
        questions=tuple(_hinted(question, languages) for question in questions),
        carried=settings.carried or {},
    )


def _hinted(question: Question, languages: Collection[str]) -> Question:
    """With its hint in the languages of the form; in one in which nothing is labelled nobody is asked, so it is a note
    for authors there.
    """
    beside = {language: words for language, words in question.hint.items() if language not in languages}
    if not beside:
        return question
    notes = design_notes((f"hint ({language})" if language else "hint", words) for language, words in beside.items())
    extensions = [*question.carried.get("extension", []), *notes["extension"]]
    hint = {language: words for language, words in question.hint.items() if language in languages}
    return replace(question, hint=hint, carried={**question.carried, "extension": extensions})


def _languages(settings: Settings, grid: Grid, choices: Grid | None) -> Iterator[str]:
    """Those in which something is labelled, the form's own first."""
    labelled = [*grid.languages(), *(choices.languages() if choices is not None else [])]
    if settings.language in labelled or not labelled:
        yield settings.language
    yield from labelled


def _refuse_clashes(questionnaire: Questionnaire, items: list[Item], refused: Refused) -> None:
    """What contradicts something else, at the cell that says it."""
    for clash in clashes(questionnaire):
        if clash.place is None:
            refused.add(None, clash.key, clash.code, **clash.details)
            continue
        heading = _CELLS.get(clash.key.partition("[")[0].partition(".")[0], "type")
        if clash.key in {"id", "parent"} or (clash.key == "options" and not items[clash.place].question.options):
            continue  # said already, where it was found
        refused.add(items[clash.place].entry.address(heading), heading, clash.code, **clash.details)
