"""One's own files: the list, and the page of one."""

from flask import render_template, request
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload
from werkzeug.wrappers import Response

from config.communes import commune_label
from fund.edge.access import SIGNED_IN, access
from fund.edge.fields import field_label
from fund.edge.requests import current_actor, current_session
from fund.models import Application, Award, Collaborator
from fund.services.listing import Order, paginate
from fund.web.applicant.history import history_of, last_reason
from fund.web.applicant.missing import missing_of
from fund.web.applicant.own import blueprint, may_write, own_file
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
        .where(Application.id.in_(mine))
        .options(
            joinedload(Application.call),
            selectinload(Application.collaborators),
            selectinload(Application.items),
            joinedload(Application.award).selectinload(Award.reports),
        )
    )
    order = Order((Application.moved_at, Application.id))
    page = paginate(current_session(), query, order, cursor=request.args.get("page"))
    files = [(file, standing_of(file, may_write=may_write(file))) for file in page.items]
    return render_template("applicant/index.html", files=files, page=page, calls=list_current())


@blueprint.get("/mes-dossiers/<reference>")
@access(SIGNED_IN)
def show(reference: str) -> str | Response:
    """Where the file stands, what is missing, what can be done, what it says."""
    application = own_file(reference)
    history = history_of(application)
    is_returned = application.state is ApplicationState.RETURNED
    return render_template(
        "applicant/show.html",
        application=application,
        standing=standing_of(application, may_write=may_write(application)),
        stages=stages_of(application),
        missing=missing_of(application),
        corrections=corrections_of(application),
        return_reason=last_reason(history) if is_returned else None,
        history=history,
        offers=offers_of(application),
        may_write=may_write(application),
        commune=commune_label(application.commune_code) if application.commune_code else None,
    )


def corrections_of(application: Application) -> list[tuple[str, str, str]]:
    """What is to be corrected while the file is returned: field, its name on screen, what is wrong with it."""
    if application.state is not ApplicationState.RETURNED:
        return []
    return [(name, field_label(name), str(text)) for name, text in application.corrections.items() if text]
