"""The letters of a session and their release: prepared, read over, and sent to everybody at one instant.

GET, POST /comite/<ref>/lettres              all of them, what is missing, those ticked marked as read
POST      /comite/<ref>/lettres/brouillons   write the drafts that are missing
POST      /comite/<ref>/lettres/publication  set or move the instant of release
GET, POST /comite/<ref>/lettres/<file>       change one
GET       /comite/<ref>/lettres/<file>.pdf   read one on paper
GET       /dossiers/<file>/decision.pdf      the letter once it has left; ``seance`` names an earlier one
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import structlog
from babel.dates import format_timedelta
from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse
from wtforms import StringField, TextAreaField
from wtforms.widgets import DateTimeLocalInput

from fund.documents.letter import letter_pdf
from fund.documents.letter_facts import draft_of, paper_of
from fund.edge.access import SIGNED_IN, access, only
from fund.edge.i18n import current_language
from fund.edge.requests import current_actor, current_session
from fund.errors import NotFound
from fund.forms.fields import Input, Instant, Text
from fund.models import AgendaItem, Application, CommitteeSession, Outcome
from fund.models.base import utc_now
from fund.services import letters
from fund.services.access import find
from fund.services.minutes import signature_of
from fund.services.release import schedule_release
from fund.web.applicant.own import is_own
from fund.web.forms import SchemaForm, sent_version, written
from fund.web.lists import version_shown
from fund.web.saving import save
from workflows.committee import CommitteeState
from workflows.permissions import STAFF_ROLES, Role
from workflows.voting import DECISIONS

blueprint = Blueprint("letters", __name__)
log = structlog.get_logger()

READERS = only(Role.CHAIR, *STAFF_ROLES)
SUBJECT_LENGTH, BODY_LENGTH = 300, 12_000

Page = str | AnyResponse | tuple[str, int]


class LetterInput(Input):
    subject = Text(maximum=SUBJECT_LENGTH, required=True, blank=False)
    body = Text(maximum=BODY_LENGTH, required=True, blank=False)


class LetterForm(SchemaForm):
    schema = LetterInput
    subject = StringField(_l("Subject of the letter"), render_kw={"required": True, "maxlength": SUBJECT_LENGTH})
    body = TextAreaField(
        _l("Text of the letter"), render_kw={"required": True, "maxlength": BODY_LENGTH, "rows": 24}
    )


class ReleaseInput(Input):
    """When everybody learns; without an instant, now."""

    releases_at = Instant(allow_none=True, load_default=None)


class ReleaseForm(SchemaForm):
    schema = ReleaseInput
    releases_at = StringField(_l("Day and hour of the release"), widget=DateTimeLocalInput())


class CheckForm(SchemaForm):
    """The boxes are the page's own: the form bears what speaks against it."""

    schema = Input


@blueprint.get("/comite/<reference>/lettres")
@access(READERS)
def index(reference: str) -> Page:
    return _page(_find(reference))


@blueprint.post("/comite/<reference>/lettres")
@access(only(Role.OFFICER))
def check(reference: str) -> Page:
    """Mark the ticked letters as read, as they stood on the page that was sent."""
    sitting, form = _find(reference), CheckForm()
    ticked, version = request.form.getlist("letter"), sent_version(request.form)

    def act(session: Session) -> object:
        return letters.check_letters(session, current_actor(), sitting, ticked, expected_version=version)

    if not ticked:
        form.form_errors.append(gettext("Tick the letters that you have read."))
        return _page(sitting, form=form), 422
    if refused := save(form, act):
        return _page(sitting, form=form, ticked=ticked), refused
    flash(ngettext("One letter is marked as read.", "%(num)s letters are marked as read.", len(ticked)), "success")
    return _back_to(reference)


@blueprint.post("/comite/<reference>/lettres/brouillons")
@access(only(Role.OFFICER))
def prepare(reference: str) -> Page:
    """Write a draft for each decision that has no letter yet, in the language of its alliance."""
    sitting, form = _find(reference), CheckForm()
    session, actor = current_session(), current_actor()
    texts = {
        item.id: draft_of(described, letters.language_of(item.application))
        for item, described in _described(session, sitting).items()
        if item.awaits_force and item.letter is None
    }

    def act(session: Session) -> object:
        return letters.prepare_letters(session, actor, sitting, texts)

    if refused := save(form, act):
        return _page(sitting, form=form), refused
    flash(gettext("The drafts are written. Read each of them over before the release."), "success")
    return _back_to(reference)


@blueprint.post("/comite/<reference>/lettres/publication")
@access(only(Role.OFFICER))
def publish(reference: str) -> Page:
    """Set the instant of the release, or move it; « now » is the next minute's work of the relay."""
    sitting, form = _find(reference), ReleaseForm()
    inputs = form.read()
    if inputs is None:
        return _page(sitting, release_form=form), 422
    is_now = "now" in request.form
    if inputs["releases_at"] is None and not is_now:
        form.show_problems({"releases_at": ["required"]})
        return _page(sitting, release_form=form), 422
    at = utc_now() if is_now else inputs["releases_at"]
    version = sent_version(request.form)

    def act(session: Session) -> object:
        return schedule_release(session, current_actor(), sitting, at, expected_version=version)

    if refused := save(form, act):
        return _page(sitting, release_form=form), refused
    flash(
        gettext("The decisions are being released. This takes less than a minute.")
        if is_now
        else gettext("The release is set. You can move it until then."),
        "success",
    )
    return _back_to(reference)


@blueprint.get("/comite/<reference>/lettres/<file>")
@access(only(Role.OFFICER))
def edit(reference: str, file: str) -> Page:
    item, form = _find_letter(reference, file), LetterForm()
    form.fill(item.letter)
    return _edit_page(item, form, item.session.version)


@blueprint.post("/comite/<reference>/lettres/<file>")
@access(only(Role.OFFICER))
def change(reference: str, file: str) -> Page:
    item, form = _find_letter(reference, file), LetterForm()
    inputs, version = form.read(), sent_version(request.form)
    if inputs is None:
        return _edit_page(item, form, version_shown(item.session)), 422
    was_set = item.session.releases_at is not None

    def act(session: Session) -> object:
        return letters.edit_letter(session, current_actor(), item, expected_version=version, **inputs)

    if refused := save(form, act):
        return _edit_page(item, form, item.session.version), refused
    flash(gettext("The letter is changed. It has to be read over again."), "success")
    if was_set and item.session.releases_at is None:
        flash(
            gettext("The release that was set is taken back: set it again once every letter is read."), "warning"
        )
    return _back_to(reference)


@blueprint.get("/comite/<reference>/lettres/<file>.pdf")
@access(READERS)
def preview(reference: str, file: str) -> Response:
    """The letter as it will leave, marked as a draft until it has."""
    item = _find_letter(reference, file)
    return _paper(item, _described(current_session(), item.session)[item])


@blueprint.get("/dossiers/<reference>/decision.pdf")
@access(SIGNED_IN)
def of_file(reference: str) -> Response:
    """The letter as it left, for the alliance and the fund's own people. Before the release it does not exist."""
    application: Application = find(current_session(), current_actor(), Application, reference)
    may_read = is_own(application) or current_actor().has_role(*STAFF_ROLES)
    wanted = request.args.get("seance")
    items = [item for item in application.released_items if item.letter is not None]
    item = next((item for item in reversed(items) if wanted in (None, item.session.reference)), None)
    if item is None or not may_read:
        raise NotFound(f"letter of {reference}")
    if not is_own(application):
        log.info("file_read", actor=current_actor().reference, file=reference, part="letter")
    described = letters.describe_letter(item, rank=item.rank, signer="", released_at=item.in_force_at)
    return _paper(item, described)


def _paper(item: AgendaItem, described: dict[str, Any]) -> Response:
    letter = item.letter
    if letter is None:
        raise NotFound(f"letter of {item.application.reference}")
    facts = paper_of(described, letter, contact=current_app.config["FUND_SETTINGS"].contact_email)
    content = letter_pdf(facts, letter.locale, letter.sent_at or utc_now())
    name = f"{'decision' if letter.sent_at else 'projet'}-{item.application.reference}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return Response(content, content_type="application/pdf", headers=headers)


def _described(session: Session, sitting: CommitteeSession) -> dict[AgendaItem, dict[str, Any]]:
    """What each letter that the reader may see states, by its item, in the order of the agenda."""
    signature, ranks = signature_of(session, sitting), letters.ranks_to_come(session, sitting)
    signer = signature["name"] if signature else ""
    return {
        item: letters.describe_letter(item, rank=ranks.get(item.id), signer=signer, released_at=None)
        for item in letters.decisions_for(session, current_actor(), sitting)
    }


def _page(
    sitting: CommitteeSession,
    *,
    form: SchemaForm | None = None,
    release_form: ReleaseForm | None = None,
    ticked: list[str] | None = None,
) -> str:
    session = current_session()
    lines = _described(session, sitting)
    awaited = [item for item in lines if item.awaits_force]
    now = utc_now()
    return render_template(
        "letters/index.html",
        sitting=sitting,
        lines=lines,
        form=form or CheckForm(),
        release_form=release_form or _release_form(sitting),
        ticked=ticked or [],
        writes=current_actor().has_role(Role.OFFICER) and sitting.state is CommitteeState.SIGNED,
        missing_count=sum(item.letter is None for item in awaited),
        to_read=[item for item in awaited if item.letter is not None and not item.letter.is_checked],
        unchecked_count=sitting.count_unchecked_letters(),
        elsewhere_count=sum(item.awaits_force for item in sitting.items) - len(awaited),
        tally=_tally(awaited),
        countdown=_countdown(sitting.releases_at - now) if sitting.releases_at else None,
        is_due=sitting.releases_at is not None and sitting.releases_at <= now,
    )


def _release_form(sitting: CommitteeSession) -> ReleaseForm:
    form = ReleaseForm()
    form.releases_at.data = written(sitting.releases_at, ReleaseInput().fields["releases_at"])
    return form


def _tally(items: list[AgendaItem]) -> list[tuple[Outcome, int, Decimal | None]]:
    """What the release will do: how many of each decision, and for how much where it grants."""
    found = []
    for outcome in DECISIONS:
        chosen = [item for item in items if item.outcome is outcome]
        amount = sum((item.amount or Decimal(0) for item in chosen), Decimal(0))
        if chosen:
            found.append((outcome, len(chosen), amount if outcome is Outcome.FUNDED else None))
    return found


def _countdown(left: timedelta) -> str:
    """« dans 3 heures »."""
    return str(format_timedelta(left, add_direction=True, locale=current_language()))


def _edit_page(item: AgendaItem, form: LetterForm, version: int | str) -> str:
    return render_template(
        "letters/edit.html", item=item, sitting=item.session, letter=item.letter, form=form, version=version
    )


def _find(reference: str) -> CommitteeSession:
    """The session of that reference, once its minutes are signed; before there are no letters (404)."""
    sitting: CommitteeSession = find(current_session(), current_actor(), CommitteeSession, reference)
    if sitting.state not in (CommitteeState.SIGNED, CommitteeState.RELEASED):
        raise NotFound(f"letters of {reference}")
    return sitting


def _find_letter(reference: str, file: str) -> AgendaItem:
    return letters.find_letter(current_session(), current_actor(), _find(reference), file)


def _back_to(reference: str) -> AnyResponse:
    return redirect(url_for(".index", reference=reference), 303)
