"""Adding, editing and taking out a member."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from config.communes import commune_label
from config.territories import LEVELS, territory_label
from fund.edge.access import SIGNED_IN, access
from fund.edge.requests import current_actor
from fund.errors import NotFound
from fund.forms.fields import Input
from fund.models import Application, Member
from fund.schemas.alliance import AllianceMemberInput, ShareInput
from fund.services.alliance import (
    MEMBER_FIELDS,
    add_member,
    edit_member,
    find_member,
    fingerprint,
    remove_member,
)
from fund.services.perform import NotEditable, NotPermitted
from fund.web.alliance.blueprint import attempt, blueprint, may_change
from fund.web.alliance.places import COMMUNE, Place, find_place
from fund.web.applicant.own import own_file
from fund.web.forms import form_of, written
from fund.web.saving import REFUSED, UNUSABLE, save
from workflows.permissions import Permission, allows

Page = str | Response | tuple[str, int]
ORGANISATION = ("name", "kind", "siret", "rna")
ORDER = (
    *ORGANISATION,
    "commune",
    "part",
    "contribution",
    "in_kind",
    "skills",
    "skills_note",
    "territory",
    "representative_name",
    "representative_function",
    "representative_email",
)
PLACES = {"commune": COMMUNE, "territory": LEVELS}


class MemberPage:
    """The form of one member (of a new one: None), with the places that were typed in it."""

    def __init__(self, application: Application, member: Member | None) -> None:
        self.application = application
        self.member = member
        self.schema: type[Input] = ShareInput if member is not None and member.is_lead else AllianceMemberInput
        self.form: Any = form_of(self.schema, only=ORDER)()
        self.form.contribution.label.text = gettext("Contribution in money")
        self.places: dict[str, Place] = {}

    def fill(self, member: Member) -> None:
        for name, text in self._recorded(member).items():
            self.form[name].data = text

    def look_up(self) -> None:
        """Find the places; those that are certain are written out."""
        self.places = {name: find_place(request.form, name, levels) for name, levels in PLACES.items()}
        for name, place in self.places.items():
            if place.code:
                self.form[name].data = territory_label(place.code)
            elif place.problem:
                self.form[name].errors = [place.problem]

    def read(self) -> dict[str, Any] | None:
        """What the services take, ``identity`` and ``share``; None where something must be corrected."""
        inputs = self.form.read()
        self.look_up()
        if inputs is None or any(place.problem for place in self.places.values()):
            return None
        commune, territory = (self.places[name].code for name in PLACES)
        identity = {name: inputs[name] for name in ORGANISATION if name in inputs}
        identity["commune_code"] = commune.partition(":")[2] if commune else None
        share = {name: inputs[name] for name in MEMBER_FIELDS if name in inputs}
        return {"identity": identity, "share": {**share, "territory": territory}}

    def show_recorded(self) -> None:
        """Beside each field that differs from what is typed, say what is recorded now."""
        if self.member is None:
            return
        for name, text in self._recorded(self.member).items():
            if text != (self.form[name].data or ""):
                now = text or gettext("nothing")
                self.form[name].description = gettext("Recorded now: %(value)s", value=now)

    def draw(self) -> str:
        return render_template(
            "alliance/member.html",
            application=self.application,
            member=self.member,
            form=self.form,
            places=self.places,
            seen=fingerprint(self.member) if self.member else "",
        )

    def _recorded(self, member: Member) -> dict[str, str]:
        organisation, fields = member.organisation, self.schema().fields
        values = {name: getattr(organisation, name) for name in ORGANISATION}
        values.update({name: getattr(member, name) for name in MEMBER_FIELDS})
        values["commune"] = commune_label(organisation.commune_code) if organisation.commune_code else ""
        values["territory"] = territory_label(member.territory) if member.territory else ""
        return {name: written(values[name], field) for name, field in fields.items()}


@blueprint.get("/mes-dossiers/<reference>/alliance/membres/nouveau")
@access(SIGNED_IN)
def new(reference: str) -> Page:
    return MemberPage(_changeable(reference), None).draw()


@blueprint.post("/mes-dossiers/<reference>/alliance/membres/nouveau")
@access(SIGNED_IN)
def add(reference: str) -> Page:
    """Add the member. A number that is known brings the name under which it is recorded, and says so."""
    application = _changeable(reference)
    page = MemberPage(application, None)
    if request.form.get("action") == "search":
        page.look_up()
        return page.draw()
    given = page.read()
    if given is None:
        return page.draw(), UNUSABLE
    added: list[Member] = []
    actor = current_actor()
    if status := save(page.form, lambda s: added.append(add_member(s, actor, application, **given))):
        return page.draw(), status
    flash(gettext("%(name)s is now a member of the alliance.", name=added[0].organisation.name), "success")
    _say_what_is_known(given["identity"], added[0])
    return redirect(url_for("alliance.show", reference=reference, _anchor=f"member-{added[0].id}"), 303)


@blueprint.get("/mes-dossiers/<reference>/alliance/membres/<int:number>")
@access(SIGNED_IN)
def edit(reference: str, number: int) -> Page:
    application = _changeable(reference)
    member = find_member(application, number)
    page = MemberPage(application, member)
    page.fill(member)
    return page.draw()


@blueprint.post("/mes-dossiers/<reference>/alliance/membres/<int:number>")
@access(SIGNED_IN)
def change(reference: str, number: int) -> Page:
    """Save the member; where a colleague changed it meanwhile, show both and let the writer decide."""
    application = _changeable(reference)
    member = find_member(application, number)
    page = MemberPage(application, member)
    if request.form.get("action") == "search":
        page.look_up()
        return page.draw()
    given = page.read()
    if given is None:
        return page.draw(), UNUSABLE
    seen, actor = request.form.get("seen", ""), current_actor()
    status = save(page.form, lambda s: edit_member(s, actor, application, member, seen=seen, **given))
    if status == REFUSED:
        page.show_recorded()
    if status:
        return page.draw(), status
    flash(gettext("The part of %(name)s is saved.", name=member.organisation.name), "success")
    _say_what_is_known(given["identity"], member)
    return redirect(url_for("alliance.show", reference=reference, _anchor=f"member-{number}"), 303)


@blueprint.get("/mes-dossiers/<reference>/alliance/membres/<int:number>/retirer")
@access(SIGNED_IN)
def confirm_removal(reference: str, number: int) -> Page:
    application = _changeable(reference)
    member = find_member(application, number)
    if member.is_lead:
        raise NotFound("the lead stays")
    return render_template("alliance/remove.html", application=application, member=member)


@blueprint.post("/mes-dossiers/<reference>/alliance/membres/<int:number>/retirer")
@access(SIGNED_IN)
def remove(reference: str, number: int) -> Page:
    application = _changeable(reference)
    member = find_member(application, number)
    name = member.organisation.name
    if attempt(lambda session: remove_member(session, current_actor(), application, member)):
        flash(gettext("%(name)s is no longer a member of the alliance.", name=name), "success")
    return redirect(url_for("alliance.show", reference=reference), 303)


def _changeable(reference: str) -> Application:
    """One's own file, if its alliance can be changed now. Raises NotFound, NotPermitted, NotEditable."""
    application, actor = own_file(reference), current_actor()
    if not allows(Permission.APPLICATION_WRITE, actor, application.relations(actor)):
        raise NotPermitted(Permission.APPLICATION_WRITE)
    if not may_change(application):
        raise NotEditable(application.state)
    return application


def _say_what_is_known(typed: Mapping[str, Any], member: Member) -> None:
    """An organisation that others rely on keeps what is recorded of it: say so where something else was typed."""
    organisation = member.organisation
    if "name" in typed and typed["name"].casefold() != organisation.name.casefold():
        sentence = gettext(
            "The number that you gave for “%(typed)s” is that of “%(name)s”, under which it is recorded.",
            typed=typed["name"],
            name=organisation.name,
        )
        flash(sentence, "warning")
    recorded = organisation.commune_code
    if recorded and typed["commune_code"] not in (None, recorded):
        sentence = gettext(
            "%(name)s keeps the commune under which it is recorded: %(commune)s. If that is wrong, write to us.",
            name=organisation.name,
            commune=commune_label(recorded),
        )
        flash(sentence, "warning")
