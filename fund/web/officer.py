"""The officer's desk: every file in one list, and one file with its tabs. Committee members read it too.

GET  /dossiers                          the list
GET  /dossiers/<ref>                    summary; authors and reviewers are led to their own pages
GET  /dossiers/<ref>/depot              everything that was deposited, in words; ?numero= an earlier deposit
GET  /dossiers/<ref>/alliance           members, people, and what public funders granted to the members
GET  /dossiers/<ref>/documents          what was handed in, with its scan and its earlier versions
GET  /dossiers/<ref>/evaluations        readings, marks side by side, reviewers to choose from
POST /dossiers/<ref>/evaluations        give the file to a reviewer
GET  /dossiers/<ref>/decision           agenda and decision
GET  /dossiers/<ref>/convention         award, tranches, reports
"""

from typing import Any

import structlog
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from config.communes import commune_label
from fund.edge.access import SIGNED_IN, access, only
from fund.edge.fields import field_label
from fund.edge.requests import current_actor, current_session
from fund.errors import NotFound
from fund.models import Application, Review
from fund.models.base import utc_now
from fund.services import reviews as review_verbs
from fund.services.access import find, visible
from fund.services.assignment import find_replacements, reading_due
from fund.services.interest_lists import list_for_file
from fund.services.overdue import WAIVABLE
from fund.services.people import find_person
from fund.services.receipts import find_receipt
from fund.services.thread import count_unread
from fund.web.comparison import corrections_of
from fund.web.documents import views_of
from fund.web.forms import SchemaForm, written
from fund.web.lists import address, neighbours
from fund.web.officer_file import (
    candidates_for,
    reviews_of,
    stages_of,
    summary_of,
    tabs_of,
)
from fund.web.officer_forms import AssignForm
from fund.web.officer_list import FilesForm, FileSort, find_calls, find_files
from fund.web.officer_subsidies import public_grants
from fund.web.reading import read_deposited
from fund.web.saving import UNUSABLE, save
from fund.web.steps import offers_of
from fund.web.tranches import waits_for
from workflows.application import ApplicationState
from workflows.permissions import STAFF_ROLES, Actor, Relation, Role
from workflows.review import ASSIGNING_PHASE

blueprint = Blueprint("officer", __name__)
blueprint.add_app_template_filter(commune_label)
blueprint.add_app_template_filter(field_label)
log = structlog.get_logger()

Page = str | Response | tuple[str, int]
READERS = (*STAFF_ROLES, Role.COMMITTEE, Role.CHAIR)


@blueprint.get("/dossiers")
@access(only(*STAFF_ROLES))
def index() -> Page:
    """All files, filtered and in the order asked for by the query string."""
    session, actor = current_session(), current_actor()
    form = FilesForm(formdata=request.args, meta={"csrf": False})
    form.offer(find_calls(session))
    wanted = form.read({name: request.args[name] for name in ("tri", "page") if name in request.args})
    if wanted is None:
        return render_template("officer/index.html", form=form, page=None, sort=FileSort.LATEST), UNUSABLE
    page = find_files(session, actor, wanted)
    return render_template(
        "officer/index.html",
        form=form,
        page=page,
        sort=wanted["tri"],
        sorts=FileSort,
        unread_messages=count_unread(session, [file.id for file in page.items], for_fund=True),
        address=address,
        neighbours=neighbours(page),
    )


@blueprint.get("/dossiers/<reference>")
@access(SIGNED_IN)
def show(reference: str) -> Page:
    application: Application = find(current_session(), current_actor(), Application, reference)
    if elsewhere := _own_page(current_session(), current_actor(), application):
        return redirect(elsewhere, 303)
    is_staff = current_actor().has_role(*STAFF_ROLES)
    return _page(
        application,
        "officer.show",
        stages=stages_of(application),
        corrections=corrections_of(current_session(), application, with_contact=is_staff),
        overdue_report=_overdue_report(application) if is_staff else None,
        can_waive=current_actor().has_role(Role.OFFICER),
        can_extend=application.state is ApplicationState.RETURNED and current_actor().has_role(Role.OFFICER),
    )


def _overdue_report(application: Application) -> str | None:
    """The report that the lead owes on an earlier grant, as long as a grant may still come of this file."""
    return application.find_overdue_report(utc_now()) if application.state in WAIVABLE else None


def _own_page(session: Session, actor: Actor, application: Application) -> str | None:
    """Where authors and reviewers, who have no desk here, read this file."""
    relations = application.relations(actor)
    if Relation.ENDORSER in relations and actor.has_role(Role.CATALYST) and not actor.has_role(*READERS):
        return url_for("endorsements.show", reference=application.reference)
    if relations and not actor.has_role(*READERS):
        return url_for("applicant.show", reference=application.reference)
    if actor.has_role(*READERS):
        return None
    query = visible(actor, Review).where(
        Review.application_id == application.id, Review.reviewer_id == actor.person_id
    )
    review = session.scalars(query.order_by(Review.id.desc())).first()
    address = url_for("reviewer.show", reference=review.reference) if review else None
    return address or url_for("applicant.show", reference=application.reference)


@blueprint.get("/dossiers/<reference>/depot")
@access(only(*READERS))
def deposited(reference: str) -> Page:
    """Everything that the alliance handed in, last or with an earlier deposit; the contact is for staff only."""
    application = _find(reference)
    number = request.args.get("numero", "")
    receipt = find_receipt(application, int(number)) if number.isdecimal() and len(number) < 4 else None
    with_contact = current_actor().has_role(*STAFF_ROLES)
    return _page(
        application,
        "officer.deposited",
        reading=read_deposited(application, receipt, with_contact=with_contact),
        shown=receipt or (application.receipts[-1] if application.receipts else None),
    )


@blueprint.get("/dossiers/<reference>/alliance")
@access(only(*READERS))
def alliance(reference: str) -> Page:
    application, is_staff = _find(reference), current_actor().has_role(*STAFF_ROLES)
    grants = public_grants(current_session(), application) if is_staff else None
    reading = read_deposited(application)
    return _page(application, "officer.alliance", grants=grants, reading=reading)


@blueprint.get("/dossiers/<reference>/documents")
@access(only(*READERS))
def documents(reference: str) -> Page:
    application = _find(reference)
    return _page(application, "officer.documents", views=views_of(application))


@blueprint.get("/dossiers/<reference>/evaluations")
@access(only(*READERS))
def reviews(reference: str) -> Page:
    application, form = _find(reference), AssignForm()
    form.due_at.data = written(reading_due(application.call, utc_now()), form.schema().fields["due_at"])
    return _reviews_page(application, form)


@blueprint.post("/dossiers/<reference>/evaluations")
@access(only(Role.OFFICER))
def assign(reference: str) -> Page:
    """Give the file to the reviewer chosen."""
    application, form = _find(reference), AssignForm()
    chosen = request.form.get("reviewer", "")
    given = form.read({"application": reference, "reviewer": chosen}) if chosen else None
    if given is None:
        if not chosen:
            form.form_errors.append(gettext("Choose a reviewer."))
        return _reviews_page(application, form), UNUSABLE
    try:
        reviewer = find_person(current_session(), given["reviewer"], role=Role.REVIEWER)
    except NotFound:
        form.form_errors.append(gettext("Choose a reviewer from the list."))
        return _reviews_page(application, form), UNUSABLE

    def act(session: Session) -> object:
        return review_verbs.assign(session, current_actor(), application, reviewer, due_at=given["due_at"])

    if status := save(form, act):
        return _reviews_page(application, form), status
    flash(gettext("The file was given to %(name)s, who is told by e-mail.", name=reviewer.name), "success")
    return redirect(url_for("officer.reviews", reference=reference), 303)


def _reviews_page(application: Application, form: SchemaForm) -> str:
    session, actor = current_session(), current_actor()
    found = reviews_of(session, actor, application)
    can_assign = actor.has_role(Role.OFFICER) and application.state in ASSIGNING_PHASE
    # An author of the file may be of the fund's staff: who is kept off it, and why, is not hers to read.
    sees_ties = actor.has_role(*STAFF_ROLES) and not application.is_interested(actor)
    ties = list_for_file(session, application) if sees_ties else None
    return _page(
        application,
        "officer.reviews",
        reviews=found,
        scores=summary_of(found),
        candidates=candidates_for(session, application, ties) if can_assign and ties is not None else None,
        ties=ties,
        replacements=find_replacements(session, actor, application) if can_assign and ties is not None else [],
        due_at=written(reading_due(application.call, utc_now()), form.schema().fields["due_at"]),
        chosen=request.form.get("reviewer"),
        form=form,
        now=utc_now(),
    )


@blueprint.get("/dossiers/<reference>/decision")
@access(only(*READERS))
def decision(reference: str) -> Page:
    """What the committee made of the file; an author with a desk here reads it as authors do, once released."""
    application = _find(reference)
    if application.is_interested(current_actor()):
        return redirect(url_for("applicant.show", reference=reference), 303)
    return _page(application, "officer.decision")


@blueprint.get("/dossiers/<reference>/convention")
@access(only(*STAFF_ROLES))
def agreement(reference: str) -> Page:
    application = _find(reference)
    tranches = application.award.disbursements if application.award else []
    waiting = [(tranche, waits_for(tranche)) for tranche in tranches]
    return _page(application, "officer.agreement", tranches=waiting)


def _find(reference: str) -> Application:
    application: Application = find(current_session(), current_actor(), Application, reference)
    return application


def _page(application: Application, tab: str, **context: Any) -> str:
    """One tab of a file; that it was read is written in the log (docs/decisions/0005)."""
    actor = current_actor()
    log.info("file_read", actor=actor.reference, file=application.reference, part=tab)
    return render_template(
        f"officer/{tab.partition('.')[2]}.html",
        application=application,
        tabs=tabs_of(actor, application, tab),
        offers=offers_of(application),
        is_staff=actor.has_role(*STAFF_ROLES),
        **context,
    )
