"""What must hold in the tables of panels at any time, for `doctor`. Refuses to open a ballot."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from locales.errors import Finding
from reviews.ballot_store import PREFIX, count_ballots, has_store, store_name, stores
from reviews.panel_models import Panel, PanelResult, PanelTask
from reviews.panel_rounds import panel_subject
from reviews.rounds import CLOSED, COUNTED, ERASED, OPEN

_FILE = "database"
_PANELS = f"{PREFIX}panel_"


def check_panels(session: Session) -> list[Finding]:
    """An erased panel has neither ballots nor token key; until then there are as many as were cast; there are results
    if and only if it was counted; and no ballots are of a month without a panel.
    """
    panels = session.scalars(select(Panel).order_by(Panel.period).execution_options(populate_existing=True)).all()
    findings = [finding for panel in panels for finding in _of_panel(session, panel)]
    known = {store_name(panel.period, panel=True) for panel in panels}
    strays = [name for name in stores(session) if name.startswith(_PANELS) and name not in known]
    return findings + [Finding(_FILE, name, "ballots_without_panel") for name in strays]


def _of_panel(session: Session, panel: Panel) -> list[Finding]:
    store, findings = store_name(panel.period, panel=True), []
    if panel.state == ERASED and (has_store(session, store) or panel.token_key is not None):
        findings.append(_finding(panel, "erased_panel_has_ballots"))
    if panel.state in (OPEN, CLOSED):
        casts = session.scalar(select(func.sum(PanelTask.casts)).where(PanelTask.period == panel.period)) or 0
        ballots = count_ballots(session, store)
        if ballots != casts:
            findings.append(_finding(panel, "panel_ballots_differ", ballots=ballots, casts=casts))
    results = session.scalar(select(func.count()).where(PanelResult.period == panel.period)) or 0
    if (results > 0) != (panel.state in (COUNTED, ERASED)):
        findings.append(_finding(panel, "panel_results_do_not_fit"))
    return findings


def _finding(panel: Panel, code: str, **details: object) -> Finding:
    return Finding(_FILE, panel_subject(panel.period), code, details)
