"""Signing with an account: the lead's signatory reads the whole text, and signs it or refuses it.

GET, POST /conventions/<ref>/signer
GET, POST /conventions/<ref>/refuser
"""

from flask import flash, redirect, render_template, request
from flask_babel import gettext
from sqlalchemy.orm import Session

from fund.edge.access import access
from fund.edge.requests import current_actor
from fund.models import Agreement
from fund.services.agreement_facts import asks_contract
from fund.services.perform import NotPermitted
from fund.services.signatures import sign_as
from fund.services.steps import take_step
from fund.web.agreements.forms import refusal_form, signature_form
from fund.web.agreements.overview import address_of_page
from fund.web.agreements.own import SIGNERS, Page, blueprint, find_agreement, name_of
from fund.web.agreements.papers import texts_of
from fund.web.forms import SchemaForm
from fund.web.people import current_person
from fund.web.saving import UNUSABLE, save
from workflows.agreement import AgreementState, AgreementStep
from workflows.permissions import Permission, allows


@blueprint.get("/conventions/<reference>/signer")
@access(SIGNERS)
def sign(reference: str) -> Page:
    agreement = _own(reference)
    if agreement.state is not AgreementState.SENT:
        return redirect(address_of_page(agreement), 303)
    form = _form(agreement)
    person, lead = current_person(), agreement.signers[0]
    form.drawn()["name"].data = person.name if person else ""
    form.drawn()["function"].data = lead.representative_function
    return _page(agreement, form)


@blueprint.post("/conventions/<reference>/signer")
@access(SIGNERS)
def sign_now(reference: str) -> Page:
    agreement = _own(reference)
    form = _form(agreement)
    inputs = form.read({"digest": request.form.get("digest", "")})
    if inputs is None:
        return _page(agreement, form), UNUSABLE
    del inputs["has_read"]  # the schema has seen to it

    def act(session: Session) -> object:
        return sign_as(session, current_actor(), agreement, agreement.signers[0], **inputs)

    if refused := save(form, act):
        return _page(agreement, form), refused
    flash(gettext("Your signature is recorded. Thank you."), "success")
    return redirect(address_of_page(agreement), 303)


@blueprint.get("/conventions/<reference>/refuser")
@access(SIGNERS)
def refusal(reference: str) -> Page:
    return _refusal_page(_own(reference), refusal_form(by_link=False))


@blueprint.post("/conventions/<reference>/refuser")
@access(SIGNERS)
def refuse(reference: str) -> Page:
    agreement, form = _own(reference), refusal_form(by_link=False)
    inputs = form.read()
    if inputs is None:
        return _refusal_page(agreement, form), UNUSABLE

    def act(session: Session) -> object:
        return take_step(session, current_actor(), agreement, AgreementStep.REFUSE, inputs=inputs)

    if refused := save(form, act):
        return _refusal_page(agreement, form), refused
    flash(gettext("Your refusal is recorded, and the fund is told."), "success")
    return redirect(address_of_page(agreement), 303)


def _refusal_page(agreement: Agreement, form: SchemaForm) -> str:
    return render_template("agreements/refusal.html", agreement=agreement, name=name_of(agreement), form=form)


def _own(reference: str) -> Agreement:
    """The agreement, for the signatory of the lead. Raises NotFound, NotPermitted."""
    agreement, actor = find_agreement(reference), current_actor()
    if not allows(Permission.AGREEMENT_ANSWER, actor, agreement.relations(actor)):
        raise NotPermitted(Permission.AGREEMENT_ANSWER)
    return agreement


def _form(agreement: Agreement) -> SchemaForm:
    return signature_form(asks_contract=asks_contract(agreement, agreement.signers[0]))


def _page(agreement: Agreement, form: SchemaForm) -> str:
    return render_template(
        "agreements/sign.html",
        agreement=agreement,
        name=name_of(agreement),
        organisation=agreement.signers[0].organisation.name,
        form=form,
        text=texts_of(agreement),
    )
