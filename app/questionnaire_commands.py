"""`tongping questionnaire …` and `tongping survey …`: files in, answers out. They need no installation and no settings.

`check` and `validate-response` answer a refusal in the shape of their own document, whatever the file is.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.answer import DONE, REFUSED, Answer, refused_findings
from app.foreign_file import is_same_file, read_file, shown, write_file
from app.questionnaire_report import check_document, printable, refusal_lines, refusals_document, report_lines
from app.settings import terminal_language
from consortium.imports import MAXIMUM_BYTES
from locales.errors import DomainError, Reask, explain
from locales.texts import text
from surveys.exchange import LARGEST_FILE, read_questionnaire, read_response
from surveys.fhir.exact_json import encode
from surveys.fhir.validation import validation_document
from surveys.fhir.writing import to_fhir
from surveys.fitness import unfit
from surveys.refusals import Checked, Refusal, refuse
from surveys.scored_files import score_file, scored_document, scored_lines
from surveys.structure import Questionnaire
from surveys.toml_writing import to_toml

TOML = "toml"


def check(file: Path) -> Answer:
    """Say whether a file is a questionnaire, and which; or everything that stands against it."""
    language = terminal_language()
    checked = _read(file)
    form = checked.questionnaire
    missing = [] if form is None else unfit(form, file=shown(file))
    exit_code = REFUSED if form is None else DONE
    return Answer(check_document(checked, language), report_lines(checked, missing, language), exit_code)


def convert(file: Path, target: str, output: Path | None) -> Answer:
    """Write a questionnaire in another format, to stdout or to a file, which is then replaced as a whole."""
    language = terminal_language()
    checked = _read(file)
    if checked.questionnaire is None:
        return _refused_form(checked.refusals, language)
    written = _written(checked.questionnaire, target)
    document: dict[str, Any] = {"to": target, "output": None if output is None else shown(output), "content": written}
    if output is None:
        return Answer(document, [written.removesuffix("\n")])
    if is_same_file(file, output):
        raise DomainError("output_is_input")
    write_file(output, written)
    return Answer(document | {"content": None}, [text(language, "cli.questionnaire.written", file=shown(output))])


def validate_response(form: Path, response: Path) -> Answer:
    """Judge a QuestionnaireResponse by its questionnaire, as the standard does."""
    language = terminal_language()
    document = _validation(form, response, language)
    lines = [
        printable(" · ".join(filter(None, (each["linkId"], each["code"], each["message"]))))
        for each in document["errors"]
    ]
    heading = text(language, "cli.response.valid" if document["valid"] else "cli.response.invalid", count=len(lines))
    return Answer(document, [heading, *lines], DONE if document["valid"] else REFUSED)


def score(  # noqa: PLR0917 - the options of one command
    file: Path, definition: str, scale: str | None, top: str | None, positive: str | None, missing: str | None
) -> Answer:
    """Score a table of answers by one of the definitions."""
    language = terminal_language()
    content = read_file(file, largest=MAXIMUM_BYTES)
    scored = score_file(
        content, file=file.name, definition=definition, scale=scale, top=top, positive=positive, missing=missing
    )
    if isinstance(scored, list):
        return refused_findings(scored, language)
    return Answer(scored_document(scored), scored_lines(scored, language))


def _read(file: Path) -> Checked:
    """What a file holds; a file that cannot be read is refused like one that cannot be understood."""
    try:
        content = read_file(file, largest=LARGEST_FILE)
    except DomainError as error:
        return Checked(None, (refuse("file", error.code, None, **error.details),))
    return read_questionnaire(content, name=shown(Path(file.name)))


def _written(form: Questionnaire, target: str) -> str:
    return to_toml(form) if target == TOML else encode(to_fhir(form, version=target)) + "\n"


def _refused_form(refusals: Sequence[Refusal], language: str) -> Answer:
    first = refusals[0].reason(language)
    message = explain(language, Reask("questionnaire_refused", {"count": len(refusals), "first": first}))
    details = {"refusals": refusals_document(refusals, language)}
    error = {"code": "questionnaire_refused", "message": message, "details": details}
    return Answer({"error": error}, refusal_lines(refusals, language), REFUSED, is_complaint=True)


def _validation(form: Path, response: Path, language: str) -> dict[str, Any]:
    """`{"valid", "errors": [{"linkId", "code", "message"}]}` for any two files."""
    checked = _read(form)
    if checked.questionnaire is None:
        return _invalid([(each.link_id, "form_refused", _form_refused(each, language)) for each in checked.refusals])
    try:
        document, fault = read_response(read_file(response, largest=LARGEST_FILE))
    except DomainError as error:
        return _invalid([(None, error.code, explain(language, error))])
    if fault is not None:
        return _invalid([(None, fault.code, fault.reason(language))])
    return validation_document(checked.questionnaire, document, language)


def _form_refused(refusal: Refusal, language: str) -> str:
    return explain(language, Reask("form_refused", {"reason": refusal.reason(language)}))


def _invalid(errors: Sequence[tuple[str | None, str, str]]) -> dict[str, Any]:
    faults = [{"linkId": link_id, "code": code, "message": message} for link_id, code, message in errors]
    return {"valid": False, "errors": faults}
