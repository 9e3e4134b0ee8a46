"""What small numbers may show. PURE. One place for bulletin, pages, exports, API and chat alike.

A count of 1 to 4 people is hidden; because what is left of a total gives a single hidden count away, its next-lowest
sibling is hidden too, and a hidden parent hides its two lowest children (the practice of the NHS Friends and Family
Test). What subtraction still could tell after that is hidden as well (`consortium.subtraction`). Rules 21, 46.

Peer figures are coarse instead: the fewer raters, the longer the step, and both ends of the scale are one class each,
because a mean of exactly 5 shows every single mark. The coarse figure is the only one that is kept and scored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import floor
from typing import Any

from consortium.subtraction import Node, given_away
from locales.numbers import rounded
from locales.texts import text

MINIMUM_RATERS = 5  # rule 21 and decision D6: below five raters a unit has no peer score
MINIMUM_RESPONSES_TO_RANK = 25  # fewer answers in a month are scored and marked, not ranked
MINIMUM_SHOWN = 5  # rule 46: a figure from fewer than five people is hidden
MINIMUM_FOR_COMMENTS = 10  # fewer answers, and a unit could guess who wrote what
MINIMUM_FOR_CRITERION = 8  # raters, for a figure on one criterion
PEER_THRESHOLDS = {"raters": MINIMUM_RATERS, "criterion": MINIMUM_FOR_CRITERION, "comments": MINIMUM_FOR_COMMENTS}
"""Numbers of raters from which a peer score, a figure on one criterion and comments are shown; frozen at opening."""

MINIMUM_FOR_ARROW = 20  # raters in both months, for an arrow between them
MINIMUM_FOR_TENTHS = 8  # raters, for a step of 0.1; below it is 0.2
TOP_MARK = Fraction(24, 5)  # 4.8 or more is one class, and is scored as 5
BOTTOM_MARK = Fraction(6, 5)  # 1.2 or less is one class, and is scored as 1.2
CRITERION_STEP = Fraction(1, 2)
CRITERION_ENDS = (Fraction(3, 2), Fraction(9, 2))  # 1.5 or less and 4.5 or more are one class each
MARK_ENDS = (1, 5)

_BANDS = ((20, "20+"), (10, "10-19"), (MINIMUM_RATERS, "5-9"))
_CHILDREN_OF_HIDDEN = 2  # how many of its lowest children a hidden parent takes along


def rater_band(raters: int) -> str | None:
    """The number of raters as a band; None below five, when nothing may be said."""
    return next((band for low, band in _BANDS if raters >= low), None)


def band_floor(raters: int) -> int:
    """The low end of the band (0 below five): what may be kept of a number of raters."""
    return next((low for low, _ in _BANDS if raters >= low), 0)


def may_show_criterion(raters: int, minimum: int = MINIMUM_FOR_CRITERION) -> bool:
    """Whether figures on single criteria may be shown of a unit that so many marked."""
    return raters >= minimum


def may_show_arrow(before: int, now: int) -> bool:
    """Whether two months' peer figures of a unit may be compared; numbers of raters or the low ends of their bands."""
    return min(before, now) >= MINIMUM_FOR_ARROW


def peer_step(raters: int) -> Fraction | None:
    """The step on which a mean mark (1–5) of so many raters may stand; None below five, when there is no figure."""
    if raters < MINIMUM_RATERS:
        return None
    return Fraction(1, 10) if raters >= MINIMUM_FOR_TENTHS else Fraction(1, 5)


def coarse_mark(mark: Fraction, raters: int) -> Fraction | None:
    """A mean mark as it is shown and scored: on its step, half up, 1.2 and 5 standing for the classes at the ends."""
    step = peer_step(raters)
    return None if step is None else classed(on_step(mark, step))


def classed(mark: Fraction) -> Fraction:
    """A mark on its step, 1.2 and 5 standing for the classes at the ends."""
    return Fraction(MARK_ENDS[1]) if mark >= TOP_MARK else max(mark, BOTTOM_MARK)


def coarse_criterion(mark: Fraction) -> Fraction:
    """A mean mark on one criterion: in half marks, 1.5 and 4.5 standing for the classes at the ends."""
    low, high = CRITERION_ENDS
    return min(max(on_step(mark, CRITERION_STEP), low), high)


def on_step(value: Fraction, step: Fraction) -> Fraction:
    """The multiple of `step` next to a value, half up."""
    return floor(value / step + Fraction(1, 2)) * step


def score_of_mark(mark: Fraction) -> Fraction:
    """A mean mark (1–5) as a score (0–100)."""
    low, high = MARK_ENDS
    return 100 * (mark - low) / (high - low)


def mark_of_score(score: Fraction) -> Fraction:
    """A score (0–100) as a mean mark (1–5)."""
    low, high = MARK_ENDS
    return low + score * (high - low) / 100


def mark_text(score: Fraction, language: str) -> str:
    """A coarse peer score (0–100) as a mean mark, in words at the ends of the scale."""
    return _mark_text(mark_of_score(score), BOTTOM_MARK, TOP_MARK, language)


def criterion_text(score: Fraction, language: str) -> str:
    """A coarse figure on one criterion (0–100) as a mean mark, in words at the ends of the scale."""
    return _mark_text(mark_of_score(score), *CRITERION_ENDS, language)


def _mark_text(mark: Fraction, low: Fraction, high: Fraction, language: str) -> str:
    if mark >= high:
        return text(language, "disclosure.mark.or_more", mark=rounded(high, 1))
    if mark <= low:
        return text(language, "disclosure.mark.or_less", mark=rounded(low, 1))
    return rounded(mark, 1)


def may_show_count(count: int) -> bool:
    """Whether a figure from `count` people may be shown."""
    return count >= MINIMUM_SHOWN


def shown_total(counts: Iterable[int]) -> int | None:
    """How many people stand behind what is shown of several groups; None where somebody answered but too few of each.

    Pooled is only what may be shown by itself, so that no sum of groups tells of a hidden one.
    """
    groups = [count for count in counts if count > 0]
    shown = [count for count in groups if may_show_count(count)]
    return None if groups and not shown else sum(shown)


def may_rank(n_month: int, pooled: int = 0) -> bool:
    """Whether a unit may be ranked: from 25 answers in the month, or in all months its ranked figure is pooled over."""
    return max(n_month, pooled) >= MINIMUM_RESPONSES_TO_RANK


def may_show_comments(n: int, minimum: int = MINIMUM_FOR_COMMENTS) -> bool:
    """Whether a unit may read the comments among its `n` answers of a period."""
    return n >= minimum


def suppress(tree: Mapping[str, Any], minimum: int = MINIMUM_SHOWN) -> dict[str, Any]:
    """A tree `{"name", "count", "children": [...]}` with the counts that must not be shown as None.

    Hidden: counts from 1 to `minimum` - 1; where only one of several siblings is hidden, the next-lowest; of a hidden
    parent, the two lowest children; and what subtraction would still give away. 0 stays shown. Siblings of one count go
    by their order. The input stays as it is. ValueError for a count that is not a whole number from 0, or a minimum
    below 1.
    """
    if minimum < 1:
        msg = "the minimum is a whole number from 1"
        raise ValueError(msg)
    shown, nodes = _copied(tree)
    _hide_small(nodes, minimum)
    while True:
        _hide_siblings_and_children(nodes)
        places = given_away(nodes)
        if not places:
            break
        for place in places:
            _hide_beside(nodes, place)
    for copy, node in zip(shown, nodes, strict=True):
        if node.is_hidden:
            copy["count"] = None
    return shown[0]


def suppress_counts(counts: Mapping[str, int], minimum: int = MINIMUM_SHOWN) -> dict[str, int | None]:
    """The same for one level whose total is known: how often each option was chosen, or each unit answered for."""
    children = [{"name": name, "count": count} for name, count in counts.items()]
    tree = suppress({"name": "", "count": sum(counts.values()), "children": children}, minimum)
    return {child["name"]: child["count"] for child in tree["children"]}


def _copied(tree: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[Node]]:
    """Copies of all the tree's nodes, parents before children, and what hiding needs to know of each."""
    root = dict(tree)
    copies, nodes = [root], [Node(_count(root), None)]
    for place, copy in enumerate(copies):  # grows while it is read
        if not copy.get("children"):
            continue
        children = [dict(child) for child in copy["children"]]
        copy["children"] = children
        nodes[place].children = list(range(len(copies), len(copies) + len(children)))
        copies += children
        nodes += [Node(_count(child), place) for child in children]
    return copies, nodes


def _count(node: Mapping[str, Any]) -> int:
    count = node.get("count")
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        msg = "a count is a whole number from 0"
        raise ValueError(msg)
    return count


def _hide_small(nodes: list[Node], minimum: int) -> None:
    for node in nodes:
        node.is_hidden = 0 < node.count < minimum


def _hide_siblings_and_children(nodes: list[Node]) -> None:
    """A hidden parent hides its two lowest children; a hidden child of any parent never stands alone."""
    for node in nodes:  # parents first: what is hidden here is seen at the next level
        ranked = _answered(nodes, node)
        if node.is_hidden:
            hide = ranked[:_CHILDREN_OF_HIDDEN]
        elif sum(nodes[child].is_hidden for child in ranked) == 1:
            hide = [child for child in ranked if not nodes[child].is_hidden][:1]
        else:
            continue
        for child in hide:
            nodes[child].is_hidden = True


def _hide_beside(nodes: list[Node], place: int) -> None:
    """Take away from what gives `place` away: its next-lowest sibling, or its parent once no sibling is left."""
    parent = nodes[place].parent
    while parent is not None:
        left = [child for child in _answered(nodes, nodes[parent]) if not nodes[child].is_hidden]
        if left:
            nodes[left[0]].is_hidden = True
            return
        if not nodes[parent].is_hidden:
            nodes[parent].is_hidden = True
            return
        parent = nodes[parent].parent


def _answered(nodes: list[Node], parent: Node) -> list[int]:
    """The children with a count above 0, from the lowest; equal ones in their order."""
    answered = [child for child in parent.children if nodes[child].count > 0]
    return sorted(answered, key=lambda child: (nodes[child].count, child))
