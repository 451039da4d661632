"""Writing without moving a state: creating, changing, scoring, planning."""

from datetime import timedelta
from typing import Any

import pytest

from fund.models.base import utc_now
from fund.services import reviews
from fund.services.steps import take_step
from tests.api.conftest import Api, Made
from tests.reporting import ACCOUNT_ANSWERS, RESULTS, planned_report
from tests.scenario import World, siret

LEAD = {"name": "Association Exemple des Trois Rivières", "kind": "association", "siret": siret(50)}
TOWN = {"name": "Commune d'exemple", "kind": "local_authority", "siret": siret(51), "contribution": "100.50"}


def call_reference(api: Api) -> str:
    reference: str = api.get(None, "/calls").json["items"][-1]["reference"]
    return reference


def a_call(**fields: Any) -> dict[str, Any]:
    now = utc_now()
    return {
        "title_fr": "Appel",
        "title_en": "Call",
        "opens_at": (now + timedelta(days=1)).isoformat(),
        "closes_at": (now + timedelta(days=9)).isoformat(),
        "envelope": "100000.00",
        "min_grant": 1000,
        "max_grant": 20000.5,
        "criteria": [{"label_fr": "Un", "label_en": "One", "weight": "100"}],
        "funder": {"name": "Fonds d'exemple", "kind": "foundation", "siret": siret(52)},
        **fields,
    }


def problems(answer: Any) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    return {line["pointer"]: line["code"] for line in answer.json["errors"]}


def test_an_officer_starts_and_changes_a_call(api: Api) -> None:
    made = api("officer", "POST", "/calls", json=a_call())
    assert made.status_code == 201, made.text
    assert made.json["state"] == "draft"
    assert made.json["max_grant"] == "20000.50"
    assert made.json["funder"]["siret"] == siret(52)
    path = f"/calls/{made.json['reference']}"
    assert made.headers["Location"] == f"/api/v1{path}"
    version = made.json["version"]
    changed = api("officer", "PATCH", path, version=version, json={"title_fr": "Autre", "criteria": []})
    assert changed.status_code == 200, changed.text
    assert (changed.json["title_fr"], changed.json["title_en"]) == ("Autre", "Call")
    assert changed.json["criteria"] == []
    assert changed.json["version"] > version
    version = changed.json["version"]
    assert api("officer", "PATCH", path, version=version, json={}).json["version"] == version
    assert api("officer", "PATCH", path, version=1, json={"title_fr": "Vieux"}).status_code == 412


def test_a_change_must_agree_with_what_stays(api: Api) -> None:
    made = api("officer", "POST", "/calls", json=a_call()).json
    path, version = f"/calls/{made['reference']}", made["version"]
    change = {"opens_at": (utc_now() + timedelta(days=30)).isoformat()}
    assert problems(api("officer", "PATCH", path, version=version, json=change)) == {
        "#/closes_at": "period_disordered"
    }
    assert problems(api("officer", "PATCH", path, version=version, json={"title_fr": None})) == {
        "#/title_fr": "required"
    }
    assert problems(api("officer", "PATCH", path, version=version, json=[1])) == {"#": "not_an_object"}


def test_creating_is_for_those_whose_part_it_is(api: Api) -> None:
    for path in ("/calls", "/reviews", "/sessions"):
        refused = api("applicant", "POST", path, json={})
        assert (refused.status_code, refused.json["code"]) == (403, "role_needed")
    assert api("officer", "POST", "/applications", json={}).status_code == 403


def test_an_applicant_writes_and_submits_a_file(api: Api) -> None:
    body = {"call": call_reference(api), "lead": LEAD, "title": "Un atelier", "members": [TOWN]}
    made = api("applicant", "POST", "/applications", json=body)
    assert made.status_code == 201, made.text
    assert [member["name"] for member in made.json["members"]] == [LEAD["name"], TOWN["name"]]
    assert made.json["members"][1]["contribution"] == "100.50"
    path = f"/applications/{made.json['reference']}"
    company = {"name": "Entreprise d'exemple", "kind": "company", "siret": siret(53)}
    change = {
        "summary": "Une recyclerie.",
        "commune_code": "31458",
        "requested_amount": "20000",
        "total_budget": "40000.00",
        "starts_on": "2027-01-01",
        "ends_on": "2027-12-31",
        "members": [TOWN, company],
    }
    changed = api("applicant", "PATCH", path, version=made.json["version"], json=change)
    assert changed.status_code == 200, changed.text
    assert changed.json["title"] == "Un atelier"
    assert len(changed.json["members"]) == 3
    submitted = api.step("applicant", path, "submit", version=changed.json["version"])
    assert submitted.json["state"] == "submitted", submitted.text
    closed = api("applicant", "PATCH", path, version=submitted.json["version"], json={"title": "Autre"})
    assert (closed.status_code, closed.json["code"]) == (409, "wrong_state")


def test_what_a_file_cannot_hold_is_named(api: Api, world: World, made: Made) -> None:
    draft = made(lambda s: world.draft(s))
    path = f"/applications/{draft.reference}"

    def change(**fields: Any) -> dict[str, str]:
        return problems(api("applicant", "PATCH", path, version=draft.version, json=fields))

    assert change(requested_amount="40000.01") == {"#/requested_amount": "request_above_budget"}
    assert change(ends_on="2026-01-01") == {"#/ends_on": "period_disordered"}
    assert change(members=[TOWN, {**TOWN, "siret": "1"}]) == {"#/members/1/siret": "not_a_siret"}
    assert change(members=[TOWN, TOWN]) == {"#/members/1/siret": "member_twice"}
    assert change(members=[TOWN] * 51) == {"#/members": "too_many_rows"}
    assert change(members={"a": 1}) == {"#/members": "not_a_list"}
    assert change(title="x" * 201, state="funded") == {"#/title": "too_long", "#/state": "unknown_field"}


def test_a_draft_needs_a_call_that_takes_drafts(api: Api, world: World, made: Made) -> None:
    unknown = api("applicant", "POST", "/applications", json={"call": "AP-2222-2222", "lead": LEAD})
    assert problems(unknown) == {"#/call": "unknown_reference"}
    late = made(
        lambda s: world.make_call(
            s, opens_at=utc_now() - timedelta(days=9), closes_at=utc_now() - timedelta(days=1)
        )
    )
    refused = api("applicant", "POST", "/applications", json={"call": late.reference, "lead": LEAD})
    assert (refused.status_code, refused.json["code"]) == (409, "call_closed")


def test_a_stranger_changes_nothing(api: Api, world: World, made: Made) -> None:
    draft = made(lambda s: world.draft(s))
    path = f"/applications/{draft.reference}"
    assert api("stranger", "PATCH", path, version=draft.version, json={"title": "À moi"}).status_code == 404
    file = made(lambda s: world.submitted(s))
    path = f"/applications/{file.reference}"
    refused = api("officer", "PATCH", path, version=file.version, json={"title": "À moi"})
    assert (refused.status_code, refused.json["code"]) == (403, "not_permitted")


def test_an_officer_assigns_a_reviewer_once(api: Api, world: World, made: Made) -> None:
    file = made(lambda s: world.submitted(s))
    body = {"application": file.reference, "reviewer": world["reviewer"].reference}
    made_ = api("officer", "POST", "/reviews", json=body)
    assert (made_.status_code, made_.json["state"]) == (201, "assigned"), made_.text
    again = api("officer", "POST", "/reviews", json=body)
    assert (again.status_code, again.json["code"]) == (409, "uq_reviews_once")
    wrong = {**body, "reviewer": world["finance"].reference}
    assert problems(api("officer", "POST", "/reviews", json=wrong)) == {"#/reviewer": "not_a_reviewer"}
    nobody = {**body, "reviewer": "PE-2222-2222", "application": file.reference}
    assert problems(api("officer", "POST", "/reviews", json=nobody)) == {"#/reviewer": "unknown_reference"}


def test_scores_are_replaced_as_a_whole(api: Api, world: World, made: Made) -> None:
    def accepted(session: Any) -> Any:
        review = world.in_review(session).reviews[0]
        take_step(session, world["reviewer"], review, "accept")
        return review

    review = made(accepted)
    path = f"/reviews/{review.reference}"

    def put(version: int, *scores: dict[str, Any], **more: Any) -> Any:
        return api("reviewer", "PUT", f"{path}/scores", version=version, json={"scores": scores, **more})

    first = put(review.version, {"criterion": 1, "value": 4, "comment": "Bien"}, comment="Une lecture.")
    assert first.status_code == 200, first.text
    assert first.json["scores"] == [{"criterion": 1, "value": 4, "comment": "Bien"}]
    second = put(first.json["version"], {"criterion": 2, "value": 3})
    assert [line["criterion"] for line in second.json["scores"]] == [2]
    assert second.json["comment"] == "Une lecture."
    version = second.json["version"]
    assert problems(put(version, {"criterion": 1, "value": 1}, {"criterion": 2, "value": 6})) == {
        "#/scores/1/value": "outside_scale"
    }
    assert problems(put(version, {"criterion": 3, "value": 1})) == {"#/scores/0/criterion": "unknown_criterion"}
    assert put(first.json["version"]).status_code == 412
    foreign = api("officer", "PUT", f"{path}/scores", version=version, json={"scores": []})
    assert foreign.status_code == 403


def test_a_session_is_planned_filled_and_attended(api: Api, world: World, made: Made) -> None:
    file = made(lambda s: world.reviewed(s))
    body = {
        "call": call_reference(api),
        "title": "Comité d'automne",
        "held_at": (utc_now() + timedelta(days=3)).isoformat(),
        "chair": world["chair"].reference,
        "members": [world["member"].reference],
    }
    planned = api("officer", "POST", "/sessions", json=body)
    assert planned.status_code == 201, planned.text
    path = f"/sessions/{planned.json['reference']}"
    filled = api("officer", "POST", f"{path}/items", json={"application": file.reference})
    assert filled.status_code == 200, filled.text
    assert [item["application"] for item in filled.json["items"]] == [file.reference]
    assert api("officer", "POST", f"{path}/items", json={"application": file.reference}).status_code == 409
    api.step("officer", path, "convene", version=filled.json["version"])
    present = {"present": [world["chair"].reference]}
    attended = api("chair", "PUT", f"{path}/attendance", json=present)
    assert attended.status_code == 200, attended.text
    assert {m["reference"]: m["present"] for m in attended.json["members"]} == {
        world["chair"].reference: True,
        world["member"].reference: False,
    }
    stranger = {"present": [world["officer"].reference]}
    assert problems(api("chair", "PUT", f"{path}/attendance", json=stranger)) == {
        "#/present/0": "unknown_reference"
    }
    assert api("officer", "PUT", f"{path}/attendance", json=present).status_code == 403
    body = {**body, "chair": world["member"].reference, "members": ["PE-2222-2222"]}
    assert problems(api("officer", "POST", "/sessions", json=body)) == {"#/members/0": "unknown_reference"}


def test_a_schedule_sums_up_to_its_award(api: Api, world: World, made: Made) -> None:
    award = made(lambda s: world.award(s))
    path = f"/awards/{award.reference}"
    awaited = [{"kind": "report_accepted", "report": 1}, {"kind": "cofinancing_proven", "label": "Région"}]
    lines: list[dict[str, Any]] = [
        {"amount": "9000", "due_on": "2027-03-01"},
        {"amount": "6000.00", "conditions": awaited},
    ]
    dated = {"tranches": lines, "reports": [{"due_on": "2027-06-30"}, {"due_on": "2028-03-31"}]}
    done = api("officer", "PUT", f"{path}/schedule", version=award.version, json=dated)
    assert done.status_code == 200, done.text
    assert [(t["amount"], t["due_on"]) for t in done.json["tranches"]] == [
        ("9000.00", "2027-03-01"),
        ("6000.00", None),
    ]
    waits = done.json["tranches"][1]["conditions"]
    assert [(c["kind"], c["label"], c["is_met"]) for c in waits] == [
        ("report_accepted", "", False),
        ("cofinancing_proven", "Région", False),
    ]
    reports = api.get("officer", f"/reports?award={award.reference}").json
    assert sorted(r["due_on"] for r in reports["items"]) == ["2027-06-30", "2028-03-31"]
    beyond = {"tranches": [lines[0], {**lines[1], "conditions": [{"kind": "report_accepted", "report": 3}]}]}
    unknown = api("officer", "PUT", f"{path}/schedule", version=done.json["version"], json=beyond)
    assert problems(unknown) == {"#/tranches": "condition_report_unknown"}
    short = {"tranches": lines[:1]}
    refused = api("officer", "PUT", f"{path}/schedule", version=done.json["version"], json=short)
    assert problems(refused) == {"#/tranches": "schedule_unbalanced"}
    assert api(
        "applicant", "PUT", f"{path}/schedule", version=done.json["version"], json={"tranches": lines}
    ).json["code"] == ("not_permitted")


def test_a_report_is_written_by_the_alliance(api: Api, world: World, made: Made) -> None:
    report = made(lambda s: world.active_award(s).reports[0])
    path = f"/reports/{report.reference}"
    written = api(
        "applicant", "PATCH", path, version=report.version, json={"narrative": "Fait.", "spent_amount": "39000"}
    )
    assert written.status_code == 200, written.text
    assert (written.json["spent_amount"], written.json["people_reached"]) == ("39000.00", None)
    assert problems(
        api("applicant", "PATCH", path, version=written.json["version"], json={"people_reached": -1})
    ) == {"#/people_reached": "out_of_range"}


def test_a_report_is_written_whole_and_handed_in(api: Api, world: World, made: Made) -> None:
    report = made(lambda s: planned_report(s, world))
    path = f"/reports/{report.reference}"
    body = {"narrative": "Fait.", "account": ACCOUNT_ANSWERS, "answers": {"results": RESULTS}}
    written = api("applicant", "PATCH", path, version=report.version, json=body)
    assert (written.json["spent_amount"], written.json["people_reached"]) == ("32500.00", 1250)
    signed = {"signatory_name": "Camille Essai"}
    done = api("applicant", "POST", f"{path}/steps/submit", version=written.json["version"], json=signed)
    assert done.json["state"] == "submitted", done.text


def test_a_siret_may_be_written_with_spaces_or_points(api: Api) -> None:
    number = siret(54)
    for written in (f"{number[:3]} {number[3:6]} {number[6:9]} {number[9:]}", f"{number[:9]}.{number[9:]}"):
        body = {"call": call_reference(api), "lead": {**LEAD, "siret": written}}
        made = api("applicant", "POST", "/applications", json=body)
        assert made.status_code == 201, made.text
        assert made.json["lead"]["siret"] == number


@pytest.mark.parametrize("who", ["reviewer", "applicant"])
def test_nobody_scores_for_another(api: Api, world: World, made: Made, who: str) -> None:
    def second(session: Any) -> Any:
        application = world.assigned(session)
        return reviews.assign(session, world["officer"], application, world.person(session, "reviewer3"))

    review = made(second)
    answer = api(who, "PUT", f"/reviews/{review.reference}/scores", version=review.version, json={"scores": []})
    assert answer.status_code == 404
