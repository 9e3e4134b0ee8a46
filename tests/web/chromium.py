"""A real browser for the tests of pages: the system's Chromium, a site served on a free port, and what must never happen.

Every window collects what a person would not see: console errors, scripts that failed, requests to elsewhere. Pictures
of the screen go nowhere but where a test puts them.
"""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PHONE, DESK = (360, 740), (1280, 900)
FORBID_SKIPS = "TONGPING_TESTS_FORBID_SKIPS"

CONTRAST = """() => {
  const channel = (value) => (value /= 255) <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const read = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = read(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.checkVisibility() || element.closest(".unseen, .skip, option, progress")) continue;
    const style = getComputedStyle(element);
    const [one, other] = [light(read(style.color)), light(behind(element))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    const isLarge = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    if (ratio < (isLarge ? 3 : 4.5)) faint.push(`${element.textContent.trim().slice(0, 20)} ${ratio.toFixed(2)}`);
  }
  return faint;
}"""
SMALL_TARGETS = """() => [...document.querySelectorAll("button, .button, select, textarea, summary, label.option, nav a, .switch")]
  .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < 43.5)
  .map((each) => each.textContent.trim().slice(0, 20) + " " + each.getBoundingClientRect().height)"""
UNNAMED = """() => [...document.querySelectorAll("input, textarea, select, button, img, a")].filter((each) =>
  each.checkVisibility() && each.type !== "hidden" && !(each.labels && each.labels.length) &&
  !each.getAttribute("aria-label") && !each.getAttribute("aria-labelledby") && !each.textContent.trim() && !each.alt && each.alt !== "").map((each) => each.outerHTML)"""


def find() -> str | None:
    """The system's Chromium. Without one the module is skipped in one plain line, unless skips are forbidden."""
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    if found is None and not os.environ.get(FORBID_SKIPS):
        pytest.skip("no Chromium on this machine: the browser tests are left out", allow_module_level=True)
    return found


@contextmanager
def started(path: str | None) -> Iterator[Browser]:
    """Chromium, running."""
    assert path is not None, "no Chromium on this machine, and skips are forbidden"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@contextmanager
def served(site: FastAPI) -> Iterator[str]:
    """The site on a free port of this machine, in a thread; its address."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        config = uvicorn.Config(site, log_config=None, access_log=False, lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.005)
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


@dataclass
class Window:
    """One tab. `faults` is what went wrong unseen; the end of a test looks at it."""

    page: Page
    base: str
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(10_000)
        self.page.on(
            "console", lambda said: self.faults.append(said.text) if said.type in ("error", "warning") else None
        )
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", lambda request: self._looks_at(request.url))

    def _looks_at(self, address: str) -> None:
        if not address.startswith((self.base, "data:", "blob:")):
            self.faults.append(f"request to {address}")

    def opens(self, path: str) -> Page:
        self.page.goto(self.base + path)
        return self.page

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.base)

    def is_sound(self) -> None:
        """Nothing sticks out, nothing is too faint or too small to tap, everything has a name."""
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        found = [f"{wide} pixels too wide"] if wide else []
        for look in (CONTRAST, SMALL_TARGETS, UNNAMED):
            found += self.page.evaluate(look)
        found += self.faults
        assert not found, f"{self.path}: {found}"


@contextmanager
def window(
    browser: Browser,
    base: str,
    size: tuple[int, int] = PHONE,
    *,
    scripts: bool = True,
    dark: bool = False,
    language: str = "zh-CN",
) -> Iterator[Window]:
    """A fresh tab that forgets everything when it is closed; unseen faults fail the test."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        java_script_enabled=scripts,
        color_scheme="dark" if dark else "light",
        locale=language,
        reduced_motion="reduce",
    )
    opened = Window(context.new_page(), base)
    yield opened
    context.close()
    assert not opened.faults, opened.faults
