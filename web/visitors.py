"""Who sits at the browser: a person who signed in, with the roles held at this moment, or nobody we know.

Knows the cookie. Its token opens nothing by itself: the person and their roles are looked up anew for every page.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from consortium.links import SESSION_LIFETIME, actor_of_web_session
from consortium.permissions import ACCOUNTANT, AUDITOR, COMMITTEE, EXPERT, OFFICE, TRUSTEE, Actor
from locales.errors import DomainError
from web.forms import Form, check_token, form_token
from web.site import site_of

_COOKIE = "tongping"
_SECURE_COOKIE = "__Host-tongping"  # browsers take it over https only, and from no other host


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in person. `form_token` goes into every form of theirs."""

    actor: Actor
    session_token: str = field(repr=False)
    form_token: str = field(repr=False)

    @property
    def home(self) -> str:
        """The page they come to after signing in."""
        if self.actor.roles & {OFFICE, COMMITTEE, AUDITOR}:
            return "/office"
        units = sorted(self.actor.units | self.actor.leads)
        if units:
            return f"/units/{units[0]}"
        desks = ((ACCOUNTANT, "/office/signatures"), (TRUSTEE, "/count"), (EXPERT, "/panel"))
        return next((desk for role, desk in desks if role in self.actor.roles), "/bulletins")


def visitor_in(session: Session, request: Request) -> Visitor | None:
    """The signed-in person of this request, or None."""
    site = site_of(request)
    token = session_token(request)
    actor = actor_of_web_session(session, token=token, now=site.clock()) if token else None
    visitor = Visitor(actor, token, form_token(site.secret, token)) if actor is not None else None
    request.state.visitor = visitor
    return visitor


def require_visitor(session: Session, request: Request, form: Form | None = None) -> Visitor:
    """The signed-in person, or `sign_in_needed`; a form must be one of theirs (`form_expired`)."""
    visitor = visitor_in(session, request)
    if visitor is None:
        raise DomainError("sign_in_needed")
    if form is not None:
        check_token(form, site_of(request).secret, visitor.session_token)
    return visitor


def session_token(request: Request) -> str:
    """What the browser's cookie holds, "" without one."""
    return request.cookies.get(_cookie_name(request), "")


def remember(request: Request, response: Response, token: str) -> None:
    """Let the browser keep the session until it ends by itself; scripts never see it, other sites never send it."""
    is_secure = _is_secure(request)
    response.set_cookie(
        _cookie_name(request),
        token,
        max_age=int(SESSION_LIFETIME.total_seconds()),
        path="/",
        secure=is_secure,
        httponly=True,
        samesite="lax",
    )


def forget(request: Request, response: Response) -> None:
    """Take the cookie back."""
    name = _cookie_name(request)
    response.delete_cookie(name, path="/", secure=_is_secure(request), httponly=True, samesite="lax")


def _cookie_name(request: Request) -> str:
    return _SECURE_COOKIE if _is_secure(request) else _COOKIE


def _is_secure(request: Request) -> bool:
    return site_of(request).is_https
