"""Repayments (reversements): asked for from the award's page, noted as they come, or given up.

GET       /reversements                        those asked for, by state
GET       /reversements/<ref>                  one demand, its receipts and its steps
POST      /reversements/<ref>/recu             note a sum that came
GET       /reversements/<ref>/demande.pdf      the demand
GET       /reversements/<ref>/quittance-<n>.pdf
GET, POST /attributions/<ref>/reversement      ask for one
GET, POST /attributions/<ref>/reduction        bring the award down to what was earned
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from marshmallow import ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload
from werkzeug.wrappers import Response as AnyResponse

from fund.bank.accounts import grouped_iban
from fund.documents.repayment import repayment_demand_pdf, repayment_receipt_pdf
from fund.edge.access import access, only
from fund.edge.requests import current_actor, current_session
from fund.errors import InvalidInput, NotFound
from fund.models import Award, Disbursement, Repayment
from fund.models.base import utc_now
from fund.schemas.money import ReductionInput, RepaymentInput
from fund.schemas.steps import ReceiveInput
from fund.services import awards, repayments
from fund.services.access import find, visible, visible_to
from fund.services.letters import language_of
from fund.services.listing import Order, paginate
from fund.services.perform import NotEditable, judge_steps
from fund.services.repayment_facts import describe_receipt, describe_repayment
from fund.services.repayments import DAYS_TO_PAY, account_to_pay_to
from fund.services.steps import take_step
from fund.web.forms import SchemaForm, form_of, sent_version, written
from fund.web.lists import chosen, cursor, neighbours
from fund.web.saving import UNUSABLE, save
from fund.web.steps import offers_of
from fund.web.tranches import last_reason
from workflows.award import AwardState
from workflows.engine import paris_day
from workflows.permissions import STAFF_ROLES, Role
from workflows.repayment import RepaymentState, RepaymentStep

blueprint = Blueprint("repayments", __name__)

READERS = only(*STAFF_ROLES, Role.APPLICANT)
ASKERS = only(Role.OFFICER, Role.FINANCE)
EARLIEST_FIRST = Order((Repayment.due_on, Repayment.id), descending=False)
LATEST_FIRST = Order((Repayment.moved_at, Repayment.id))
RECEIVED = (RepaymentStep.RECEIVE, RepaymentStep.RECEIVE_PART)
Page = str | AnyResponse | tuple[str, int]


# --- the desk ------------------------------------------------------------------------------------------------


@blueprint.get("/reversements")
@access(only(*STAFF_ROLES))
def index() -> str:
    state, actor, session = chosen(RepaymentState), current_actor(), current_session()
    query = visible(actor, Repayment).where(Repayment.state == (state or RepaymentState.ASKED))
    query = query.options(joinedload(Repayment.award))
    page = paginate(session, query, LATEST_FIRST if state else EARLIEST_FIRST, cursor=cursor())
    asked = select(func.count(), func.sum(Repayment.amount - Repayment.received_amount)).where(
        visible_to(actor, Repayment), Repayment.state == RepaymentState.ASKED
    )
    count, outstanding = session.execute(asked).one()
    return render_template(
        "repayments/index.html",
        repayments=page.items,
        state=state,
        states=[known for known in RepaymentState if known is not RepaymentState.ASKED],
        count=count,
        outstanding=outstanding or Decimal(0),
        today=paris_day(utc_now()),
        **neighbours(page),
    )


@blueprint.get("/reversements/<reference>")
@access(READERS)
def show(reference: str) -> str:
    return _page(_find(reference), _receipt_form())


@blueprint.post("/reversements/<reference>/recu")
@access(only(Role.FINANCE))
def receive(reference: str) -> Page:
    """Note a sum that came; without an amount, all that is due."""
    repayment, form = _find(reference), _receipt_form()
    inputs = form.read()
    if inputs is None:
        return _page(repayment, form), UNUSABLE
    version = sent_version(request.form)

    def act(session: Session) -> object:
        actor = current_actor()
        return take_step(session, actor, repayment, RepaymentStep.RECEIVE, expected_version=version, inputs=inputs)

    if status := save(form, act):
        return _page(repayment, form), status
    if repayment.is_open:
        flash(gettext("The sum is noted. The rest is still awaited."), "success")
    else:
        flash(gettext("The repayment is received in full."), "success")
    return redirect(url_for(".show", reference=reference), 303)


@blueprint.get("/reversements/<reference>/demande.pdf")
@access(READERS)
def demand(reference: str) -> Response:
    repayment = _find(reference)
    facts = describe_repayment(repayment, contact=_contact())
    content = repayment_demand_pdf(facts, language=_language(repayment), instant=repayment.created_at)
    return _pdf(content, f"reversement-{reference}")


@blueprint.get("/reversements/<reference>/quittance-<int:number>.pdf")
@access(READERS)
def receipt(reference: str, number: int) -> Response:
    repayment = _find(reference)
    if not 1 <= number <= len(repayment.receipts):
        raise NotFound(f"receipt {number} of {reference}")
    facts = describe_receipt(repayment, number, contact=_contact())
    noted_at = repayment.receipts[number - 1].noted_at
    content = repayment_receipt_pdf(facts, language=_language(repayment), instant=noted_at)
    return _pdf(content, f"quittance-{reference}-{number}")


def _page(repayment: Repayment, form: SchemaForm) -> str:
    actor = current_actor()
    may_receive = any(v.allowed and v.step.name in RECEIVED for v in judge_steps(actor, repayment))
    account, is_waived = account_to_pay_to(repayment.award), repayment.state is RepaymentState.WAIVED
    return render_template(
        "repayments/show.html",
        repayment=repayment,
        award=repayment.award,
        account=account,
        iban=grouped_iban(account.iban) if account else None,
        is_staff=actor.has_role(*STAFF_ROLES),
        is_late=repayment.is_open and repayment.due_on < paris_day(utc_now()),
        waived_because=last_reason(repayment, RepaymentStep.WAIVE) if is_waived else None,
        form=form if may_receive else None,
        offers=[one for one in offers_of(repayment) if f"repayment.{one['name']}" not in RECEIVED],
        version=repayment.version,
    )


def _pdf(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return Response(content, content_type="application/pdf", headers=headers)


def _contact() -> str:
    contact: str = current_app.config["FUND_SETTINGS"].contact_email
    return contact


def _language(repayment: Repayment) -> str:
    return language_of(repayment.award.application)


# --- from the award ------------------------------------------------------------------------------------------


@blueprint.get("/attributions/<reference>/reversement")
@access(ASKERS)
def ask(reference: str) -> str:
    award, form = _find_award(reference), _demand_form()
    proposal = repayments.propose(award)
    due_on = paris_day(utc_now()) + timedelta(days=DAYS_TO_PAY)
    _fill(form, amount=proposal.repay if proposal and proposal.repay else None, due_on=due_on)
    return _ask_page(award, form)


@blueprint.post("/attributions/<reference>/reversement")
@access(ASKERS)
def send_demand(reference: str) -> Page:
    award, form = _find_award(reference), _demand_form()
    given = form.read()
    if given is None:
        return _ask_page(award, form), UNUSABLE
    made: list[Repayment] = []

    def act(session: Session) -> object:
        made.append(repayments.ask(session, current_actor(), award, **given))
        return made

    if status := save(form, act):
        return _ask_page(award, form), status
    flash(gettext("The repayment is asked for. The alliance is told how to pay, and by when."), "success")
    return redirect(url_for(".show", reference=made[0].reference), 303)


def _ask_page(award: Award, form: SchemaForm) -> str:
    return render_template(
        "repayments/ask.html",
        award=award,
        proposal=repayments.propose(award),
        account=account_to_pay_to(award),
        form=form,
    )


@blueprint.get("/attributions/<reference>/reduction")
@access(only(Role.OFFICER))
def reduction(reference: str) -> str:
    """Bringing the award down, with what the proposed amount would make of its tranches."""
    award, form = _reducible_award(reference), _reduction_form()
    proposal = repayments.propose(award)
    _fill(form, amount=proposal.reduce_to if proposal else None)
    return _reduction_page(award, form)


@blueprint.post("/attributions/<reference>/reduction")
@access(only(Role.OFFICER))
def reduce(reference: str) -> Page:
    """Bring the award down; the button that only shows what would happen keeps what was typed."""
    award, form = _reducible_award(reference), _reduction_form()
    if "try" in request.form:
        return _reduction_page(award, form)
    given = form.read()
    if given is None:
        return _reduction_page(award, form), UNUSABLE
    amount, reason = given["amount"], given["reason"]

    def act(session: Session) -> object:
        return awards.reduce(session, current_actor(), award, amount, reason=reason)

    if status := save(form, act):
        return _reduction_page(award, form), status
    flash(gettext("The award is brought down; what was not spent is free again in the envelope."), "success")
    return redirect(url_for("awards.show", reference=reference), 303)


def _reduction_page(award: Award, form: Any) -> str:
    amount = _amount_in(form)
    after = _tried(lambda: awards.reduced_tranches(award, amount)) if amount is not None else None
    return render_template(
        "repayments/reduce.html",
        award=award,
        proposal=repayments.propose(award),
        amount=amount,
        after=after,
        freed=award.amount - amount if amount is not None and after is not None else None,
        form=form,
    )


def _amount_in(form: Any) -> Decimal | None:
    """What the field holds, where it can be read as an amount."""
    try:
        amount: Decimal = ReductionInput(partial=True).load({"amount": form.amount.data or ""})["amount"]
    except ValidationError:
        return None
    return amount


def _tried(
    plan: Callable[[], list[tuple[Disbursement, Decimal]]],
) -> list[tuple[Disbursement, Decimal]] | None:
    try:
        return plan()
    except InvalidInput:
        return None


# Elsewhere the amount is that of a grant, and the day that of a tranche: here they have names of their own.


def _demand_form() -> SchemaForm:
    form = form_of(RepaymentInput)()
    return _named(form, amount=gettext("Amount"), due_on=gettext("To be paid back by"))


def _receipt_form() -> SchemaForm:
    return _named(form_of(ReceiveInput)(), amount=gettext("Amount"))


def _reduction_form() -> SchemaForm:
    return _named(form_of(ReductionInput)(), amount=gettext("New amount of the award"))


def _named(form: SchemaForm, **names: str) -> SchemaForm:
    for name, text in names.items():
        form.drawn()[name].label.text = text
    return form


def _fill(form: SchemaForm, **values: Any) -> None:
    for name, value in values.items():
        form.drawn()[name].data = written(value, form.schema().fields[name])


def _reducible_award(reference: str) -> Award:
    award = _find_award(reference)
    if award.state is not AwardState.ACTIVE:
        raise NotEditable(award.state)
    return award


def _find(reference: str) -> Repayment:
    repayment: Repayment = find(current_session(), current_actor(), Repayment, reference)
    return repayment


def _find_award(reference: str) -> Award:
    award: Award = find(current_session(), current_actor(), Award, reference)
    return award
