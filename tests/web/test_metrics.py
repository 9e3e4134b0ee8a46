"""`/metrics`: for this machine alone, and with no label that names anybody."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from outbox.deliveries import enqueue
from outbox.message import Message
from scheduler.models import Occurrence
from tests.web.browser import Browser
from tests.web.cast import NOW, signed_in
from web.small_application import build_small_application


def figures(text: str) -> dict[str, dict[tuple[str, ...], float]]:
    return {
        family.name: {tuple(sample.labels.values()): sample.value for sample in family.samples}
        for family in text_string_to_metric_families(text)
    }


def test_numbers_of_deliveries_runs_and_requests(town, browse):
    with town.database.transaction() as session:
        for number, channel in enumerate(("telegram", "telegram", "wecom")):
            enqueue(session, dedupe_key=str(number), channel=channel, address=f"-100{number}", kind="notice",
                    message=Message("geheim"), now=NOW - timedelta(minutes=number))  # fmt: skip
        session.add(Occurrence(job="draft", due_at=NOW - timedelta(hours=2), period="2026-10", late="run", state="due",
                               fence=0, failures=0, noted_at=NOW))  # fmt: skip
    browser = browse(town.site())
    browser.get("/units/jia")
    browser.get("/s/not-a-ticket-at-all")
    browser.get("/nowhere/geheim")
    found = figures(browser.get("/metrics").text)
    assert found["tongping_deliveries"] == {("telegram", "owed"): 2, ("wecom", "owed"): 1}
    assert found["tongping_delivery_oldest_owed_seconds"] == {("telegram",): 60, ("wecom",): 120}
    assert (found["tongping_runs"], found["tongping_run_oldest_late_seconds"]) == ({("due",): 1}, {(): 7200})
    assert found["tongping_info"] == {("all",): 1}
    requests = found["tongping_http_requests"]
    assert requests["GET", "/units/{code}", "401"] == 1
    assert requests["GET", "/s/{ticket}", "404"] == 1
    assert requests["GET", "unmatched", "404"] == 1


def test_no_label_names_anybody(hamlet, browse):
    site = hamlet.has_a_season().has_released().site()
    browser = signed_in(browse(site), hamlet, "li")
    for path in ("/units/jia", "/bulletins/2026-10", "/units/jia/history", "/s/geheim-ticket", "/trend?x=geheim"):
        browser.get(path)
    browser.request("GEHEIM", "/bulletins")
    text = browser.get("/metrics").text
    for word in ("geheim", "GEHEIM", "jia", "2026-10", "li", "chen"):
        assert re.search(rf'"[^"]*\b{word}\b[^"]*"', text) is None, word
    labels = {name for line in text.splitlines() for name in re.findall(r'([a-z_]+)="', line)}
    assert labels == {"method", "route", "status", "le", "role", "channel", "state"}


@pytest.mark.parametrize(
    "headers", [{"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}, {"Via": "1.1 x"}]
)
def test_what_a_proxy_forwarded_is_told_that_there_is_none(hamlet, browse, headers):
    assert browse(hamlet.site()).get("/metrics", headers=headers).status_code == 404


def test_other_machines_are_told_that_there_is_none(hamlet):
    with Browser(hamlet.site(), address="192.0.2.7") as browser:
        assert browser.get("/metrics").status_code == 404


def test_process_without_pages_has_health_and_metrics_and_nothing_else(hamlet):
    application = build_small_application(
        database=hamlet.database, clock=lambda: NOW, secret=b"x" * 32, role="delivery", ready=dict
    )
    with Browser(application) as browser:
        assert browser.get("/readyz").json() == {
            "status": "ok", "role": "delivery", "parts": {"database": True, "migrations": True},
        }  # fmt: skip
        assert figures(browser.get("/metrics").text)["tongping_info"] == {("delivery",): 1}
        for path in ("/", "/bulletins", "/office", "/s/x", "/telegram/webhook", "/sign-in"):
            answer = browser.get(path)
            assert answer.status_code == 404, path
            assert answer.headers["x-frame-options"] == "DENY"
