"""Logs: one line an event on stderr, with ids and codes and nothing that anyone said; libraries only when they warn."""

from __future__ import annotations

import logging
import sys

import structlog

QUIET = (
    "httpx",
    "httpcore",
    "aiohttp",
    "aiogram",
    "telegram",
    "apscheduler",
    "uvicorn",
    "sqlalchemy",
    "alembic",
    "matplotlib",
)
"""Libraries whose chatter may hold addresses with tokens in them."""


def configure_logs(*, quiet: bool = False) -> None:
    """Structured lines; no library below a warning, and if `quiet` nothing of ours either."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING if quiet else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
