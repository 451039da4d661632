"""One's own files: the list, and the page of one."""

from flask import render_template, request
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload
from werkzeug.wrappers import Response

from config.communes import commune_label
from fund.edge.access import SIGNED_IN, access
from fund.edge.requests import current_actor, current_session
from fund.models import Application, Award, Collaborator
from fund.services.call_versions import newer_version
from fund.services.copying import list_sources
from fund.services.listing import Order, paginate
from fund.services.thread import count_unread
from fund.services.writing import EDITABLE
from fund.web.applicant.corrections import marks_of
from fund.web.applicant.feedback import feedback_of
from fund.web.applicant.history import history_of, last_reason
from fund.web.applicant.missing import missing_of
from fund.web.applicant.own import blueprint, may_write, own_file
from fund.web.applicant.parts import DOCUMENTS, PartLink, PartState, parts_of
from fund.web.applicant.standing import stages_of, standing_of
from fund.web.calls import list_current
from fund.web.steps import offers_of
from workflows.application import ApplicationState


@blueprint.get("/mes-dossiers")
@access(SIGNED_IN)
def index() -> str:
    """The person's files, the latest moved first, each with what it waits for; and the calls to answer."""
    mine = select(Collaborator.application_id).where(Collaborator.person_id == current_actor().person_id)
    query = (
        select(Application)
        .where(Application.id.in_(mine), Application.is_test.is_(False))
        .options(
            joinedload(Application.call),
            joinedload(Application.call_version),
            joinedload(Application.lead),
            selectinload(Application.members),
            selectinload(Application.endorsements),
            selectinload(Application.collaborators),
            selectinload(Application.items),
            joinedload(Application.award).selectinload(Award.reports),
        )
    )
    order = Order((Application.moved_at, Application.id))
    page = paginate(current_session(), query, order, cursor=request.args.get("page"))
    files = [(file, standing_of(file, may_write=may_write(file))) for file in page.items]
    unread = count_unread(current_session(), [file.id for file in page.items], for_fund=False)
    return render_template(
        "applicant/index.html", files=files, unread_messages=unread, page=page, calls=list_current()
    )


@blueprint.get("/mes-dossiers/<reference>")
@access(SIGNED_IN)
def show(reference: str) -> str | Response:
    """Where the file stands, what is missing, what can be done, what it says."""
    application = own_file(reference)
    history = history_of(application)
    is_returned = application.state is ApplicationState.RETURNED
    missing = missing_of(application)
    parts = parts_of(application, [gap.part for gap in missing]) if application.state in EDITABLE else []
    return render_template(
        "applicant/show.html",
        parts=parts,
        is_outdated=newer_version(application) is not None,
        may_copy=_may_copy(application, parts),
        application=application,
        standing=standing_of(application, may_write=may_write(application)),
        stages=stages_of(application),
        missing=missing,
        marks=marks_of(application),
        feedback=feedback_of(current_session(), application),
        return_reason=last_reason(history) if is_returned else None,
        history=history,
        offers=offers_of(application),
        may_write=may_write(application),
        unread_messages=count_unread(current_session(), [application.id], for_fund=False).get(application.id, 0),
        commune=commune_label(application.commune_code) if application.commune_code else None,
    )


def _may_copy(application: Application, parts: list[PartLink]) -> bool:
    """Whether copying an earlier file would fill anything."""
    is_draft = application.state is ApplicationState.DRAFT and may_write(application)
    has_room = any(part.state is PartState.EMPTY for part in parts if part.key != DOCUMENTS)
    return is_draft and has_room and bool(list_sources(current_session(), current_actor(), application))
