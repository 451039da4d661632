"""Whoever signs for a member of an alliance reads the whole agreement, and signs or refuses it by a link."""

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from fund.edge.access import PUBLIC, access
from fund.edge.limits import limiter
from fund.edge.requests import current_session
from fund.models import Agreement, LinkPurpose, Member, PersonalLink
from fund.services.agreement_facts import asks_contract
from fund.services.agreements import missing_signers
from fund.services.signatures import agreement_of_link, refuse_by_link, sign_by_link, signer_of_link
from fund.web.agreements.forms import refusal_form, signature_form
from fund.web.agreements.own import name_of
from fund.web.agreements.papers import send_paper, texts_of
from fund.web.forms import SchemaForm
from fund.web.links.blueprint import blueprint, follow, guarded
from fund.web.saving import REFUSED, UNUSABLE, save
from workflows.agreement import AgreementState

Page = str | AnyResponse | tuple[str, int]


def _was_refused(response: Response) -> bool:
    return response.status_code in (UNUSABLE, REFUSED)


@blueprint.get("/signature/<text>")
@access(PUBLIC)
@guarded
def agreement(text: str) -> Page:
    link, agreed, member = _find(text)
    form = signature_form(asks_contract=asks_contract(agreed, member))
    form.drawn()["name"].data = link.name
    form.drawn()["function"].data = member.representative_function
    return _page(text, link, form)


@blueprint.get("/signature/<text>/convention.pdf")
@access(PUBLIC)
@guarded
def agreement_pdf(text: str) -> Response:
    return send_paper(_find(text)[1])


@blueprint.post("/signature/<text>")
@access(PUBLIC)
@guarded
@limiter.limit("20 per 5 minutes", deduct_when=_was_refused)
def sign(text: str) -> Page:
    """Record the signature; whatever refuses it, the page shows the text as it is now, with what was typed."""
    link, agreed, member = _find(text)
    form = signature_form(asks_contract=asks_contract(agreed, member))
    inputs = form.read({"digest": request.form.get("digest", "")})
    if inputs is None:
        return _page(text, link, form), UNUSABLE
    del inputs["has_read"]  # the schema has seen to it
    if refused := save(form, lambda session: sign_by_link(session, link, **inputs)):
        return _page(text, link, form), refused
    flash(gettext("Your signature is recorded. Thank you."), "success")
    return redirect(url_for("links.agreement", text=text), 303)


@blueprint.get("/signature/<text>/refus")
@access(PUBLIC)
@guarded
def refusal(text: str) -> Page:
    link, agreed, member = _find(text)
    form = refusal_form(by_link=True)
    form.drawn()["name"].data = link.name
    return _refusal_page(text, agreed, member, form)


@blueprint.post("/signature/<text>/refus")
@access(PUBLIC)
@guarded
@limiter.limit("20 per 5 minutes", deduct_when=_was_refused)
def refuse(text: str) -> Page:
    link, agreed, member = _find(text)
    form = refusal_form(by_link=True)
    inputs = form.read()
    if inputs is None:
        return _refusal_page(text, agreed, member, form), UNUSABLE
    if refused := save(form, lambda session: refuse_by_link(session, link, **inputs)):
        return _refusal_page(text, agreed, member, form), refused
    flash(gettext("Your refusal is recorded, and the fund is told."), "success")
    return redirect(url_for("links.agreement", text=text), 303)


def _find(text: str) -> tuple[PersonalLink, Agreement, Member]:
    """The living link, the agreement, and the member for which its holder signs. Raises NotFound, DeadLink."""
    link = follow(text, LinkPurpose.AGREEMENT)
    agreed = agreement_of_link(current_session(), link)
    return link, agreed, signer_of_link(agreed, link)


def _page(text: str, link: PersonalLink, form: SchemaForm) -> str:
    # Read anew: what refused a signature may have changed the agreement.
    agreed = agreement_of_link(current_session(), link)
    member, missing = signer_of_link(agreed, link), missing_signers(agreed)
    own = next((one for one in agreed.valid_signatures if one.member_id == member.id), None)
    return render_template(
        "links/agreement.html",
        link_text=text,
        agreement=agreed,
        name=name_of(agreed),
        member=member,
        organisation=member.organisation.name,
        may_sign=agreed.state is AgreementState.SENT and member in missing,
        signature=own,
        awaited=[one.organisation.name for one in missing] if agreed.state is AgreementState.SENT else [],
        form=form,
        text=texts_of(agreed),
    )


def _refusal_page(text: str, agreed: Agreement, member: Member, form: SchemaForm) -> str:
    return render_template(
        "links/refusal.html",
        link_text=text,
        agreement=agreed,
        name=name_of(agreed),
        organisation=member.organisation.name,
        may_refuse=agreed.state is AgreementState.SENT and member in missing_signers(agreed),
        form=form,
    )
