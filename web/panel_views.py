"""The panel as pages show it: units with what is done, indicators with anchors and evidence. Reads; never a mark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from consortium.periods import Period
from consortium.units import zone
from locales.texts import pick
from reviews.criteria import Criterion
from reviews.panel_ballots import PanelTaskView, criteria_for
from reviews.panel_evidence import Evidence, evidence_of
from reviews.panel_models import Panel
from web.pages import local_time

_KILO = 1024


@dataclass(frozen=True, slots=True)
class ExpertUnit:
    """A unit in an expert's list."""

    id: int
    name: str
    done: bool
    files: int


@dataclass(frozen=True, slots=True)
class FileView:
    """A file of evidence: `size` in KB, rounded up; `moment` on the consortium's clock."""

    id: str
    name: str
    kind: str
    size: int
    by: str
    moment: str


@dataclass(frozen=True, slots=True)
class IndicatorView:
    """One indicator as an expert marks it. `given` is what this very form was sent with, "" at first."""

    criterion: Criterion
    files: tuple[FileView, ...]
    given: str


def expert_unit(session: Session, task: PanelTaskView, language: str) -> ExpertUnit:
    files = evidence_of(session, period=Period.parse(task.period), unit_code=task.unit_code)
    return ExpertUnit(task.id, pick(task.unit_name, language), task.done, len(files))


def indicator_views(
    session: Session, panel: Panel, task: PanelTaskView, given: Mapping[str, str]
) -> list[IndicatorView]:
    """What a unit is marked on, each with its own files."""
    files = evidence_of(session, period=Period.parse(task.period), unit_code=task.unit_code)
    place = zone(session)
    return [
        IndicatorView(each, file_views(files, each.code, place), given.get(each.code, ""))
        for each in criteria_for(panel, task.unit_code)
    ]


def file_views(files: Iterable[Evidence], indicator: str, place: ZoneInfo) -> tuple[FileView, ...]:
    """The files of one indicator."""
    return tuple(
        FileView(
            id=each.id,
            name=each.name,
            kind=each.kind,
            size=-(-each.size // _KILO),
            by=each.handed_in_by,
            moment=local_time(each.handed_in_at, place),
        )
        for each in files
        if each.indicator == indicator
    )
