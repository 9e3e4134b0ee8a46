"""What small numbers may show. PURE. One place for bulletin, pages, exports, API and chat alike.

A count of 1 to 4 people is hidden; because what is left of a total gives a single hidden count away, its next-lowest
sibling is hidden too, and a hidden parent hides its two lowest children (the practice of the NHS Friends and Family
Test). What subtraction still could tell after that is hidden as well (`consortium.subtraction`). Rules 21, 46.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from consortium.subtraction import Node, given_away

MINIMUM_RATERS = 5  # rule 21 and decision D6: below five raters a unit has no peer score
MINIMUM_RESPONSES_TO_RANK = 25  # fewer answers in a month are scored and marked, not ranked
MINIMUM_SHOWN = 5  # rule 46: a figure from fewer than five people is hidden
MINIMUM_FOR_COMMENTS = 10  # fewer answers, and a unit could guess who wrote what

_BANDS = ((20, "20+"), (10, "10-19"), (MINIMUM_RATERS, "5-9"))
_CHILDREN_OF_HIDDEN = 2  # how many of its lowest children a hidden parent takes along


def rater_band(raters: int) -> str | None:
    """The number of raters as a band; None below five, when nothing may be said."""
    return next((band for low, band in _BANDS if raters >= low), None)


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


def may_show_comments(n: int) -> bool:
    """Whether a unit may read the comments among its `n` answers of a period."""
    return n >= MINIMUM_FOR_COMMENTS


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
