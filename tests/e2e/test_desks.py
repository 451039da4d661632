"""Every desk, as its people open it: at desktop and phone width, without JavaScript, and accessible by axe."""

from collections.abc import Callable

import pytest

from fund.db import SessionFactory, unit_of_work
from fund.models import Call
from tests.e2e.conftest import Visitor
from tests.scenario import World

# Who opens what; {names} are filled with the references of files in the states that the pages need.
DESKS: dict[str, tuple[str, ...]] = {
    "nobody": ("/", "/appels", "/appels/{call}", "/alliances", "/donnees-ouvertes", "/connexion"),
    "applicant": (
        "/mes-dossiers",
        "/mes-dossiers/{draft}",
        "/mes-dossiers/{reported}",
        "/mes-dossiers/{reported}/financement",
        "/attributions",
        "/attributions/{award}",
        "/attributions/{award}/convention",
        "/attributions/{award}/coordonnees-bancaires",
        "/comptes-rendus/{report}",
        "/messages",
        "/compte",
    ),
    "officer": (
        "/dossiers",
        "/dossiers/{in_review}",
        "/dossiers/{in_review}/alliance",
        "/dossiers/{in_review}/evaluations",
        "/dossiers/{in_review}/corrections",
        "/dossiers/{reported}/decision",
        "/dossiers/{reported}/convention",
        "/journal/application/{reported}",
        "/gestion/appels",
        "/gestion/appels/{call}",
        "/gestion/appels/nouveau",
        "/gestion/appels/{call}/repartition",
        "/gestion/appels/{call}/repartition/proposer",
        "/evaluateurs",
        "/evaluateurs/inviter",
        "/comite",
        "/comite/{session}",
        "/attributions",
        "/attributions/suivi",
        "/attributions/{award}",
        "/attributions/{award}/convention",
        "/attributions/{award}/avenants/nouveau",
        "/versements",
        "/versements/ordonner",
        "/versements/echeancier",
        "/versements/{tranche}",
        "/comptes-rendus",
        "/comptes-rendus/{report}",
        "/bilan",
        "/donnees-ouvertes/retenues",
        "/messages-en-attente",
    ),
    "reviewer": ("/evaluations", "/evaluations/profil", "/evaluations/{review}"),
    "chair": ("/comite", "/comite/{session}"),
    "finance": (
        "/versements",
        "/versements/approuver",
        "/versements/{tranche}",
        "/versements/fichiers",
        "/versements/releves",
        "/coordonnees-bancaires",
        "/reversements",
        "/comptes",
        "/comptes/ecritures",
        "/comptes/controle",
    ),
    "auditor": ("/dossiers", "/journal/award/{award}", "/comptes", "/comptes/appels/{call}"),
}


@pytest.fixture
def references(factory: SessionFactory, world: World) -> dict[str, str]:
    with unit_of_work(factory) as session:
        in_review = world.in_review(session, title="Ressourcerie des vallées")
        session_file = world.before_committee(session, title="Forêt-école")
        award = world.active_award(session, title="Tiers-lieu nourricier")
        sitting = session_file.items[0].session
        return {
            "call": session.get_one(Call, world.call_id).reference,
            "draft": world.draft(session, title="Cuisine partagée").reference,
            "in_review": in_review.reference,
            "review": in_review.reviews[0].reference,
            "session": sitting.reference,
            "award": award.reference,
            "tranche": award.disbursements[0].reference,
            "report": award.reports[0].reference,
            "reported": world.reported(session, title="Mobilité solidaire").reference,
        }


@pytest.mark.parametrize("name", DESKS)
def test_axe_finds_nothing_on_any_page(
    name: str, references: dict[str, str], visit: Callable[..., Visitor]
) -> None:
    # axe itself is a script: the pages have none of their own.
    visitor = visit(None if name == "nobody" else name, script=True)
    faults = []
    for path in DESKS[name]:
        visitor.open(path.format(**references))
        faults += visitor.violations()
    assert faults == []


@pytest.mark.parametrize("name", DESKS)
def test_each_page_fits_a_phone_as_well_as_a_desktop(
    name: str, references: dict[str, str], visit: Callable[..., Visitor]
) -> None:
    visitors = [visit(None if name == "nobody" else name, phone=phone) for phone in (True, False)]
    paths = [path.format(**references) for path in DESKS[name]]
    wide = [path for visitor in visitors for path in paths if visitor.open(path) and visitor.overflows()]
    assert wide == []
