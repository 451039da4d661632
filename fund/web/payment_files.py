"""Files of transfers for the bank: what can go into one, and each that was made.

GET, POST /versements/fichiers                      the approved tranches, ticked into a file; the files so far
GET       /versements/fichiers/<ref>                one file: its transfers and what the bank answered, its steps
GET       /versements/fichiers/<ref>/virements.xml  the file for the bank, the same bytes each time
GET       /versements/fichiers/<ref>/bordereau.pdf  the control sheet beside it
"""

from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal

import structlog
from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from werkzeug.wrappers import Response as AnyResponse
from wtforms import StringField
from wtforms.validators import InputRequired
from wtforms.widgets import DateInput

from fund.bank.accounts import masked_iban
from fund.bank.business_days import next_business_day
from fund.bank.return_reasons import return_reason
from fund.documents.control_sheet import control_sheet_pdf
from fund.documents.words import grouped_digest
from fund.edge.access import access, only
from fund.edge.i18n import current_language
from fund.edge.requests import current_actor, current_session
from fund.edge.sentences import reason_sentence
from fund.models import BankAccount, Disbursement, PaymentFile
from fund.models.base import utc_now
from fund.schemas.payments import PaymentFileInput
from fund.services import payment_files
from fund.services.access import find, visible, visible_to
from fund.services.listing import Order, paginate
from fund.services.payment_files import execution_days
from fund.web.forms import SchemaForm
from fund.web.lists import cursor, neighbours
from fund.web.saving import UNUSABLE, save
from fund.web.steps import offers_of
from fund.web.tranches import last_reason
from workflows.engine import paris_day
from workflows.payment_file import PaymentFileStep
from workflows.permissions import STAFF_ROLES, Role
from workflows.reasons import Reason

blueprint = Blueprint("payment_files", __name__)
log = structlog.get_logger()

READERS = only(*STAFF_ROLES)
# The file has whole account numbers, and moves money where it is handed to the bank.
HOLDERS = only(Role.FINANCE, Role.AUDITOR)
LATEST_FIRST = Order((PaymentFile.id,))
SUM_ONLY = "sum"
Page = str | AnyResponse | tuple[str, int]


class PaymentFileForm(SchemaForm):
    """The day of a file; its tranches are ticked in the table."""

    schema = PaymentFileInput
    execution_on = StringField(_l("Day of execution"), [InputRequired()], widget=DateInput())


@blueprint.get("/versements/fichiers")
@access(READERS)
def index() -> Page:
    form = PaymentFileForm()
    form.execution_on.data = next_business_day(paris_day(utc_now())).isoformat()
    return _page(form, ticked=None)


@blueprint.post("/versements/fichiers")
@access(only(Role.FINANCE))
def make() -> Page:
    """Make a file of what is ticked, or only add it up; a refusal keeps the ticks and the day."""
    form, ticked = PaymentFileForm(), set(request.form.getlist("tranches"))
    if request.form.get("do") == SUM_ONLY:
        return _page(form, ticked)
    given = form.read()
    if given is None:
        return _page(form, ticked), UNUSABLE
    made: list[PaymentFile] = []

    def act(session: Session) -> None:
        tranches = _chosen(session, ticked)
        made.append(payment_files.make_file(session, current_actor(), tranches, **given))

    if status := save(form, act):
        return _page(form, ticked), status
    flash(
        gettext("The file is made. Download it, hand it to the bank, then note here that the bank has it."),
        "success",
    )
    return redirect(url_for(".show", reference=made[0].reference), 303)


def _chosen(session: Session, references: Collection[str]) -> list[Disbursement]:
    """What is ticked, of what exists for the actor; what does not can no longer be ticked on the page."""
    query = visible(current_actor(), Disbursement).where(Disbursement.reference.in_(references))
    return list(session.scalars(query.options(joinedload(Disbursement.award))))


def _page(form: PaymentFileForm, ticked: Collection[str] | None) -> str:
    """``ticked`` None: the first funder's, all of them, as a fund has one mostly."""
    session, actor = current_session(), current_actor()
    groups = payment_files.payable(session, actor)
    query = visible(actor, PaymentFile).options(
        joinedload(PaymentFile.debtor).joinedload(BankAccount.organisation), joinedload(PaymentFile.made_by)
    )
    page = paginate(session, query, LATEST_FIRST, cursor=cursor())
    if ticked is None:
        ticked = {one.tranche.reference for one in groups[0][1] if not one.reasons} if groups else set()
    chosen = [one.tranche for _, found in groups for one in found if one.tranche.reference in ticked]
    first, last = execution_days(paris_day(utc_now()))
    return render_template(
        "payment_files/index.html",
        form=form,
        groups=groups,
        speaks_against=lambda one: _sentences(one.reasons),
        ticked=ticked,
        count=len(chosen),
        total=sum((tranche.amount for tranche in chosen), Decimal(0)),
        first_day=first,
        last_day=last,
        may_make=actor.has_role(Role.FINANCE),
        files=page.items,
        **neighbours(page),
    )


def _sentences(reasons: Iterable[Reason]) -> list[str]:
    return [reason_sentence(reason) for reason in reasons]


@blueprint.get("/versements/fichiers/<reference>")
@access(READERS)
def show(reference: str) -> str:
    session, actor, file = current_session(), current_actor(), _find(reference)
    orders = payment_files.orders_of(session, file)
    seen = select(Disbursement.id).where(
        Disbursement.id.in_([order.disbursement_id for order in orders]), visible_to(actor, Disbursement)
    )
    return render_template(
        "payment_files/show.html",
        file=file,
        orders=orders,
        seen=set(session.scalars(seen)),
        awaited=sum(order.is_unanswered for order in orders),
        doubts=[(order, _sentences(reasons)) for order, reasons in payment_files.second_thoughts(orders)],
        offers=offers_of(file),
        cancelled_because=last_reason(file, PaymentFileStep.CANCEL),
        may_hold=actor.has_role(Role.FINANCE, Role.AUDITOR),
        is_late=_is_late(file),
        digest_in_groups=grouped_digest(file.sha256),
        mask=masked_iban,
        return_words=return_words,
    )


def return_words(code: str) -> str:
    """Why money came back, in the reader's language."""
    return return_reason(code).of(current_language())


def _is_late(file: PaymentFile) -> date | None:
    """The day asked for, where it is past and the bank was not noted to have the file."""
    is_past = file.execution_on < paris_day(utc_now())
    return file.execution_on if is_past and file.state is file.workflow.initial else None


@blueprint.get("/versements/fichiers/<reference>/virements.xml")
@access(HOLDERS)
def download(reference: str) -> Response:
    file = _find(reference)
    log.info("file_read", actor=current_actor().reference, file=file.reference, part="virements.xml")
    return _attachment(file.content, "application/xml", f"{file.message_id}.xml")


@blueprint.get("/versements/fichiers/<reference>/bordereau.pdf")
@access(READERS)
def control_sheet(reference: str) -> Response:
    file = _find(reference)
    facts = payment_files.control_facts(current_session(), file)
    paper = control_sheet_pdf(facts, current_language(), file.created_at)
    return _attachment(paper, "application/pdf", f"{file.message_id}-bordereau.pdf")


def _attachment(content: bytes, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, mimetype=None, content_type=media_type, headers=headers)


def _find(reference: str) -> PaymentFile:
    file: PaymentFile = find(current_session(), current_actor(), PaymentFile, reference)
    return file
