"""The pages: what people see in the browser. Each is a frame, filled by calls that anybody else could make too."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from redact.case.footage import last_scan
from redact.governance.office import Office
from redact.governance.rules.authority import allowed
from redact.governance.rules.organisation import Role
from redact.request.choices import RequestKind
from redact.review.access.admission import as_nobody
from redact.review.access.deps import Case, ClipOf, DeskOf, Records, Signed, onward
from redact.review.access.sessions import Session
from redact.review.access.tickets import Purpose
from redact.review.pages.calls import areas
from redact.review.pages.files import modules, under

__all__ = ["KINDS", "problem_page", "router"]

HERE = Path(__file__).parent

KINDS = {
    RequestKind.SAR: "The person in the footage, or somebody for them (subject access request)",
    RequestKind.THIRD_PARTY: "Somebody else, such as an insurer or a solicitor",
    RequestKind.POLICE: "The police",
    RequestKind.STATUTORY: "Another authority that the law entitles to ask",
    RequestKind.FOI: "Anybody, under freedom of information: what is given is given to the world",
    RequestKind.TENANT: "A tenant, under the access scheme that begins on 1 April 2027",
    RequestKind.COMPLAINT: "Somebody complains about how their data were used",
}
"""Who asks, as people say it."""

ROLES = (
    (Role.OPERATOR.value, "Does the work: records requests, takes in footage, decides, makes copies, releases"),
    (Role.REVIEWER.value, "Views footage and decides who is visible"),
    (Role.APPROVER.value, "Views footage and approves what is to leave"),
    (Role.DPO.value, "Data Protection Officer: all of it, closes requests, and says who works here"),
)
"""What somebody may do, as the form for a new person says it."""

TITLES = {
    401: "Sign in first",
    403: "Not permitted",
    404: "Nothing here",
    405: "That cannot be asked",
    409: "It has changed",
    429: "One moment",
}

TEMPLATES = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.globals |= {"under": under, "modules": modules}

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/sign-in")
def sign_in(
    then: Annotated[str, Query(max_length=500)] = "/", account: Annotated[str, Query(max_length=80)] = ""
) -> HTMLResponse:
    """Ask for account and passphrase."""
    return _page("sign-in", None, then=onward(then), account=account)


@router.get("/join/{token}")
def join(token: str, desk: DeskOf) -> HTMLResponse:
    """Let whoever was invited choose a passphrase, and tell them who they are here."""
    ticket = desk.tickets.look(Purpose.JOIN, token)
    with as_nobody(desk) as office:
        person = office.organisation.people.get(ticket.account) if ticket else None
        name, organisation = person.name if person else "", office.organisation.name
    account = ticket.account if ticket and person else ""
    return _page("join", None, token=token, account=account, name=name, organisation=organisation)


@router.get("/")
def register(session: Signed, office: Records) -> HTMLResponse:
    """Show what is due, and every request."""
    return _page("register", _me(session, office), here="register")


@router.get("/people")
def people(session: Signed, office: Records) -> HTMLResponse:
    """Show whose keys are on record."""
    return _page("people", _me(session, office), here="people", roles=ROLES)


@router.get("/api")
def calls(session: Signed, office: Records, request: Request) -> HTMLResponse:
    """Show what can be called."""
    return _page("calls", _me(session, office), areas=areas(request.app.openapi()))


@router.get("/requests/new")
def new(session: Signed, office: Records) -> HTMLResponse:
    """Ask what came in."""
    return _page("new", _me(session, office), here="new")


@router.get("/requests/{ref}")
def request_page(session: Signed, office: Records, reference: Case) -> HTMLResponse:
    """Show one request, from the day it came to the day it is answered."""
    return _page("request", _me(session, office), reference=reference)


@router.get("/requests/{ref}/approve")
def approve(session: Signed, office: Records, reference: Case) -> HTMLResponse:
    """Show what would leave to whoever approves it."""
    return _page("approve", _me(session, office), reference=reference)


@router.get("/requests/{ref}/clips/{clip}")
def clip_page(session: Signed, office: Records, reference: Case, clip: ClipOf) -> HTMLResponse:
    """Show one clip: who is in it, what was decided, and what will leave."""
    scanned = bool(last_scan(office, reference, clip))
    ready = scanned and (reference, clip.sha256) in session.sittings
    me = _me(session, office)
    return _page("clip", me, reference=reference, clip=clip.sha256, name=clip.name, ready=ready)


def problem_page(request: Request, status: int, told: Mapping[str, Any]) -> HTMLResponse:
    """Say on a page of its own why REQUEST cannot be answered, as TOLD with STATUS."""
    session = getattr(request.state, "session", None)
    known = session if isinstance(session, Session) and not session.locked else None
    facts = {"title": TITLES.get(status, "That did not work"), "message": "", "remedy": "", **told}
    me = {"account": known.account, "name": known.account, "csrf": known.csrf, "may": ()} if known else None
    return _page("problem", me, status=status, **facts)


def _me(session: Session, office: Office) -> dict[str, Any]:
    """Tell who is signed in, and what they may do."""
    person = office.organisation.people[session.account]
    may = {action.value for action in allowed(person.roles)}
    return {"account": session.account, "name": person.name, "csrf": session.csrf, "may": may}


def _page(
    template: str, me: Mapping[str, Any] | None, *, status: int = 200, here: str = "", **facts: Any
) -> HTMLResponse:
    """Fill the TEMPLATE for ME."""
    kinds = [(kind.value, words) for kind, words in KINDS.items()]
    text = TEMPLATES.get_template(f"{template}.html").render(me=me, here=here, kinds=kinds, **facts)
    return HTMLResponse(text, status)
