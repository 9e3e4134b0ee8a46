"""What axe finds on a page by the rules of WCAG 2.1 A and AA. Only what is wrong comes out of the browser: a page that is
right has hundreds of details, which took longer to carry than to find.
"""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

_RUN = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"];
  const found = await axe.run({ runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] });
  return {
    looked: found.passes.length,
    violations: found.violations.map((each) => [each.id, each.help, each.nodes.map((node) => node.html.slice(0, 200))]),
  };
}"""


def barriers(page: Page) -> list[Any]:
    """(rule, what it asks, where it is broken) for every rule that the page breaks; axe must have looked at something."""
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate(_RUN)
    assert found["looked"], "axe looked at nothing"
    violations: list[Any] = found["violations"]
    return violations
