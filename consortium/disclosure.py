"""What small numbers may show. PURE. Thresholds and bands used alike by bulletin, page, export and chat."""

from __future__ import annotations

MINIMUM_RATERS = 5  # rule 21 and decision D6: below five raters a unit has no peer score
MINIMUM_RESPONSES_TO_RANK = 25  # fewer answers in a month are scored and marked, not ranked
MINIMUM_SHOWN = 5  # rule 46: a figure from fewer than five people is hidden

_BANDS = ((20, "20+"), (10, "10-19"), (MINIMUM_RATERS, "5-9"))


def rater_band(raters: int) -> str | None:
    """The number of raters as a band; None below five, when nothing may be said."""
    return next((band for low, band in _BANDS if raters >= low), None)


def may_show_count(count: int) -> bool:
    """Whether a figure from `count` people may be shown."""
    return count >= MINIMUM_SHOWN
