"""Who is in the alliance and what each has said, against the rule of the call."""

from dataclasses import dataclass

from flask import render_template
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from fund.edge.access import SIGNED_IN, access
from fund.edge.requests import current_actor, current_session
from fund.edge.sentences import reason_sentence
from fund.models import Application, ConsentState, Endorsement, Member, OrganisationKind, PersonalLink
from fund.services.consents import living_links, members_to_ask
from fund.services.endorsements import list_catalysts
from fund.web.alliance.blueprint import blueprint, may_change
from fund.web.alliance.words import describe_changes, describe_share
from fund.web.applicant.own import may_write, own_file
from workflows.permissions import Permission, allows


@dataclass(frozen=True, slots=True)
class Line:
    """A member as the page shows it. ``state`` is None for the lead, which confirms by signing."""

    member: Member
    state: ConsentState | None
    part: list[tuple[str, str]]
    changes: list[tuple[str, str, str]]
    link: PersonalLink | None
    is_to_be_asked: bool


@blueprint.get("/mes-dossiers/<reference>/alliance")
@access(SIGNED_IN)
def show(reference: str) -> str:
    application = own_file(reference)
    actor = current_actor()
    endorsements = list_endorsements(application)
    composition = application.compose_alliance()
    may_ask = may_write(application)
    lines = lines_of(application)
    return render_template(
        "alliance/show.html",
        application=application,
        rule=application.rules.alliance,
        composition=composition,
        kinds={kind.value: kind for kind in OrganisationKind},
        gaps=[reason_sentence(gap) for gap in composition.gaps],
        lines=lines,
        to_ask=[line for line in lines if line.is_to_be_asked],
        endorsements=endorsements,
        catalysts=list_catalysts(current_session(), application) if may_ask else [],
        may_ask=may_ask,
        may_change=may_change(application),
        may_share=allows(Permission.APPLICATION_SIGN, actor, application.relations(actor)),
    )


def lines_of(application: Application) -> list[Line]:
    """The members in their order, each with what it takes to know where its consent stands."""
    living = living_links(current_session(), application)
    due = {member.id for member in members_to_ask(application, living)}
    return [
        Line(
            member=member,
            state=None if member.is_lead else member.consent_state,
            part=describe_share(member.describe_part()),
            changes=describe_changes(member),
            link=living.get(member.id),
            is_to_be_asked=member.id in due,
        )
        for member in sorted(application.members, key=lambda member: (not member.is_lead, member.position))
    ]


def list_endorsements(application: Application) -> list[Endorsement]:
    """The catalysts asked, with their names, in one query."""
    query = select(Endorsement).where(Endorsement.application_id == application.id)
    people = joinedload(Endorsement.person)
    return list(current_session().scalars(query.options(people).order_by(Endorsement.id)))
