"""The program that fits a round or joins a quarter: `python -m reviews.figures_program SECONDS MIB round|quarter`.

It runs confined, as `consortium.confined` says, with one thread for its arithmetic, and answers JSON values.
"""

from __future__ import annotations

import json
from typing import Any

from consortium.confined import serve_confined
from reviews.figures import round_figures
from reviews.figures_exchange import figures_document, quarter_document, request_from
from reviews.figures_quarter import quarter_of_months

ROUND, QUARTER = "round", "quarter"


def read(content: bytes, arguments: list[str]) -> Any:
    """What was asked for, of what stands on stdin."""
    [what] = arguments
    asked = json.loads(content)
    if what == ROUND:
        return figures_document(round_figures(**request_from(asked)))
    return quarter_document(quarter_of_months(asked["quarter"], asked["months"]))


if __name__ == "__main__":
    serve_confined(read)
