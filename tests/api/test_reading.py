"""Lists, single subjects, journals: what is there, for whom, and at what cost."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from fund.edge.requests import EXTENSION
from fund.models import Application, Call, Person, PersonRole
from fund.models.base import utc_now
from fund.services import calls, committee, reviews
from fund.services.steps import take_step
from tests.api.conftest import Api, Made
from tests.scenario import World
from workflows.permissions import Role

PATHS = ("calls", "applications", "reviews", "sessions", "awards", "disbursements", "reports")


def references(api: Api, who: str | None, path: str) -> list[str]:
    answer = api.get(who, path)
    assert answer.status_code == 200, answer.text
    return [item["reference"] for item in answer.json["items"]]


def draft_call(world: World, session: Session) -> Call:
    """A call that is still a draft, with the dates and amounts of the world's."""
    like = session.get_one(Call, world.call_id)
    names = ("funder_id", "title_fr", "title_en", "opens_at", "closes_at", "envelope", "min_grant", "max_grant")
    return calls.create_call(session, world["officer"], **{name: getattr(like, name) for name in names})


def test_drafts_of_calls_are_the_teams_own(api: Api, world: World, made: Made) -> None:
    draft = made(lambda s: draft_call(world, s)).reference
    (public,) = references(api, None, "/calls")
    assert references(api, "officer", "/calls") == [draft, public]
    assert api.get(None, f"/calls/{public}").json["reference"] == public
    assert api.get(None, f"/calls/{draft}").status_code == 404
    assert api.get(None, f"/calls/{public}/steps").status_code == 401


def test_a_cookie_signs_nobody_in(api: Api) -> None:
    client = api.app.test_client()
    client.set_cookie("fund_session", "whatever")
    assert client.get("/api/v1/me").status_code == 401


def test_me_is_who_the_token_stands_for(api: Api, world: World) -> None:
    me = api.get("applicant", "/me").json
    assert me["reference"] == world["applicant"].reference
    assert me["roles"] == ["applicant"]
    assert me["organisation"]["name"] == "Association d'essai"


def test_each_kind_is_listed_and_shown_with_its_version(api: Api, world: World, made: Made) -> None:
    made(lambda s: world.active_award(s))
    for path in PATHS:
        listed = api.get("officer", f"/{path}").json["items"]
        shown = api.get("officer", f"/{path}/{listed[0]['reference']}")
        assert shown.json == listed[0]
        assert shown.headers["ETag"] == f'"{shown.json["version"]}"'


def test_money_is_a_text_and_instants_are_in_utc(api: Api, world: World, made: Made) -> None:
    reference = made(lambda s: world.submitted(s)).reference
    shown = api.get("officer", f"/applications/{reference}").json
    assert shown["requested_amount"] == "20000.00"
    assert shown["submitted_at"].endswith("+00:00")
    assert [member["contribution"] for member in shown["members"]] == ["5000.00", "10000.00", "5000.00"]


def test_pages_follow_one_another_in_both_directions(api: Api, world: World, made: Made) -> None:
    made(lambda s: [world.submitted(s) for _ in range(5)])
    everything = references(api, "officer", "/applications")
    first = api.get("officer", "/applications?limit=2&state=submitted").json
    assert [item["reference"] for item in first["items"]] == everything[:2]
    assert first["previous"] is None
    second = api.get("officer", first["next"].removeprefix("/api/v1")).json
    assert [item["reference"] for item in second["items"]] == everything[2:4]
    third = api.get("officer", second["next"].removeprefix("/api/v1")).json
    assert [item["reference"] for item in third["items"]] == everything[4:]
    assert third["next"] is None
    back = api.get("officer", third["previous"].removeprefix("/api/v1")).json
    assert back["items"] == second["items"]


def test_lists_are_filtered(api: Api, world: World, made: Made) -> None:
    made(lambda s: world.active_award(s))
    other = made(lambda s: world.submitted(s)).reference
    call = references(api, None, "/calls")[0]
    assert references(api, "officer", "/applications?state=submitted") == [other]
    assert len(references(api, "officer", f"/applications?call={call}")) == 2
    assert references(api, "officer", "/applications?call=AP-2222-2222") == []
    award = references(api, "officer", f"/awards?call={call}&state=active")[0]
    assert len(references(api, "officer", f"/disbursements?award={award}")) == 2
    assert len(references(api, "officer", f"/reports?award={award}&state=expected")) == 1
    assert references(api, "officer", f"/reviews?application={other}") == []
    assert len(references(api, "officer", f"/sessions?call={call}&state=released")) == 1


# --- who sees what ---


def test_a_strangers_file_does_not_exist(api: Api, world: World, made: Made) -> None:
    file = made(lambda s: world.active_award(s).application)
    for path in ("applications", "awards", "disbursements", "reports", "reviews", "sessions"):
        hidden = references(api, "officer", f"/{path}")[0]
        assert references(api, "stranger", f"/{path}") == []
        for tail in ("", "/steps", "/journal"):
            assert api.get("stranger", f"/{path}/{hidden}{tail}").status_code == 404
    assert file.reference not in references(api, "stranger", "/applications")


def test_applicants_read_neither_reviews_nor_reviewers(api: Api, world: World, made: Made) -> None:
    reference = made(lambda s: world.reviewed(s)).reference
    shown = api.get("applicant", f"/applications/{reference}")
    journal = api.get("applicant", f"/applications/{reference}/journal")
    assert references(api, "applicant", "/reviews") == []
    for name in ("Reviewer", "Officer", world["reviewer"].reference, world["officer"].reference):
        assert name not in shown.text
        assert name not in journal.text


def test_contact_details_stay_between_the_alliance_and_the_team(api: Api, world: World, made: Made) -> None:
    reference = made(lambda s: world.before_committee(s)).reference
    path = f"/applications/{reference}"
    assert api.get("officer", path).json["contact_email"] == "contact@essai.example"
    assert api.get("applicant", path).json["contact_name"] == "Camille Essai"
    for who in ("reviewer", "chair", "member"):
        shown = api.get(who, path).json
        assert shown["title"] == "Un atelier partagé"
        assert not {"contact_name", "contact_email", "corrections", "waitlist_rank"} & set(shown)


def test_who_orders_a_payment_is_the_teams_affair(api: Api, world: World, made: Made) -> None:
    made(lambda s: world.paid_award(s))
    reference = references(api, "officer", "/disbursements")[0]
    assert api.get("finance", f"/disbursements/{reference}").json["ordered_by"]["name"] == "Officer"
    shown = api.get("applicant", f"/disbursements/{reference}").json
    assert shown["paid_amount"] == "5000.00"
    assert not {"ordered_by", "approved_by", "hold_reason"} & set(shown)


def test_a_recused_person_does_not_meet_the_file_on_an_agenda(api: Api, world: World, made: Made) -> None:
    """A reviewer who recused herself, and who later sits in the committee that decides on the file."""

    def recuse(session: Session) -> Application:
        application = world.assigned(session)
        session.get_one(Person, world.people["reviewer"]).role_rows.append(PersonRole(role=Role.COMMITTEE))
        third = reviews.assign(session, world["officer"], application, world.person(session, "reviewer3"))
        take_step(session, world["officer"], application, "start_review")
        own, *others = application.reviews
        take_step(session, world["reviewer"], own, "recuse", inputs={"reason": "Une parente y travaille."})
        for review in {*others, third}:
            world.score(session, review)
        take_step(session, world["officer"], application, "conclude_review")
        sitting = committee.plan_session(
            session,
            world["officer"],
            application.call,
            members=[world.person(session, "reviewer")],
            chair=world.person(session, "chair"),
            title="Comité d'essai",
            held_at=utc_now() + timedelta(days=1),
        )
        committee.put_on_agenda(session, world["officer"], sitting, application)
        return application

    reference = made(recuse).reference
    (seen,) = api.get("chair", "/sessions").json["items"]
    assert [item["application"] for item in seen["items"]] == [reference]
    (seen,) = api.get("reviewer", "/sessions").json["items"]
    assert seen["items"] == []
    assert references(api, "reviewer", "/applications") == []


def test_the_journal_says_everything_to_the_team_and_little_to_the_alliance(
    api: Api, world: World, made: Made
) -> None:
    reference = made(lambda s: world.submitted(s)).reference
    team = api.get("auditor", f"/applications/{reference}/journal").json["items"]
    alliance = api.get("applicant", f"/applications/{reference}/journal").json["items"]
    assert [line["action"] for line in team] == ["application.create", "application.edit", "application.submit"]
    assert team[1]["actor"]["name"] == "Applicant"
    assert team[1]["changes"]["contact_name"] == [None, "Camille Essai"]
    assert len(team[2]["hash"]) == 64
    assert [line["action"] for line in alliance] == [line["action"] for line in team]
    assert alliance[2]["changes"] == {"state": ["draft", "submitted"]}
    assert all(not {"actor", "reason", "details", "hash"} & set(line) for line in alliance)


def test_the_journal_is_not_for_reviewers(api: Api, world: World, made: Made) -> None:
    reference = made(lambda s: world.in_review(s)).reference
    assert api.get("reviewer", f"/applications/{reference}").status_code == 200
    refused = api.get("reviewer", f"/applications/{reference}/journal")
    assert (refused.status_code, refused.json["code"]) == (403, "role_needed")


def test_the_journal_has_pages(api: Api, world: World, made: Made) -> None:
    reference = made(lambda s: world.submitted(s)).reference
    first = api.get("officer", f"/applications/{reference}/journal?limit=2").json
    second = api.get("officer", first["next"].removeprefix("/api/v1")).json
    assert [line["seq"] for line in first["items"] + second["items"]] == [1, 2, 3]


# --- language and cost ---


@pytest.mark.parametrize(
    ("asked", "answered", "label"),
    [(None, "fr", "Retirer"), ("en-GB,en;q=0.9", "en", "Withdraw"), ("de", "fr", "Retirer")],
)
def test_sentences_are_in_the_language_asked(
    api: Api, world: World, made: Made, asked: str | None, answered: str, label: str
) -> None:
    reference = made(lambda s: world.draft(s)).reference
    headers = {"Accept-Language": asked} if asked else {}
    answer = api.get("applicant", f"/applications/{reference}/steps", headers=headers)
    assert answer.headers["Content-Language"] == answered
    assert "Accept-Language" in answer.headers["Vary"]
    assert answer.json["steps"][1]["label"].startswith(label)


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The statements that the application sends meanwhile."""
    engine = app.extensions[EXTENSION].kw["bind"]
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("who", ["officer", "applicant", "chair", "reviewer"])
def test_a_page_costs_the_same_statements_at_any_length(api: Api, world: World, made: Made, who: str) -> None:
    made(lambda s: [world.active_award(s), world.make_call(s)])
    made(lambda s: [world.active_award(s), world.active_award(s)])
    api.get(who, "/me")  # the token's first use is noted with one statement more
    for path in PATHS:
        spent = []
        for limit in (1, 100):
            with counted(api.app) as statements:
                answer = api.get(who, f"/{path}?limit={limit}")
            spent.append(len(statements))
        assert spent[0] == spent[1], (path, statements)
        assert spent[0] < 16, (path, statements)
        assert len(answer.json["items"]) != 1
