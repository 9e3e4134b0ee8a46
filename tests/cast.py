"""The cast of the tests: units 甲 人民医院, 乙 二院, 丙 社区中心; Chen and Zhao in the office, Li and Wang representatives."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from consortium.application import apply_consortium
from consortium.definition import parse_consortium

NOW = datetime(2026, 10, 8, 2, 0, tzinfo=UTC)  # ten in the morning in Shanghai


def consortium_document(**changes: Any) -> dict[str, Any]:
    """A small, correct `consortium.toml` as a document; `changes` replace whole sections."""
    document: dict[str, Any] = {
        "consortium": {"name": {"zh": "小集团", "en": "Small group"}, "time_zone": "Asia/Shanghai"},
        "units": [
            {
                "code": "jia",
                "name": {"zh": "人民医院", "en": "People's Hospital"},
                "tier": "tertiary",
                "district": "东区",
            },
            {"code": "yi", "name": {"zh": "二院", "en": "Second Hospital"}, "tier": "secondary", "district": "东区"},
            {
                "code": "bing",
                "name": {"zh": "社区中心", "en": "Community Centre"},
                "tier": "primary",
                "district": "西区",
            },
        ],
        "people": [
            {"id": "chen", "name": "陈静", "roles": ["office"]},
            {"id": "zhao", "name": "赵磊", "roles": ["office"]},
            {"id": "li", "name": "李敏", "roles": ["representative"], "units": ["jia"]},
            {"id": "wang", "name": "王芳", "roles": ["representative"], "units": ["yi"], "language": "en"},
        ],
    }
    return document | changes


def found_consortium(session: Session, *, now: datetime = NOW, **changes: Any) -> None:
    """Apply the small consortium."""
    definition, findings = parse_consortium(consortium_document(**changes), file="consortium.toml")
    assert findings == []
    apply_consortium(session, definition=definition, schedule={}, folder="", actor="command_line", now=now)
