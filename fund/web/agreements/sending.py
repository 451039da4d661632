"""Preparing an agreement and having it signed: what only the fund's officers do.

GET, POST /conventions/<ref>/reglages                 who signs for the fund, whether every member signs, language
GET, POST /conventions/<ref>/signataires/<member>     who signs for a member, while it is a draft
GET, POST /conventions/<ref>/envoyer                  read over, and send
GET, POST /conventions/<ref>/liens/<member>           send a link again
GET, POST /conventions/<ref>/copie                    file the copy that was signed by hand
"""

from flask import flash, redirect, render_template, request
from flask_babel import gettext
from sqlalchemy.orm import Session
from wtforms import HiddenField

from fund.edge.access import access
from fund.edge.requests import current_actor
from fund.edge.sentences import problem_sentence
from fund.forms.fields import Problem
from fund.models import Agreement, Member
from fund.schemas.steps import SendAgreementInput
from fund.services import agreements
from fund.services.agreement_facts import asks_contract, digest_of, represented_by
from fund.services.agreements import address_of
from fund.services.alliance import find_member
from fund.services.perform import NotEditable
from fund.services.signatures import file_copy
from fund.storage.blobs import SIZE_LIMIT
from fund.web.agreements.forms import address_form, copy_form, settings_form, signer_form
from fund.web.agreements.overview import address_of_page
from fund.web.agreements.own import WRITERS, Page, blueprint, find_agreement, name_of
from fund.web.agreements.papers import facts_of, texts_of
from fund.web.documents import desk, upload_of
from fund.web.forms import SchemaForm, sent_version
from fund.web.lists import version_shown
from fund.web.saving import UNUSABLE, save
from workflows.agreement import AgreementState

# --- how it is signed ----------------------------------------------------------------------------------------


@blueprint.get("/conventions/<reference>/reglages")
@access(WRITERS)
def settings(reference: str) -> Page:
    agreement, form = _in_state(reference, AgreementState.DRAFT), settings_form()
    for name, field in form.drawn().items():
        field.data = getattr(agreement, name)
    return _settings_page(agreement, form)


@blueprint.post("/conventions/<reference>/reglages")
@access(WRITERS)
def set_settings(reference: str) -> Page:
    agreement, form, version = find_agreement(reference), settings_form(), sent_version(request.form)
    inputs = form.read()
    if inputs is None:
        return _settings_page(agreement, form), UNUSABLE
    inputs["locale"] = inputs["locale"].value

    def act(session: Session) -> object:
        return agreements.edit(session, current_actor(), agreement, expected_version=version, **inputs)

    if refused := save(form, act):
        return _settings_page(agreement, form), refused
    flash(gettext("The settings are saved."), "success")
    return redirect(address_of_page(agreement), 303)


def _settings_page(agreement: Agreement, form: SchemaForm) -> str:
    return _form_page(
        agreement,
        form,
        title=gettext("How it is signed"),
        lead=gettext("Everybody who signs receives a personal link. Whoever sends it signs for the fund."),
        submit=gettext("Save"),
    )


# --- who signs for a member ----------------------------------------------------------------------------------


@blueprint.get("/conventions/<reference>/signataires/<int:member_id>")
@access(WRITERS)
def signer(reference: str, member_id: int) -> Page:
    agreement, form = _in_state(reference, AgreementState.DRAFT), signer_form()
    member = find_member(agreement.award.application, member_id)
    known = {
        "name": represented_by(member),
        "function": member.representative_function,
        "email": address_of(member),
    }
    for name, field in form.drawn().items():
        field.data = known[name]
    return _signer_page(agreement, member, form)


@blueprint.post("/conventions/<reference>/signataires/<int:member_id>")
@access(WRITERS)
def set_signer(reference: str, member_id: int) -> Page:
    agreement, form, version = find_agreement(reference), signer_form(), sent_version(request.form)
    member = find_member(agreement.award.application, member_id)
    inputs = form.read()
    if inputs is None:
        return _signer_page(agreement, member, form), UNUSABLE

    def act(session: Session) -> object:
        return agreements.set_signer(
            session, current_actor(), agreement, member, expected_version=version, **inputs
        )

    if refused := save(form, act):
        return _signer_page(agreement, member, form), refused
    flash(gettext("Who signs for %(name)s is saved.", name=member.organisation.name), "success")
    return redirect(address_of_page(agreement), 303)


def _signer_page(agreement: Agreement, member: Member, form: SchemaForm) -> str:
    return _form_page(
        agreement,
        form,
        title=gettext("Who signs for %(name)s", name=member.organisation.name),
        lead=gettext("A person who is entitled to commit this organisation. The name stands on the paper."),
        submit=gettext("Save"),
    )


# --- sending -------------------------------------------------------------------------------------------------


class SendForm(SchemaForm):
    """The hash of what is on the page: nothing else is sent with it."""

    schema = SendAgreementInput
    digest = HiddenField()


@blueprint.get("/conventions/<reference>/envoyer")
@access(WRITERS)
def send(reference: str) -> Page:
    return _sending_page(_in_state(reference, AgreementState.DRAFT), SendForm())


@blueprint.post("/conventions/<reference>/envoyer")
@access(WRITERS)
def send_now(reference: str) -> Page:
    agreement, form, version = find_agreement(reference), SendForm(), sent_version(request.form)
    inputs = form.read()
    if inputs is None:
        return _sending_page(agreement, form), UNUSABLE

    def act(session: Session) -> object:
        return agreements.send(session, current_actor(), agreement, expected_version=version, inputs=inputs)

    if refused := save(form, act):
        return _sending_page(agreement, form), refused
    flash(gettext("It is sent: everybody who signs receives a link of their own."), "success")
    return redirect(address_of_page(agreement), 303)


def _sending_page(agreement: Agreement, form: SendForm) -> str:
    # Drawn anew each time: after a refusal the page bears the hash of what it shows now.
    form.digest.data = digest_of(facts_of(agreement))
    return render_template(
        "agreements/send.html",
        agreement=agreement,
        name=name_of(agreement),
        form=form,
        text=texts_of(agreement),
        signers=[
            (
                member.organisation.name,
                represented_by(member),
                address_of(member),
                asks_contract(agreement, member),
            )
            for member in agreement.signers
        ],
    )


@blueprint.get("/conventions/<reference>/liens/<int:member_id>")
@access(WRITERS)
def link(reference: str, member_id: int) -> Page:
    agreement, form = _in_state(reference, AgreementState.SENT), address_form()
    member = find_member(agreement.award.application, member_id)
    form.drawn()["email"].data = address_of(member)
    return _link_page(agreement, member, form)


@blueprint.post("/conventions/<reference>/liens/<int:member_id>")
@access(WRITERS)
def send_link(reference: str, member_id: int) -> Page:
    agreement, form = find_agreement(reference), address_form()
    member = find_member(agreement.award.application, member_id)
    inputs = form.read()
    if inputs is None:
        return _link_page(agreement, member, form), UNUSABLE
    email = inputs["email"]

    def act(session: Session) -> None:
        agreements.send_again(session, current_actor(), agreement, member, email=email)

    if refused := save(form, act):
        return _link_page(agreement, member, form), refused
    flash(
        gettext("A new link is sent to %(address)s. The former one is no longer good.", address=email), "success"
    )
    return redirect(address_of_page(agreement), 303)


def _link_page(agreement: Agreement, member: Member, form: SchemaForm) -> str:
    return _form_page(
        agreement,
        form,
        title=gettext("Send %(name)s a new link", name=member.organisation.name),
        lead=gettext("The former link is no longer good from then on. The new one is good for 60 days."),
        submit=gettext("Send the link"),
    )


# --- on paper ------------------------------------------------------------------------------------------------


@blueprint.get("/conventions/<reference>/copie")
@access(WRITERS)
def copy(reference: str) -> Page:
    return _copy_page(_in_state(reference, AgreementState.SENT), copy_form())


@blueprint.post("/conventions/<reference>/copie")
@access(WRITERS)
def file_signed_copy(reference: str) -> Page:
    agreement, form = find_agreement(reference), copy_form()
    inputs, sent = form.read(), request.files.get("file")
    if sent is None or not sent.filename:
        return _copy_page(agreement, form, file_error=problem_sentence(Problem("file_absent"))), UNUSABLE
    if inputs is None:
        return _copy_page(agreement, form), UNUSABLE
    upload = upload_of(sent)

    def act(session: Session) -> object:
        return file_copy(session, current_actor(), agreement, upload, desk=desk(), **inputs)

    if refused := save(form, act):
        return _copy_page(agreement, form), refused
    flash(gettext("The signed copy is filed, and the agreement is in force."), "success")
    return redirect(address_of_page(agreement), 303)


def _copy_page(agreement: Agreement, form: SchemaForm, *, file_error: str = "") -> str:
    return render_template(
        "agreements/copy.html",
        agreement=agreement,
        name=name_of(agreement),
        form=form,
        file_error=file_error,
        maximum=SIZE_LIMIT,
    )


# --- shared --------------------------------------------------------------------------------------------------


def _in_state(reference: str, state: AgreementState) -> Agreement:
    """The agreement, if it stands where the page makes sense. Raises NotFound, NotEditable."""
    agreement = find_agreement(reference)
    if agreement.state is not state:
        raise NotEditable(agreement.state)
    return agreement


def _form_page(agreement: Agreement, form: SchemaForm, *, title: str, lead: str, submit: str) -> str:
    return render_template(
        "agreements/form.html",
        agreement=agreement,
        form=form,
        fields=list(form.drawn().values()),
        version=version_shown(agreement),
        title=title,
        lead=lead,
        submit=submit,
    )
