"""What holds for every answer: headers, body limits, faults that say nothing, throttling of guessers."""

from __future__ import annotations

import asyncio

import pytest
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route
from structlog.testing import capture_logs

from locales.errors import DomainError, explain
from locales.texts import catalogue, placeholders
from web.faults import STATUS, error_document, status_of
from web.security import HEADERS
from web.throttle import FAILURES

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def breaks(request: Request) -> None:
    raise RuntimeError("geheim: mei-ticket-22-characters")


async def breaks_off(request: Request) -> StreamingResponse:
    async def parts():
        yield b"begun"
        raise RuntimeError("geheim")

    return StreamingResponse(parts())


@pytest.fixture
def browser(hamlet, browse):
    site = hamlet.site(simulator=True)
    site.router.routes += [Route("/breaks", breaks), Route("/api/breaks", breaks), Route("/breaks-off", breaks_off)]
    return browse(site)


def test_every_answer_carries_the_headers(browser):
    for method, path, status in [
        ("GET", "/", 200),
        ("HEAD", "/", 200),
        ("GET", "/nothing", 404),
        ("DELETE", "/", 405),
        ("GET", "/s/unknown", 404),
        ("POST", "/s/unknown", 404),
        ("GET", "/office", 401),
        ("GET", "/bulletins", 200),
        ("GET", "/healthz", 200),
        ("GET", "/simulator", 200),
        ("GET", "/static/tongping.css", 200),
        ("GET", "/api/v1/openapi.json", 200),
        ("POST", "/api/v1/encounters", 401),
        ("GET", "/breaks", 500),
        ("GET", "/api/breaks", 500),
    ]:
        response = browser.request(method, path)
        assert response.status_code == status
        for name, value in HEADERS.items():
            assert response.headers[name] == value
        assert "frame-ancestors 'none'" in response.headers["content-security-policy"]
        assert "unsafe" not in response.headers["content-security-policy"]
        assert response.headers["cache-control"] == ("no-cache" if path.startswith("/static") else "no-store")
        assert "server" not in response.headers


def test_pages_have_no_inline_script_or_style(browser):
    for path in ("/", "/simulator", "/bulletins", "/sign-in", "/nothing"):
        page = browser.opens(path)
        assert all(each["src"].startswith("/static/") for each in page.every("script"))
        assert page.every("style") == []
        for tag in ("div", "p", "a", "button", "form", "section", "input"):
            for each in page.every(tag):
                assert not [name for name in each.attributes if name == "style" or name.startswith("on")]


def test_fault_nobody_foresaw_says_nothing_and_its_text_is_not_logged(browser):
    with capture_logs() as logs:
        response = browser.get("/breaks")
    assert (response.status_code, browser.heading) == (500, explain("zh", DomainError("fault")))
    assert "geheim" not in response.text
    assert [(each["event"], each["error"]) for each in logs] == [("page_failed", "RuntimeError")]
    assert "geheim" not in str(logs)
    assert any("breaks" in place for place in logs[0]["places"])
    assert browser.get("/api/breaks").json()["error"]["code"] == "fault"


def test_answer_that_breaks_off_is_not_taken_for_whole(browser):
    with pytest.raises(RuntimeError, match="an answer broke off"):
        browser.get("/breaks-off")


def test_body_limit_is_counted_while_streaming(browser):
    async def pieces():
        for _ in range(100):
            yield b"x" * 1024

    response = browser.request("POST", "/s/unknown", content=pieces(), headers=FORM)
    assert "content-length" not in response.request.headers
    assert response.status_code == 413
    assert browser.post("/s/unknown", content=b"x", headers={**FORM, "Content-Length": "99999999999999999999999"})
    assert browser.status == 413
    assert browser.post("/s/unknown", content=b"a=" + b"x" * 65_534, headers=FORM).status_code == 422


def test_who_guesses_has_to_wait_and_others_do_not(hamlet, browse):
    site = hamlet.site()
    guesser, honest = browse(site, address="203.0.113.9"), browse(site, address="203.0.113.10")
    ticket = hamlet.ticket()
    codes = [guesser.get(f"/s/guess{number}").status_code for number in range(FAILURES + 5)]
    assert codes[:FAILURES] == [404] * FAILURES
    assert codes[-1] == 429
    assert guesser.heading == explain("zh", DomainError("too_many_attempts"))
    assert guesser.get(f"/s/{ticket}").status_code == 429  # even a good one, for a minute
    spoofed = guesser.get(f"/s/{ticket}", headers={"X-Forwarded-For": "198.51.100.7"})
    assert spoofed.status_code == 429
    assert guesser.post("/sign-in/guess", {}).status_code == 429
    assert guesser.post("/api/v1/encounters", json={}, headers={"Authorization": "Bearer x"}).status_code == 429
    assert honest.get(f"/s/{ticket}").status_code == 200


def test_good_links_are_never_slowed_down(hamlet, browse):
    browser = browse(hamlet.site())
    ticket = hamlet.ticket()
    assert {browser.get(f"/s/{ticket}").status_code for _ in range(FAILURES + 20)} == {200}


def test_every_listed_code_has_a_sentence_in_both_languages():
    for code in STATUS:
        written = [catalogue(language, "errors")[f"errors.{code}"] for language in ("zh", "en")]
        assert placeholders(written[0]) == placeholders(written[1]), code
        assert written[0] != written[1]


def test_status_of_codes_nobody_listed():
    assert status_of(DomainError("delivery_unknown")) == 404
    assert status_of(DomainError("bulletin_own_proposal")) == 409


def test_error_document_carries_plain_details():
    document = error_document("en", DomainError("unknown_field", field=("a", {"b"})))
    assert document["error"]["details"] == {"field": ["a", "{'b'}"]}


def test_client_that_hangs_up_is_no_fault(hamlet):
    site, sent = hamlet.site(), []
    scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "path": "/s/x", "raw_path": b"/s/x", "query_string": b"",
        "headers": [(b"content-length", b"10")], "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8000), "scheme": "http",
    }  # fmt: skip

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    with capture_logs() as logs:
        asyncio.run(site(scope, receive, send))
    assert (sent, logs) == ([], [])
