"""The pages of the desk, in groups, and who is offered which. PURE.

A page asks for its permission itself; here is only what a person finds in the navigation. Refuses to know what a page
shows.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from consortium.permissions import AUDITOR, COMMITTEE, OFFICE

EVERYBODY: frozenset[str] = frozenset()
_OFFICE, _DRAFTS = frozenset({OFFICE}), frozenset({OFFICE, COMMITTEE})
_AUDIT = frozenset({OFFICE, AUDITOR})


@dataclass(frozen=True, slots=True)
class Link:
    """A page: its address, the key of its name, and the roles that are offered it (empty: all who see the desk)."""

    address: str
    name: str
    roles: frozenset[str] = EVERYBODY


@dataclass(frozen=True, slots=True)
class Group:
    """Pages that belong together."""

    name: str
    links: tuple[Link, ...]


GROUPS = (
    Group(
        "web.desk.group.season",
        (
            Link("/office", "web.desk.overview"),
            Link("/office/acts", "acts_page.title", _OFFICE),
            Link("/office/approvals", "approvals.title"),
            Link("/office/bulletins", "web.desk.bulletins", _DRAFTS),
            Link("/office/stories", "stories.nav"),
            Link("/office/honours", "honours.nav"),
            Link("/office/duties", "duties.nav"),
            Link("/office/deliveries", "web.desk.deliveries", _OFFICE),
            Link("/office/people", "web.desk.people", _OFFICE),
            Link("/office/chats", "web.desk.chats", _OFFICE),
            Link("/office/channels", "channels.title", _OFFICE),
            Link("/office/audit", "season.audit.nav", _AUDIT),
        ),
    ),
    Group(
        "web.desk.group.figures",
        (
            Link("/units", "web.desk.units"),
            Link("/indicators", "scorecard.indicators"),
            Link("/trend", "scorecard.trend"),
            Link("/office/readings", "readings.nav"),
            Link("/office/alerts", "watch.page.alerts.title"),
            Link("/office/explanations", "watch.page.explanations.title"),
            Link("/office/objections", "objections.title"),
            Link("/actions", "actions.nav"),
            Link("/office/signatures", "signatures.nav"),
        ),
    ),
    Group(
        "web.desk.group.scheme",
        (
            Link("/office/schemes", "schemes.title"),
            Link("/office/year", "year.nav"),
            Link("/office/vetoes", "vetoes.title"),
            Link("/office/votes", "votes.nav"),
        ),
    ),
    Group(
        "web.desk.group.peers",
        (
            Link("/office/peer-comments", "comments.title", _OFFICE),
            Link("/office/waivers", "waivers.title"),
            Link("/office/panel", "panel.nav"),
        ),
    ),
    Group(
        "web.desk.group.surveys",
        (
            Link("/surveys", "web.desk.surveys"),
            Link("/surveys/results", "results.title"),
            Link("/surveys/audiences", "audiences.desk"),
            Link("/office/held", "held.title"),
            Link("/office/third-party", "audiences.third.nav"),
            Link("/surveys/previews", "results.previews.title"),
        ),
    ),
)


def offered(roles: Collection[str]) -> tuple[Group, ...]:
    """The groups with what somebody with these roles is offered."""
    return tuple(
        Group(group.name, tuple(link for link in group.links if not link.roles or link.roles & set(roles)))
        for group in GROUPS
    )


def group_of(groups: tuple[Group, ...], here: str) -> Group:
    """The group of the page that is open: the one with the longest address that it begins with; else the first."""
    fits = [
        (len(link.address), group)
        for group in groups
        for link in group.links
        if here == link.address or here.startswith(f"{link.address}/")
    ]
    return max(fits, key=lambda each: each[0])[1] if fits else groups[0]
