"""Whether a QuestionnaireResponse keeps to its questionnaire, by the rules of FHIR R4 and R5. PURE.

The rules are those HL7's validator goes by. A completed or amended response has an answer to every question that is
asked and required; others may still lack some. What is required within an optional group counts once the group is
there. An item without answers is no answer: it may stand at a question that is not asked. Hidden and read-only
questions may be answered, a draft questionnaire too. The text of an item is the form's own; a translation stands beside
it. The answers to a question that repeats may stand in one item or in several. Takes any JSON whatever and never
raises; faults and work are limited.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from surveys.fhir.answer_form import Form, build_form
from surveys.fhir.validation_conditions import Conditions
from surveys.fhir.validation_faults import RESOURCE, AnswerFault, EnoughError, Record, shown
from surveys.fhir.validation_head import AMENDED, COMPLETED, judge_head
from surveys.fhir.validation_reading import Answered, Node, Placed, Where, read_tree
from surveys.structure import GROUP, Question, Questionnaire

_A_NODE = 3  # work


def validate(questionnaire: Questionnaire, response: Any) -> list[AnswerFault]:
    """What is wrong with a response to a checked questionnaire, those of the whole first, then in the form's order."""
    record = Record()
    try:
        if isinstance(response, dict) and response.get("resourceType") == RESOURCE:
            _judge(build_form(questionnaire), response, record)
        else:
            record.add(None, "bad_resource")
    except EnoughError:
        pass  # the record says so
    places = {question.id: place for place, question in enumerate(questionnaire.questions, 1)}
    return sorted(record.faults, key=lambda fault: places.get(fault.link_id or "", 0))


def validation_document(questionnaire: Questionnaire, response: Any, language: str) -> dict[str, Any]:
    """`{"valid", "errors": [{"linkId", "code", "message"}]}`, each message one sentence in `language`."""
    faults = validate(questionnaire, response)
    errors = [{"linkId": each.link_id, "code": each.code, "message": each.message(language)} for each in faults]
    return {"valid": not errors, "errors": errors}


def _judge(form: Form, response: Mapping[str, Any], record: Record) -> None:
    judge_head(form.questionnaire, response, record)
    top, nodes = read_tree(form, response, record)
    conditions = Conditions(form, nodes, record)
    is_complete = response.get("status") in (COMPLETED, AMENDED)
    places: list[tuple[Where, Placed]] = [(Where(), top)]
    while places:
        where, placed = places.pop()
        if is_complete:
            _judge_absent(form, where, placed, conditions, record)
        for question_id, there in placed.items():
            if _is_asked(form.by_id[question_id], there, conditions, record, is_complete=is_complete):
                for node in there:
                    places.extend(_judge_node(node, record, is_complete=is_complete))


def _is_asked(
    question: Question, nodes: list[Node], conditions: Conditions, record: Record, *, is_complete: bool
) -> bool:
    """Judges the items of one id in one place together; returned is whether they are asked."""
    if not conditions.is_enabled(question, nodes[0].where):
        if any(node.answers or node.holds_items for node in nodes):
            record.add(question.id, "answer_to_disabled")
        return False
    if len(nodes) > 1 and not question.repeats:
        record.add(question.id, "item_twice")
    elif question.type == GROUP and question.repeats:
        _judge_number(question, len(nodes), record, is_complete=is_complete)
    elif question.type != GROUP:
        _judge_answers(question, [answer for node in nodes for answer in node.answers], record, is_complete=is_complete)
    return True


def _judge_absent(form: Form, where: Where, placed: Placed, conditions: Conditions, record: Record) -> None:
    """What is required in this place and not there at all."""
    for question in form.required.get(where.parent_id, ()):
        record.spend(_A_NODE)
        if question.id not in placed and conditions.is_enabled(question, where):
            record.add(question.id, "required_missing")


def _judge_node(node: Node, record: Record, *, is_complete: bool) -> list[tuple[Where, Placed]]:
    """One item that is asked; returned is what stands in it."""
    question = node.question
    record.spend(_A_NODE)
    if question.type == GROUP:
        if question.required and is_complete and not node.holds_items:
            record.add(question.id, "required_missing")
        return [(Where(node), node.items)]
    return [(Where(node, answer), answer.items) for answer in node.answers]


def _judge_answers(question: Question, answers: list[Answered], record: Record, *, is_complete: bool) -> None:
    """All that a question is answered in one place."""
    if question.required and is_complete and not answers:
        record.add(question.id, "required_missing")
    if answers:
        _judge_number(question, len(answers), record, is_complete=is_complete)
    if len(answers) > 1:
        alone = next((each.judged.option for each in answers if _stands_alone(each)), None)
        if alone is not None:
            record.add(question.id, "exclusive_option", option=shown(alone.code))


def _judge_number(question: Question, number: int, record: Record, *, is_complete: bool) -> None:
    most = question.most if question.repeats else 1
    if most is not None and number > most:
        record.add(question.id, "too_many", most=most, number=number)
    if is_complete and question.least is not None and number < question.least:
        record.add(question.id, "too_few", least=question.least, number=number)


def _stands_alone(answer: Answered) -> bool:
    return answer.judged.option is not None and answer.judged.option.is_exclusive
