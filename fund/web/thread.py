"""The thread of a file: the alliance's page, the officer's tab, and the officers' list of threads.

GET, POST /mes-dossiers/<ref>/echanges   the alliance's side
GET       /dossiers/<ref>/echanges       the fund's side, a tab of the file
GET, POST /echanges/<ref>                the fund's side of any thread, drafts' too; of those the thread alone
GET       /echanges                      every thread, the latest message first
"""

import structlog
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import MultipleFileField, TextAreaField
from wtforms.validators import InputRequired

from fund.edge.access import SIGNED_IN, access, only
from fund.edge.requests import current_actor, current_session, writing
from fund.forms.fields import PageInput, Text
from fund.models import Application, ThreadMessage
from fund.services import thread
from fund.services.access import find_thread
from fund.storage.blobs import SIZE_LIMIT
from fund.web.applicant.own import own_file
from fund.web.documents import desk, upload_of
from fund.web.forms import SchemaForm
from fund.web.inbox import LARGEST_ID
from fund.web.officer_file import tabs_of
from fund.web.saving import save
from fund.web.steps import offers_of
from workflows.permissions import STAFF_ROLES

blueprint = Blueprint("thread", __name__)
log = structlog.get_logger()

Page = str | Response | tuple[str, int]
PAGE_SIZE = 25


class MessageInput(PageInput):
    body = Text(maximum=thread.BODY_LENGTH)


class MessageForm(SchemaForm):
    """What is written and attached; the files are read by hand, for a form is sent again without them."""

    schema = MessageInput
    body = TextAreaField(
        _l("Your message"), [InputRequired()], render_kw={"rows": 6, "maxlength": thread.BODY_LENGTH}
    )
    files = MultipleFileField(_l("Documents to attach"))


# --- the alliance --------------------------------------------------------------------------------------------


@blueprint.get("/mes-dossiers/<reference>/echanges")
@access(SIGNED_IN)
def show(reference: str) -> Page:
    application = own_file(reference)
    _note_reading(application, from_fund=False)
    return _own_page(application, MessageForm())


@blueprint.post("/mes-dossiers/<reference>/echanges")
@access(SIGNED_IN)
def write(reference: str) -> Page:
    application, form = own_file(reference), MessageForm()
    if status := _send(application, form, from_fund=False):
        return _own_page(application, form), status
    flash(gettext("Your message is sent to the fund’s team."), "success")
    return redirect(url_for(".show", reference=reference, _anchor="last"), 303)


def _own_page(application: Application, form: MessageForm) -> str:
    return render_template("thread/show.html", **_context(application, form, from_fund=False))


# --- the fund ------------------------------------------------------------------------------------------------


@blueprint.get("/echanges")
@access(only(*STAFF_ROLES))
def index() -> str:
    """The threads; ``avant`` is the number of the last message of the page before."""
    before = request.args.get("avant", type=int)
    if before is not None and not 0 <= before <= LARGEST_ID:
        abort(404)
    found = thread.list_threads(current_session(), current_actor(), before_id=before, limit=PAGE_SIZE + 1)
    shown = found[:PAGE_SIZE]
    return render_template(
        "thread/index.html",
        threads=shown,
        next_before=shown[-1].last.id if len(found) > PAGE_SIZE else None,
        is_first=before is None,
    )


@blueprint.get("/dossiers/<reference>/echanges")
@access(only(*STAFF_ROLES))
def of_file(reference: str) -> Page:
    """The thread as a tab; a draft, which has no tabs for the fund, is led to the thread alone."""
    application = find_thread(current_session(), current_actor(), reference)
    if application.submitted_at is None:
        return redirect(url_for(".answer", reference=reference), 303)
    _note_reading(application, from_fund=True)
    return _fund_page(application, MessageForm())


@blueprint.get("/echanges/<reference>")
@access(only(*STAFF_ROLES))
def answer(reference: str) -> Page:
    application = find_thread(current_session(), current_actor(), reference)
    if application.submitted_at is not None:
        return redirect(url_for(".of_file", reference=reference), 303)
    _note_reading(application, from_fund=True)
    return _fund_page(application, MessageForm())


@blueprint.post("/echanges/<reference>")
@access(only(*STAFF_ROLES))
def send(reference: str) -> Page:
    application, form = find_thread(current_session(), current_actor(), reference), MessageForm()
    if status := _send(application, form, from_fund=True):
        return _fund_page(application, form), status
    flash(gettext("Your message is sent to the alliance."), "success")
    return redirect(url_for(".answer", reference=reference, _anchor="last"), 303)


def _fund_page(application: Application, form: MessageForm) -> str:
    actor = current_actor()
    log.info("file_read", actor=actor.reference, file=application.reference, part="thread")
    context = _context(application, form, from_fund=True)
    if application.submitted_at is None:
        return render_template("thread/draft.html", **context)
    return render_template(
        "officer/thread.html",
        **context,
        tabs=tabs_of(actor, application, "thread.of_file"),
        offers=offers_of(application),
        is_staff=True,
    )


# --- both ----------------------------------------------------------------------------------------------------


def _context(application: Application, form: MessageForm, *, from_fund: bool) -> dict[str, object]:
    return {
        "application": application,
        "form": form,
        "thread": thread.read_thread(current_session(), application, from_fund=from_fund),
        "from_fund": from_fund,
        "may_post": thread.may_post(current_actor(), application, from_fund=from_fund),
        "maximum": SIZE_LIMIT,
        "attachments_maximum": thread.ATTACHMENTS_MAXIMUM,
    }


def _send(application: Application, form: MessageForm, *, from_fund: bool) -> int | None:
    """None when the message is sent, else the status of the page that says why not, with what was typed."""
    given = form.read()
    if given is None:
        return 422
    uploads = [upload_of(sent) for sent in request.files.getlist("files") if sent.filename]

    def act(session: Session) -> ThreadMessage:
        return thread.post_message(
            session,
            current_actor(),
            application,
            from_fund=from_fund,
            body=given["body"],
            uploads=uploads,
            desk=desk(),
        )

    return save(form, act)


def _note_reading(application: Application, *, from_fund: bool) -> None:
    """Opening the page is reading it. Those who only look on for the fund (an auditor) read for nobody."""
    actor = current_actor()
    if request.method == "HEAD" or (from_fund and not thread.may_post(actor, application, from_fund=True)):
        return
    with writing() as session:
        thread.mark_read(session, actor, application, from_fund=from_fund)
