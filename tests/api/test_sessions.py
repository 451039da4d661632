"""Sessions of the committee by the API: their rules, what was decided, and who may read it."""

from decimal import Decimal

from sqlalchemy.orm import Session

from fund.models import Application, Interest, InterestKind, Person
from fund.services import committee
from tests.api.conftest import Api, Made
from tests.scenario import World
from workflows.voting import Outcome


def test_a_session_is_planned_with_its_rules(api: Api, world: World, made: Made) -> None:
    def of(session: Session) -> Application:
        return world.reviewed(session)

    call = api.get("officer", f"/applications/{made(of).reference}").json["call"]
    chair, member = (world[name].reference for name in ("chair", "member"))
    body = {
        "call": call,
        "title": "Comité d'essai",
        "held_at": "2031-03-01T14:00:00+01:00",
        "chair": chair,
        "members": [member],
        "link": "https://visio.example/comite",
        "quorum": 60,
        "quorum_basis": "percent",
        "majority": "absolute",
    }
    answer = api("officer", "POST", "/sessions", json=body)
    assert answer.status_code == 201, answer.text
    shown = answer.json
    assert (shown["quorum"], shown["quorum_basis"], shown["majority"]) == (60, "percent", "absolute")
    assert (shown["link"], shown["deputy"], shown["casting_vote"]) == ("https://visio.example/comite", None, False)
    assert api("officer", "POST", "/sessions", json={**body, "deputy": chair}).status_code == 422
    assert api("officer", "POST", "/sessions", json={**body, "quorum_basis": "people"}).status_code == 422
    assert (
        api("officer", "POST", "/sessions", json={**body, "members": [world["reviewer"].reference]}).status_code
        == 422
    )


def test_what_is_decided_is_shown_to_the_committee_and_the_team_alone(api: Api, world: World, made: Made) -> None:
    def decide(session: Session) -> Application:
        application = world.before_committee(session)
        item = application.current_item
        assert item is not None
        committee.propose(session, world["officer"], item, outcome=Outcome.FUNDED, amount=Decimal(12_000))
        world.decide(session, application, conditions="Un comité de suivi.")
        return application

    reference = made(decide).reference
    for name in ("chair", "member", "officer"):
        (sitting,) = api.get(name, "/sessions").json["items"]
        (item,) = sitting["items"]
        assert (item["proposed_amount"], item["outcome"], item["amount"]) == ("12000.00", "funded", "15000.00")
        assert (item["conditions"], item["in_force_at"], item["lapsed_at"]) == ("Un comité de suivi.", None, None)
        assert sitting["opened_at"] is not None
        assert sitting["releases_at"] is None
    for name in ("applicant", "reviewer"):
        assert api.get(name, "/sessions").json["items"] == []
    shown = api.get("applicant", f"/applications/{reference}").text
    assert "15000" not in shown
    assert "funded" not in shown


def test_an_item_is_kept_from_who_keeps_off_its_file(api: Api, world: World, made: Made) -> None:
    def decide(session: Session) -> Application:
        application = world.before_committee(session)
        world.decide(session, application)
        person = session.get_one(Person, world.people["member"])
        session.add(Interest(application=application, person=person, kind=InterestKind.DECLARED))
        return application

    made(decide)
    (sitting,) = api.get("member", "/sessions").json["items"]
    assert sitting["items"] == []
