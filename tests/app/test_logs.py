"""Logs: one line an event on stderr, our events from info on, libraries from warning on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TOKEN = "123456:AbCdEfGhIjKlMnOpQrSt"
SPEAK = f"""
import logging, structlog
from app.logs import QUIET, configure_logs
configure_logs(quiet=%s)
structlog.get_logger("x").info("said", chat=7)
structlog.get_logger("x").warning("warned", chat=8)
for name in QUIET:
    logging.getLogger(name).info("GET /bot{TOKEN}/getUpdates")
    logging.getLogger(name + ".inner").debug("GET /bot{TOKEN}/getUpdates")
logging.getLogger("sqlalchemy").warning("library warns")
try:
    raise ValueError("broken")
except ValueError:
    structlog.get_logger("x").exception("failed")
"""


@pytest.mark.parametrize("quiet", [False, True])
def test_logs_are_ours_and_carry_no_address_with_a_token(quiet: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a parameter
    ended = subprocess.run(
        [sys.executable, "-c", SPEAK % quiet],
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert ended.stdout == ""
    assert TOKEN not in ended.stderr
    lines = ended.stderr.splitlines()
    assert any("level=warning event=warned chat=8" in line for line in lines)
    assert any("library warns" in line for line in lines)
    assert any("event=failed" in line and "ValueError" in line for line in lines)  # a fault is one line, too
    assert any("event=said" in line for line in lines) is not quiet
