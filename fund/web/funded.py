"""The funded alliances, for everybody: found by text and filters, on a map, and each on a page of its own.

/alliances               the list, its sums and its map
/alliances/<reference>   one, by the reference of its award
"""

from typing import Any

from flask import Blueprint, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from wtforms import SelectField, StringField

from config.territories import territory_label
from config.vocabularies import levers, sdgs
from fund.documents.charts.facts import Amount, FranceMap, MapLine
from fund.documents.charts.pictures import picture_of
from fund.documents.charts.tabulating import table_of
from fund.edge.access import PUBLIC, access
from fund.edge.i18n import current_language
from fund.edge.requests import current_session
from fund.forms.fields import PageInput, Text, Whole
from fund.models import Award
from fund.services.funded import (
    Choices,
    Share,
    Wanted,
    find_alliance,
    find_alliances,
    find_choices,
    people_reached,
    spread_alliances,
)
from fund.services.themes import themes_of
from fund.web.forms import SchemaForm
from fund.web.lists import neighbours
from fund.web.saving import UNUSABLE

blueprint = Blueprint("funded", __name__)

PER_PAGE = 10


class FundedInput(PageInput):
    """The query string of the list, which people read in the address bar: its names are French."""

    texte = Text(maximum=100, load_default="")
    appel = Text(maximum=20, load_default="")
    departement = Text(maximum=3, load_default="")
    levier = Text(maximum=2, load_default="")
    odd = Text(maximum=2, load_default="")
    annee = Whole(minimum=1900, maximum=2200, allow_none=True, load_default=None)
    page = Text(maximum=500, load_default="")


class FundedForm(SchemaForm):
    """The filters; the place in the list is a link."""

    schema = FundedInput
    texte = StringField(_l("Project, member or territory"), render_kw={"type": "search", "maxlength": 100})
    appel = SelectField(_l("Call"), validate_choice=False)
    departement = SelectField(_l("Département"), validate_choice=False)
    levier = SelectField(_l("Lever"), validate_choice=False)
    odd = SelectField(_l("Goal"), validate_choice=False)
    annee = SelectField(_l("Year of the agreement"), validate_choice=False)

    def offer(self, choices: Choices) -> None:
        """Fill the choices with what there is to be found; goals and levers are offered all."""
        locale = current_language()
        titles = [(ref, english if locale == "en" else french) for ref, french, english in choices.calls]
        places = [(code, territory_label(f"dep:{code}")) for code in choices.departements]
        self.appel.choices = [("", gettext("All calls")), *titles]
        self.departement.choices = [("", gettext("All of France")), *places]
        self.levier.choices = [("", gettext("All levers")), *_named(levers(), locale)]
        self.odd.choices = [("", gettext("All goals")), *_named(sdgs(), locale)]
        self.annee.choices = [("", gettext("All years")), *((str(year), str(year)) for year in choices.years)]


@blueprint.get("/alliances")
@access(PUBLIC)
def index() -> str | tuple[str, int]:
    session = current_session()
    form = FundedForm(formdata=request.args, meta={"csrf": False})
    form.offer(find_choices(session))
    asked = form.read({"page": request.args["page"]} if "page" in request.args else None)
    if asked is None:
        return render_template("funded/index.html", form=form, page=None), UNUSABLE
    wanted = Wanted(
        text=asked["texte"],
        call=asked["appel"],
        departement=asked["departement"],
        lever=asked["levier"],
        sdg=asked["odd"],
        year=asked["annee"],
    )
    page = find_alliances(session, wanted, cursor=asked["page"] or None, limit=PER_PAGE)
    shares = spread_alliances(session, wanted)
    return render_template(
        "funded/index.html",
        form=form,
        page=page,
        neighbours=neighbours(page),
        count=sum(share.alliances for share in shares),
        total=sum(share.euros for share in shares),
        map=_map_of(shares) if shares else None,
        place_of=place_of,
        is_filtered=any(request.args.values()),
    )


@blueprint.get("/alliances/<reference>")
@access(PUBLIC)
def show(reference: str) -> str:
    """One alliance: what is public of its project, its members, its grant. No person, no budget, no score."""
    award = find_alliance(current_session(), reference)
    application = award.application
    themes = themes_of(current_session(), [application])[application.id]
    locale = current_language()
    return render_template(
        "funded/show.html",
        award=award,
        project=application,
        place=place_of(award),
        members=[(member, _seat(member)) for member in application.members],
        goals=[name for code, name in _named(sdgs(), locale) if code in themes.sdgs],
        levers=[name for code, name in _named(levers(), locale) if code in themes.levers],
        people_reached=people_reached(award),
        starts_on=award.starts_on or application.starts_on,
        ends_on=award.ends_on or application.ends_on,
    )


def place_of(award: Award) -> str:
    """The project's commune with its département, or nothing."""
    code = award.application.commune_code
    return territory_label(f"com:{code}") if code else ""


def _seat(member: Any) -> str:
    """Where a member acts, as the alliance said it, else where it sits."""
    if member.territory:
        return territory_label(member.territory)
    code = member.organisation.commune_code
    return territory_label(f"com:{code}") if code else ""


def _named(terms: Any, locale: str) -> list[tuple[str, str]]:
    return [(code, f"{code}. {term.of(locale)}") for code, term in terms.items()]


def _map_of(shares: tuple[Share, ...]) -> dict[str, Any]:
    lines = tuple(
        MapLine(
            share.departement,
            territory_label(f"dep:{share.departement}") if share.departement else gettext("Commune not known"),
            Amount(share.alliances, share.euros),
        )
        for share in shares
    )
    facts = FranceMap(gettext("Map of the funded alliances"), lines)
    # Our own SVG, in which people's words are escaped.
    picture = Markup(picture_of(facts, current_language()))  # noqa: S704
    return {"title": facts.title, "picture": picture, "table": table_of(facts, current_language())}
