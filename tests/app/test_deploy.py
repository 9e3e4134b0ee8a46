"""The files for systemd and nginx: they start what there is, and keep from the world what is not for it."""

from __future__ import annotations

import configparser
import re

from app.parts import ALL, ROLES
from tests.app.error_page import ROOT


def service(name: str) -> configparser.SectionProxy:
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(ROOT / "deploy" / name, encoding="utf-8")
    return unit["Service"]


def test_unit_for_a_part_is_the_unit_for_all_with_a_role() -> None:
    whole, part = service("tongping.service"), service("tongping@.service")
    assert part["ExecStart"] == f"{whole['ExecStart']} --role %i"
    differing = {key for key in {*whole, *part} if whole.get(key) != part.get(key)}
    assert differing == {"ExecStart", "EnvironmentFile"}


def test_operating_names_every_role() -> None:
    page = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    assert [role for role in ROLES if f"| `{role}` |" not in page] == []
    enabled = re.search(r"for role in ([a-z ]+);", page)
    assert enabled is not None
    assert set(enabled[1].split()) == set(ROLES) - {ALL}


def test_proxy_shows_no_metrics() -> None:
    conf = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    assert "location = /metrics { return 404; }" in conf
    assert "proxy_set_header   X-Forwarded-For   $remote_addr;" in conf
