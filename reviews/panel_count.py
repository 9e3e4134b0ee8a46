"""Counting a panel: its sealed ballots are opened in memory, and one coarse figure is kept a unit and indicator.

Three steps, so that no transaction is open while ballots are opened: read, open (`count_ballots.open_ballots`) and take
the means, write. The same key, tokens, receipts and lists as a round's. Run again after a crash, the count leaves
everything or nothing; what is counted stays as it is. Knows single marks between the first step and the last, in memory
only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from consortium.periods import Period
from reviews.ballot_store import store_name
from reviews.count_ballots import stored_as_cast
from reviews.counting import Participation, Record, Sorted
from reviews.panel_figures import DEFINITION, PanelFigure, panel_figure
from reviews.panel_models import Panel, PanelResult, PanelTask
from reviews.panel_rounds import panel_subject
from reviews.receipt_lists import lists_text, receipt_lists, root_of
from reviews.rounds import CLOSED, COUNTED, ERASED, advance, criteria_of, refused
from storage.audit import record


@dataclass(frozen=True, slots=True)
class PanelCounted:
    """What a count did: ballots that count, those that are void, figures there could be and those there are; the root
    of the receipt lists.
    """

    ballots: int
    void: int
    figures: int
    known: int
    root: str


@dataclass(frozen=True, slots=True)
class PanelBallots:
    """What is on record of a closed panel, and its sealed ballots."""

    period: str
    public_key: str
    criteria: tuple[str, ...]
    minimums: Mapping[str, int]
    tables: Mapping[str, list[str]]
    record: Record = field(repr=False)
    sealed: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class PanelFound:
    """What the ballots said: a figure, or None, for each unit and indicator; and what became of every receipt."""

    period: str
    figures: Mapping[tuple[str, str], PanelFigure | None]
    ballots: Sorted = field(repr=False)


def panel_to_count(session: Session, *, period: Period) -> PanelBallots | PanelCounted:
    """What a count needs; or, of a panel that is counted already, what was found.

    Errors: `panel_unknown`, `panel_is_open`, `ballots_missing`, `ballots_added`.
    """
    panel = session.get(Panel, str(period), populate_existing=True)
    if panel is not None and panel.state in (COUNTED, ERASED):
        return _as_counted(session, panel)
    if panel is None or panel.state != CLOSED:
        raise refused(session, str(period), of=Panel)
    tasks = {
        task.id: Participation(task.person_id, task.unit_code, task.casts)
        for task in session.scalars(
            select(PanelTask).where(PanelTask.period == panel.period).execution_options(populate_existing=True)
        )
    }
    codes = tuple(criterion.code for criterion in criteria_of(panel))
    assert panel.token_key is not None  # it goes with the ballots, after the count
    return PanelBallots(
        period=panel.period,
        public_key=panel.public_key,
        criteria=codes,
        minimums=panel.minimums,
        tables=panel.tables,
        record=Record(panel.period, tasks, len(codes), panel.token_key, with_gaps=True),
        sealed=stored_as_cast(session, store_name(panel.period, panel=True), tasks, period=panel.period),
    )


def take_means(ballots: PanelBallots, found: Sorted) -> PanelFound:
    """The figures of every unit's table from the ballots that count."""
    marks: dict[tuple[str, str], list[str]] = defaultdict(list)
    for ballot in found.ballots:
        for code, mark in zip(ballots.criteria, ballot.marks, strict=True):
            marks[ballot.target, code].append(mark)
    figures = {
        (unit, code): panel_figure(marks[unit, code], minimum=ballots.minimums[code])
        for unit, codes in ballots.tables.items()
        for code in codes
    }
    return PanelFound(ballots.period, figures, found)


def write_panel_count(session: Session, found: PanelFound, *, actor: str, now: datetime) -> PanelCounted:
    """Write everything, if the panel is still closed; `panel_is_…` otherwise: of two counts one writes."""
    period, lists = found.period, receipt_lists(Period.parse(found.period), found.ballots)
    values = {
        "counted_at": now,
        "ballots_counted": len(found.ballots.counted),
        "ballots_void": len(found.ballots.void),
        "root": root_of(lists),
        "receipts": lists_text(lists),
    }
    advance(session, period=period, to=COUNTED, values=values, of=Panel)
    session.execute(insert(PanelResult), [_row(period, *place, figure) for place, figure in found.figures.items()])
    counted = PanelCounted(
        ballots=len(found.ballots.counted),
        void=len(found.ballots.void),
        figures=len(found.figures),
        known=sum(figure is not None for figure in found.figures.values()),
        root=root_of(lists),
    )
    details = {
        "ballots": counted.ballots,
        "void": counted.void,
        "figures": counted.figures,
        "definition": DEFINITION,
        "root": counted.root,
    }
    record(session, actor=actor, action="count_panel", subject=panel_subject(period), now=now, details=details)
    return counted


def panel_figures_by_unit(session: Session, period: Period) -> dict[str, dict[str, PanelFigure | None]]:
    """The published figures of a month by unit and indicator, None of too few experts; empty before the count."""
    rows = session.scalars(
        select(PanelResult)
        .where(PanelResult.period == str(period))
        .order_by(PanelResult.unit_code, PanelResult.indicator)
        .execution_options(populate_existing=True)
    )
    figures: dict[str, dict[str, PanelFigure | None]] = defaultdict(dict)
    for row in rows:
        figure = PanelFigure(row.mark, row.reach) if row.mark is not None and row.reach is not None else None
        figures[row.unit_code][row.indicator] = figure
    return dict(figures)


def _as_counted(session: Session, panel: Panel) -> PanelCounted:
    figures, known = session.execute(
        select(func.count(), func.count(PanelResult.mark)).where(PanelResult.period == panel.period)
    ).one()
    assert panel.ballots_counted is not None
    assert panel.root is not None
    return PanelCounted(panel.ballots_counted, panel.ballots_void or 0, figures, known, panel.root)


def _row(period: str, unit: str, indicator: str, figure: PanelFigure | None) -> dict[str, Any]:
    known = {"mark": figure.mark, "reach": figure.reach, "score": figure.score} if figure is not None else {}
    return {"period": period, "unit_code": unit, "indicator": indicator, "mark": None, "reach": None, "score": None} | (
        known
    )
