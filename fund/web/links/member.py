"""A member reads the part that concerns it, and confirms it, asks for a change, or declines."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from fund.edge.access import PUBLIC, access
from fund.edge.labels import label
from fund.edge.limits import limiter
from fund.models import ConsentAnswer, LinkPurpose, Member, PersonalLink
from fund.schemas.alliance import ConsentInput
from fund.services.consents import ANSWERABLE, answer_consent, digest_of_part
from fund.web.alliance.words import describe_changes, describe_share
from fund.web.forms import form_of
from fund.web.links.blueprint import blueprint, follow, guarded
from fund.web.saving import UNUSABLE, save


def _was_refused(response: Response) -> bool:
    return response.status_code in (UNUSABLE, 409)


@blueprint.get("/membre/<text>")
@access(PUBLIC)
@guarded
def member(text: str) -> str:
    link = follow(text, LinkPurpose.CONSENT)
    form = _form()
    form.name.data = link.name
    form.function.data = _member_of(link).representative_function
    return _page(text, link, form)


@blueprint.post("/membre/<text>")
@access(PUBLIC)
@guarded
@limiter.limit("20 per 5 minutes", deduct_when=_was_refused)
def answer(text: str) -> Response | tuple[str, int]:
    """Record the answer; whatever refuses it, the page shows the part as it is now, with what was typed."""
    link = follow(text, LinkPurpose.CONSENT)
    form = _form()
    inputs = form.read()
    if inputs is None:
        return _page(text, link, form), UNUSABLE
    del inputs["mandated"]  # the schema has seen to it
    seen = request.form.get("seen", "")
    if status := save(form, lambda session: answer_consent(session, link, seen=seen, **inputs)):
        return _page(text, link, form), status
    flash(gettext("Your answer is recorded. A message to %(address)s confirms it.", address=link.email), "success")
    return redirect(url_for("links.member", text=text), 303)


def _form() -> Any:
    form = form_of(ConsentInput)()
    # Radio buttons, drawn by the template: three answers are better read than unfolded.
    form.answer.choices = [choice for choice in form.answer.choices if choice.value]
    return form


def _member_of(link: PersonalLink) -> Member:
    if link.member is None:
        raise RuntimeError("a link for a consent is always a member's")
    return link.member


def _page(text: str, link: PersonalLink, form: Any) -> str:
    member = _member_of(link)
    application = member.application
    return render_template(
        "links/member.html",
        text=text,
        member=member,
        application=application,
        part=describe_share(member.describe_part()),
        changes=describe_changes(member),
        others=[other.organisation.name for other in application.members if other is not member],
        form=form,
        answers=[(one, label(one)) for one in ConsentAnswer],
        seen=digest_of_part(member),
        may_answer=application.state in ANSWERABLE,
    )
