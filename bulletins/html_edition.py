"""An edition as one page that carries everything with it: words, tables, charts; no script, no outside address. PURE.

Knows the page. Names and stories enter as values and are escaped; charts come as SVG that was drawn elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bulletins.alternatives import alternative
from bulletins.charts import HEAT, HISTORY, RANKING, TRENDS
from bulletins.parts import BulletinContent
from bulletins.print_view import print_view

_NAMESPACES = (' xmlns:xlink="http://www.w3.org/1999/xlink"', ' xmlns="http://www.w3.org/2000/svg"')


def html_edition(content: BulletinContent, language: str, charts: Mapping[str, bytes]) -> str:
    """The page; `charts` are SVGs by kind, those that the edition has."""
    pictures = {
        kind: {"svg": _inline(charts[kind]), "alt": alternative(content, language, kind)}
        for kind in (RANKING, HEAT, TRENDS, HISTORY)
        if kind in charts
    }
    return _templates().get_template("edition.html.j2").render(edition=print_view(content, language), pictures=pictures)


def _inline(svg: bytes) -> Markup:
    """An SVG as a part of a page: there it needs no namespaces, and its words stand beside it."""
    written = svg.decode()
    for namespace in _NAMESPACES:
        written = written.replace(namespace, "", 1)
    return Markup(written.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1).strip())  # noqa: S704 - drawn by us


def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
