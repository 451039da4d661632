"""The profile of who reads or decides: written by herself, or by an officer."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session, joinedload
from werkzeug.wrappers import Response

from config.territories import LEVELS
from config.vocabularies import levers, sdgs
from fund.edge.access import access, only
from fund.edge.requests import current_actor, current_session, writing
from fund.edge.sentences import problem_sentence
from fund.models import Application, Person, Review
from fund.models.application import ENGAGED_REVIEWS
from fund.models.base import utc_now
from fund.services import reviewers
from fund.services.access import visible
from fund.services.invitations import find_pending
from fund.web.alliance.places import Place, find_place
from fund.web.forms import SchemaForm
from fund.web.reviewers.forms import AffiliationForm, EndForm, OrganisationForm, ProfileForm, TerritoryForm, apart
from fund.web.reviewers.own import JUDGES, WATCHERS, blueprint, find_judge
from fund.web.saving import UNUSABLE, save
from workflows.engine import paris_day
from workflows.permissions import Role

Page = str | Response | tuple[str, int]
READINGS_SHOWN = 100


@blueprint.get("/evaluations/profil")
@access(only(*JUDGES))
def own() -> Response:
    return redirect(url_for("reviewers.show", reference=current_actor().reference), 303)


@blueprint.get("/evaluateurs/<reference>")
@access(only(*JUDGES, *WATCHERS))
def show(reference: str) -> Page:
    return _page(find_judge(reference))


@blueprint.post("/evaluateurs/<reference>")
@access(only(*JUDGES, Role.OFFICER))
def edit(reference: str) -> Page:
    """Keep competences, load and absence."""
    person, form = find_judge(reference), ProfileForm()
    ticked = {"sdgs": request.form.getlist("sdgs"), "levers": request.form.getlist("levers")}
    given = form.read(ticked)
    if given is None:
        return _page(person, profile_form=form, ticked=ticked), UNUSABLE
    status = save(form, lambda session: reviewers.edit_profile(session, current_actor(), person, **given))
    if status:
        return _page(person, profile_form=form, ticked=ticked), status
    return _saved(person, gettext("The profile is saved."), "competences")


@blueprint.post("/evaluateurs/<reference>/territoires")
@access(only(*JUDGES, Role.OFFICER))
def edit_territories(reference: str) -> Page:
    """Add a territory by its name, or (``remove``) take one away."""
    person, form = find_judge(reference), TerritoryForm()
    place = find_place(request.form, "territory", LEVELS)
    removed = request.form.get("remove")
    if removed is None and place.code is None:
        form.territory.errors = [place.problem or problem_sentence("required")]
        return _page(person, territory_form=form, place=place), UNUSABLE
    known = reviewers.find_profile(current_session(), person).territories
    kept = [code for code in known if code != removed]
    codes = [*kept, place.code] if removed is None and place.code else kept
    status = save(form, lambda session: reviewers.set_known_territories(session, current_actor(), person, codes))
    if status:
        return _page(person, territory_form=form, place=place), status
    return _saved(person, gettext("The territories are saved."), "territories")


@blueprint.post("/evaluateurs/<reference>/organisation")
@access(only(*JUDGES, Role.OFFICER))
def edit_organisation(reference: str) -> Page:
    person, form = find_judge(reference), OrganisationForm()
    given = form.read()
    if given is None:
        return _page(person, organisation_form=form), UNUSABLE
    status = save(form, lambda session: reviewers.set_organisation(session, current_actor(), person, **given))
    if status:
        return _page(person, organisation_form=form), status
    return _saved(person, gettext("The organisation is saved."), "organisation")


@blueprint.post("/evaluateurs/<reference>/liens")
@access(only(*JUDGES, Role.OFFICER))
def declare_link(reference: str) -> Page:
    person, form = find_judge(reference), AffiliationForm()
    given = form.read()
    if given is None:
        return _page(person, affiliation_form=form), UNUSABLE
    status = save(form, lambda session: reviewers.add_affiliation(session, current_actor(), person, **given))
    if status:
        return _page(person, affiliation_form=form), status
    return _saved(person, gettext("The link is declared."), "links")


@blueprint.post("/evaluateurs/<reference>/liens/<int:number>/retirer")
@access(only(Role.OFFICER))
def remove_link(reference: str, number: int) -> Page:
    person = find_judge(reference)
    with writing() as session:
        reviewers.remove_affiliation(session, current_actor(), person, number)
    return _saved(person, gettext("The link is taken away."), "links")


@blueprint.post("/evaluateurs/<reference>/fin")
@access(only(Role.OFFICER))
def end(reference: str) -> Page:
    """Take the person off the reviewers; readings not given in are cancelled, with the reason."""
    person, form = find_judge(reference), EndForm()
    given = form.read()
    if given is None:
        return _page(person, end_form=form), UNUSABLE
    reason, cancelled = given["reason"], list[int]()
    status = save(
        form,
        lambda session: cancelled.append(reviewers.end_reviewing(session, current_actor(), person, reason=reason)),
    )
    if status:
        return _page(person, end_form=form), status
    flash(gettext("%(name)s is no longer a reviewer.", name=person.name), "success")
    return redirect(url_for("reviewers.index"), 303)


def _saved(person: Person, sentence: str, anchor: str) -> Response:
    flash(sentence, "success")
    return redirect(url_for("reviewers.show", reference=person.reference, _anchor=anchor), 303)


def _page(
    person: Person,
    *,
    profile_form: SchemaForm | None = None,
    ticked: dict[str, list[str]] | None = None,
    territory_form: SchemaForm | None = None,
    place: Place | None = None,
    organisation_form: SchemaForm | None = None,
    affiliation_form: SchemaForm | None = None,
    end_form: SchemaForm | None = None,
) -> str:
    """The page; a form that was refused stands in it as it was sent."""
    session, actor = current_session(), current_actor()
    profile = reviewers.find_profile(session, person)
    sent = (profile_form, territory_form, organisation_form, affiliation_form, end_form)
    is_own = person.id == actor.person_id
    return render_template(
        "reviewers/profile.html",
        judge=person,
        profile=profile,
        form=next((form for form in sent if form is not None), None),
        profile_form=profile_form or _filled(ProfileForm(formdata=None), profile),
        ticked=ticked or {"sdgs": profile.sdgs, "levers": profile.levers},
        territory_form=territory_form or TerritoryForm(formdata=None),
        places={"territory": place},
        organisation_form=apart(organisation_form or _organisation_form(person), "organisation"),
        affiliation_form=apart(affiliation_form or AffiliationForm(formdata=None), "link"),
        end_form=apart(end_form or EndForm(formdata=None), "end"),
        affiliations=reviewers.list_affiliations(session, person),
        invitation=find_pending(session, [person]).get(person.id),
        readings=_readings(session, person) if actor.has_role(*WATCHERS) and not is_own else None,
        vocabularies={"sdgs": sdgs(), "levers": levers()},
        is_own=is_own,
        is_reviewer=Role.REVIEWER in person.roles,
        can_write=is_own or actor.has_role(Role.OFFICER),
        can_manage=actor.has_role(Role.OFFICER) and not is_own,
        now=utc_now(),
        today=paris_day(utc_now()),
    )


def _filled(form: SchemaForm, source: Any) -> SchemaForm:
    form.fill(source)
    return form


def _organisation_form(person: Person) -> SchemaForm:
    form = OrganisationForm(formdata=None)
    return _filled(form, person.organisation) if person.organisation else form


def _readings(session: Session, person: Person) -> list[Review]:
    """What the person reads, as far as whoever asks sees the files; the latest first."""
    query = visible(current_actor(), Review).where(
        Review.reviewer_id == person.id, Review.state.in_(ENGAGED_REVIEWS)
    )
    of_file = joinedload(Review.application).joinedload(Application.call)
    return list(session.scalars(query.options(of_file).order_by(Review.id.desc()).limit(READINGS_SHOWN)))
