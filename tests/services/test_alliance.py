"""The members of an alliance, one at a time: each keeps its identity, and known organisations their record."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.errors import Conflict, InvalidInput, NotFound
from fund.models import Application, AuditEvent, Member, Organisation, OrganisationKind
from fund.services import journal
from fund.services.alliance import add_member, edit_member, find_member, fingerprint, remove_member
from fund.services.perform import NotEditable, NotPermitted
from fund.services.steps import take_step
from tests.alliances import member_of
from tests.scenario import World, siret
from tests.services.makers import in_days
from tests.services.racing import race

NOBODY = {"siret": "", "rna": "", "commune_code": None}
KIND = OrganisationKind.ASSOCIATION


@pytest.fixture
def application(session: Session, world: World) -> Application:
    return world.draft(session)


def identity(name: str = "Association des Trois Rivières", **given: Any) -> dict[str, Any]:
    return {"name": name, "kind": KIND, **NOBODY, **given}


def add(session: Session, world: World, application: Application, **given: Any) -> Member:
    return add_member(session, world["applicant"], application, identity=identity(**given), share={})


def last_event(session: Session, application: Application) -> AuditEvent:
    query = select(AuditEvent).where(
        AuditEvent.subject_type == "application", AuditEvent.subject_id == application.id
    )
    return session.scalars(query.order_by(AuditEvent.seq.desc()).limit(1)).one()


def test_a_member_is_added_with_its_share(session: Session, world: World, application: Application) -> None:
    share = {
        "part": "Anime l’atelier",
        "contribution": Decimal(500),
        "in_kind": Decimal("1200.50"),
        "skills": Decimal(300),
        "skills_note": "Deux jours de comptable",
        "territory": "dep:31",
        "representative_name": "Dominique Essai",
        "representative_email": "presidence@essai.example",
        "representative_function": "présidente",
    }
    who = identity(siret=siret(20), commune_code="31458")
    member = add_member(session, world["applicant"], application, identity=who, share=share)
    assert application.members[-1] is member
    assert [m.position for m in application.members] == [0, 1, 2, 3]
    assert {name: getattr(member, name) for name in share} == share
    assert (member.organisation.siren, member.organisation.commune_code) == (siret(20)[:9], "31458")
    event = last_event(session, application)
    assert event.body["action"] == "application.add_member"
    [before, [line]] = event.body["details"]["members"]
    assert before == []
    assert line["organisation"] == siret(20)
    assert line["in_kind"] == "1200.50"
    # The representative is nobody's business in a chain that cannot be erased.
    assert "presidence@" not in str(event.body)
    assert "Dominique" not in str(event.body)
    assert journal.verify(session).broken == []


def test_a_known_number_keeps_the_recorded_name(session: Session, world: World, application: Application) -> None:
    known = Organisation(name="Nom connu", kind=KIND, siret=siret(21), siren=siret(21)[:9])
    session.add(known)
    session.flush()
    member = add(session, world, application, name="Un autre nom", siret=siret(21), commune_code="31458")
    assert member.organisation is known
    assert known.name == "Nom connu"
    assert known.commune_code == "31458"  # what was not known is completed


@pytest.mark.parametrize("number", [2, 4])
def test_the_same_organisation_twice_is_refused(
    session: Session, world: World, application: Application, number: int
) -> None:
    with pytest.raises(InvalidInput) as caught:
        add(session, world, application, siret=siret(number))
    assert caught.value.errors == {"siret": ["member_twice"]}
    assert len(application.members) == 3


def test_another_site_of_a_member_is_the_same_organisation(
    session: Session, world: World, application: Application
) -> None:
    second_site = siret(2)[:9] + "00025"
    with pytest.raises(InvalidInput) as caught:
        add(session, world, application, siret=second_site)
    assert caught.value.errors == {"siret": ["member_same_siren"]}
    assert caught.value.errors["siret"][0].params == {"name": "Commune d'essai"}


def test_a_namesake_without_number_is_refused(session: Session, world: World, application: Application) -> None:
    add(session, world, application)
    with pytest.raises(InvalidInput) as caught:
        add(session, world, application, name="ASSOCIATION DES TROIS RIVIÈRES")
    assert caught.value.errors == {"name": ["member_twice"]}


def test_the_alliance_has_an_end(session: Session, world: World, application: Application) -> None:
    for number in range(47):
        add(session, world, application, name=f"Association {number}")
    with pytest.raises(Conflict, match="alliance_full"):
        add(session, world, application, name="Une de trop")


def test_without_number_the_row_stays_the_same_at_each_edit(
    session: Session, world: World, application: Application
) -> None:
    member = add(session, world, application)
    organisation, seat = member.organisation, member.id
    for name in ("Association des Quatre Rivières", "Association des Cinq Rivières"):
        edit_member(session, world["applicant"], application, member, identity=identity(name), share={})
        assert (member.id, member.organisation.id, member.organisation.name) == (seat, organisation.id, name)
    assert session.scalars(select(Organisation).where(Organisation.name.contains("Rivières"))).all() == [
        organisation
    ]


def test_what_only_this_file_knows_is_corrected_by_it(
    session: Session, world: World, application: Application
) -> None:
    member = add(session, world, application, siret=siret(22), commune_code="31555")
    who = identity("Association des Trois Lacs", siret=siret(22), commune_code="31458")
    edit_member(session, world["applicant"], application, member, identity=who, share={})
    assert (member.organisation.name, member.organisation.commune_code) == ("Association des Trois Lacs", "31458")


def test_what_others_rely_on_stays_as_recorded(session: Session, world: World, application: Application) -> None:
    other = world.draft(session)
    for file in (application, other):
        add(session, world, file, siret=siret(23), commune_code="31458")
    member = application.members[-1]
    who = identity("Nom usurpé", siret=siret(23), commune_code="31555")
    edit_member(session, world["applicant"], application, member, identity=who, share={"part": "Anime"})
    assert member.organisation.name == "Association des Trois Rivières"
    assert member.organisation.commune_code == "31458"
    assert member.part == "Anime"


def test_another_number_is_another_organisation_of_the_same_member(
    session: Session, world: World, application: Application
) -> None:
    member = add(session, world, application, siret=siret(24))
    before, seat = member.organisation.id, member.id
    who = identity("Association voisine", siret=siret(25))
    edit_member(session, world["applicant"], application, member, identity=who, share={})
    assert member.id == seat
    assert member.organisation.id != before
    with pytest.raises(InvalidInput) as caught:
        edit_member(session, world["applicant"], application, member, identity=identity(siret=siret(4)), share={})
    assert caught.value.errors == {"siret": ["member_twice"]}


def test_the_lead_keeps_its_organisation(session: Session, world: World, application: Application) -> None:
    lead = application.members[0]
    who = identity("Un autre porteur", siret=siret(26))
    edit_member(session, world["applicant"], application, lead, identity=who, share={"part": "Coordonne"})
    assert (lead.organisation_id, lead.organisation.name) == (world.lead_id, "Association d'essai")
    assert lead.part == "Coordonne"
    with pytest.raises(Conflict, match="lead_stays"):
        remove_member(session, world["applicant"], application, lead)


def test_an_edit_that_changes_nothing_leaves_no_trace(
    session: Session, world: World, application: Application
) -> None:
    town, version = member_of(application, world.town_id), application.version
    share = {"contribution": Decimal(10_000), "part": ""}
    assert edit_member(session, world["applicant"], application, town, identity={}, share=share) is None
    assert application.version == version


def test_another_representative_is_journalled_without_her_name(
    session: Session, world: World, application: Application
) -> None:
    town = member_of(application, world.town_id)
    share = {"representative_name": "Dominique Essai", "representative_email": "mairie@essai.example"}
    event = edit_member(session, world["applicant"], application, town, identity={}, share=share)
    assert event is not None
    assert event.body["details"] == {"representative_of": "Commune d'essai"}


def test_two_who_edit_one_member_do_not_overwrite_each_other(
    session: Session, world: World, application: Application
) -> None:
    town = member_of(application, world.town_id)
    seen = fingerprint(town)
    for part in ("La première version", "La deuxième version"):
        given: dict[str, Any] = {"identity": {}, "share": {"part": part}, "seen": seen}
        if part.startswith("La première"):
            edit_member(session, world["applicant"], application, town, **given)
        else:
            with pytest.raises(Conflict, match="member_changed"):
                edit_member(session, world["applicant"], application, town, **given)
    assert town.part == "La première version"


def test_a_member_taken_out_is_gone(session: Session, world: World, application: Application) -> None:
    town = member_of(application, world.town_id)
    event = remove_member(session, world["applicant"], application, town)
    assert event is not None
    assert event.body["details"]["members"][1] == []
    with pytest.raises(NotFound):
        find_member(application, town.id)
    with pytest.raises(NotFound):
        remove_member(session, world["applicant"], application, town)
    with pytest.raises(NotFound):
        edit_member(session, world["applicant"], application, town, identity={}, share={"part": "Trop tard"})


def test_only_authors_change_an_open_file(session: Session, world: World, application: Application) -> None:
    town = member_of(application, world.town_id)
    with pytest.raises(NotPermitted):
        edit_member(session, world["stranger"], application, town, identity={}, share={"part": "Non"})
    take_step(session, world["applicant"], application, "submit")
    with pytest.raises(NotEditable):
        remove_member(session, world["applicant"], application, town)


@pytest.mark.parametrize(("marked", "is_open"), [("members", True), ("summary", False)])
def test_of_a_returned_file_the_alliance_is_open_where_it_was_marked(
    session: Session, world: World, application: Application, marked: str, is_open: bool
) -> None:
    take_step(session, world["applicant"], application, "submit")
    inputs = {"reason": "Pour essai.", "return_due_at": in_days(7)}
    take_step(session, world["officer"], application, "return", inputs=inputs)
    application.corrections = {marked: {"kind": "wrong", "reason": "À revoir"}}
    session.flush()
    town = member_of(application, world.town_id)
    if is_open:
        edit_member(session, world["applicant"], application, town, identity={}, share={"part": "Revue"})
        assert town.part == "Revue"
    else:
        with pytest.raises(NotEditable):
            edit_member(session, world["applicant"], application, town, identity={}, share={"part": "Non"})


def test_two_who_add_one_organisation_at_once_add_it_once(factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        file = world.draft(session).id

    def act(session: Session, barrier: Any) -> int:
        application = session.get_one(Application, file)
        assert len(application.members) == 3
        barrier.wait()
        return add(session, world, application, siret=siret(27)).id

    outcomes = race(factory, act, act)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["InvalidInput", "int"]
