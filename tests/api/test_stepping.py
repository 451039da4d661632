"""Steps by the API: the list agrees with what happens, and every refusal says why and what would lift it."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from fund.models import Subject
from fund.models.base import utc_now
from tests.api.conftest import Api, Made
from tests.scenario import PEOPLE, World
from tests.services.money_makers import approved_tranche, proven_tranche

# How to reach a state, by the name of the path whose subject is in it.
STATES: dict[str, tuple[str, Callable[[World, Session], Any]]] = {
    "open call": ("calls", lambda world, s: world.make_call(s)),
    "draft": ("applications", lambda world, s: world.draft(s)),
    "submitted": ("applications", lambda world, s: world.assigned(s)),
    "in review": ("applications", lambda world, s: world.in_review(s)),
    "before the committee": ("applications", lambda world, s: world.before_committee(s)),
    "assigned review": ("reviews", lambda world, s: world.assigned(s).reviews[0]),
    "submitted review": ("reviews", lambda world, s: _scored(world, s)),
    "planned session": ("sessions", lambda world, s: world.sitting(s)),
    "open session": ("sessions", lambda world, s: world.decide(s, world.before_committee(s)).session),
    "draft award": ("awards", lambda world, s: world.award(s)),
    "active award": ("awards", lambda world, s: world.active_award(s)),
    "planned payment": ("disbursements", lambda world, s: world.active_award(s).live_tranches[0]),
    "approved payment": ("disbursements", lambda world, s: approved_tranche(world, s)),
    "expected report": ("reports", lambda world, s: world.active_award(s).reports[0]),
    "submitted report": ("reports", lambda world, s: world.submitted_report(s)),
}


def _scored(world: World, session: Session) -> Any:
    review = world.in_review(session).reviews[0]
    world.score(session, review)
    return review


def bare(step: dict[str, Any]) -> bool:
    """Whether a reason at most comes with the step."""
    return set(step["inputs"]["properties"]) == {"reason"}


@pytest.mark.parametrize("name", STATES)
def test_the_list_agrees_with_what_happens_for_everybody(api: Api, world: World, made: Made, name: str) -> None:
    path, make = STATES[name]
    subject: Subject = made(lambda s: make(world, s))
    seen = allowed = 0
    for who in PEOPLE:
        listing = api.get(who, f"/{path}/{subject.reference}/steps")
        if listing.status_code == 404:
            continue
        for step in filter(bare, listing.json["steps"]):
            seen += 1
            target = subject
            if step["allowed"]:
                # A step that succeeds moves the subject, so it is tried on one of its own.
                allowed += 1
                target = made(lambda s: make(world, s))
            answer = api.step(
                who, f"/{path}/{target.reference}", step["name"], version=target.version, reason="Il le faut."
            )
            assert (answer.status_code == 200) is step["allowed"], (who, step, answer.text)
    assert seen > 0
    assert allowed > 0


def test_each_step_says_what_comes_with_it(api: Api, world: World, made: Made) -> None:
    reference = made(lambda s: world.submitted(s)).reference
    steps = {step["name"]: step for step in api.get("officer", f"/applications/{reference}/steps").json["steps"]}
    asked_back = steps["application.return"]
    assert asked_back["allowed"] is True
    assert asked_back["label"] == "Demander des corrections"
    assert asked_back["inputs"]["required"] == ["reason", "return_due_at"]
    assert steps["application.declare_ineligible"]["inputs"]["required"] == ["reason"]


def test_what_only_the_program_does_is_offered_to_nobody(api: Api, world: World, made: Made) -> None:
    file = made(lambda s: world.before_committee(s))
    path = f"/applications/{file.reference}"
    steps = {step["name"]: step for step in api.get("chair", f"{path}/steps").json["steps"]}
    assert "application.fund" not in steps
    answer = api.step("chair", path, "fund", version=file.version, amount="5000", motivation="Oui")
    assert answer.status_code == 403
    assert answer.json["reasons"][0]["code"] == "programs_own"
    recall = steps["application.recall"]
    assert recall["allowed"] is False
    assert recall["reasons"][0]["code"] == "not_permitted"
    assert recall["reasons"][0]["detail"] == "Cette étape revient à\u00a0: Chargé de mission du fonds."


def test_a_step_answers_with_what_became_of_the_subject(api: Api, world: World, made: Made) -> None:
    file = made(lambda s: world.submitted(s))
    path = f"/applications/{file.reference}"
    inputs = {"reason": "Une pièce manque.", "return_due_at": f"{utc_now().year + 1}-01-01T12:00:00+00:00"}
    answer = api.step("officer", path, "return", version=file.version, **inputs)
    assert answer.status_code == 200, answer.text
    assert answer.json["state"] == "returned"
    assert answer.json["return_due_at"] == inputs["return_due_at"]
    assert answer.headers["ETag"] == f'"{answer.json["version"]}"'
    assert answer.json["version"] > file.version


def test_a_repeated_step_changes_nothing_twice(api: Api, world: World, made: Made) -> None:
    draft = made(lambda s: world.draft(s))
    path = f"/applications/{draft.reference}"
    assert api.step("applicant", path, "submit", version=draft.version).status_code == 200
    again = api.step("applicant", path, "submit", version=draft.version)
    assert (again.status_code, again.json["code"]) == (412, "stale")
    events = api.get("officer", f"{path}/journal").json["items"]
    assert [line["action"] for line in events].count("application.submit") == 1


@pytest.mark.parametrize("headers", [{}, {"If-Match": "*"}])
def test_a_step_without_a_version_is_not_taken(
    api: Api, world: World, made: Made, headers: dict[str, str]
) -> None:
    path = f"/applications/{made(lambda s: world.draft(s)).reference}"
    answer = api("applicant", "POST", f"{path}/steps/submit", headers=headers)
    assert (answer.status_code, answer.json["code"]) == (428, "version_needed")
    assert api.get("applicant", path).json["state"] == "draft"


@pytest.mark.parametrize("tag", ['"abc"', 'W/"4"', "nothing", '"999999999999999999999"'])
def test_another_tag_than_the_present_one_is_stale(api: Api, world: World, made: Made, tag: str) -> None:
    path = f"/applications/{made(lambda s: world.draft(s)).reference}"
    assert api.get("applicant", path).headers["ETag"] == '"4"'
    answer = api("applicant", "POST", f"{path}/steps/submit", headers={"If-Match": tag})
    assert answer.status_code == 412


def test_one_of_several_tags_may_fit(api: Api, world: World, made: Made) -> None:
    path = f"/applications/{made(lambda s: world.draft(s)).reference}"
    answer = api("applicant", "POST", f"{path}/steps/submit", headers={"If-Match": '"1", "4"'})
    assert answer.status_code == 200


def test_an_unknown_step_names_those_that_there_are(api: Api, world: World, made: Made) -> None:
    draft = made(lambda s: world.draft(s))
    answer = api.step("applicant", f"/applications/{draft.reference}", "fly", version=draft.version)
    assert (answer.status_code, answer.json["code"]) == (404, "unknown_step")
    assert answer.json["allowed"] == ["application.submit", "application.withdraw"]


def test_a_step_from_another_state_names_those_of_this_one(api: Api, world: World, made: Made) -> None:
    draft = made(lambda s: world.draft(s))
    answer = api.step("applicant", f"/applications/{draft.reference}", "resubmit", version=draft.version)
    assert (answer.status_code, answer.json["code"]) == (409, "wrong_state")
    assert answer.json["allowed"] == ["application.submit", "application.withdraw"]
    assert "Brouillon" in answer.json["reasons"][0]["detail"]


def test_a_step_for_other_people_is_forbidden(api: Api, world: World, made: Made) -> None:
    file = made(lambda s: world.submitted(s))
    path = f"/applications/{file.reference}"
    answer = api.step("applicant", path, "declare_ineligible", version=file.version, reason="Parce que")
    assert (answer.status_code, answer.json["code"]) == (403, "not_permitted")
    assert answer.json["reasons"][0]["code"] == "not_permitted"


def test_a_refused_guard_is_a_conflict_with_its_reasons(api: Api, world: World, made: Made) -> None:
    file = made(lambda s: world.submitted(s))
    answer = api.step("officer", f"/applications/{file.reference}", "start_review", version=file.version)
    assert (answer.status_code, answer.json["code"]) == (409, "refused")
    (reason,) = answer.json["reasons"]
    assert reason["code"] == "reviewers_too_few"
    assert reason["detail"].startswith("Évaluateurs")
    assert reason["field"] is None


@pytest.mark.parametrize(
    ("inputs", "errors"),
    [
        ({}, {"#/paid_on": "required"}),
        ({"paid_on": "soon"}, {"#/paid_on": "not_a_day"}),
        ({"paid_on": "2090-01-01"}, {"#/paid_on": "payment_date_ahead"}),
        ({"paid_on": "2026-01-01", "colour": "red"}, {"#/colour": "unknown_field"}),
    ],
)
def test_inputs_of_a_step_are_named_by_their_pointer(
    api: Api, world: World, made: Made, inputs: dict[str, Any], errors: dict[str, str]
) -> None:
    tranche = made(lambda s: proven_tranche(world, s))
    answer = api.step("finance", f"/disbursements/{tranche.reference}", "pay", version=tranche.version, **inputs)
    assert answer.status_code == 422
    assert {line["pointer"]: line["code"] for line in answer.json["errors"]} == errors
    assert all(line["detail"] for line in answer.json["errors"])


def test_a_missing_reason_is_a_missing_input(api: Api, world: World, made: Made) -> None:
    draft = made(lambda s: world.draft(s))
    answer = api.step("applicant", f"/applications/{draft.reference}", "withdraw", version=draft.version)
    assert answer.status_code == 422
    assert [(line["pointer"], line["code"]) for line in answer.json["errors"]] == [("#/reason", "reason_missing")]


def test_a_correction_names_its_field_without_marshmallows_own_words(api: Api, world: World, made: Made) -> None:
    file = made(lambda s: world.submitted(s))
    answer = api.step(
        "officer",
        f"/applications/{file.reference}",
        "return",
        version=file.version,
        reason="À revoir",
        return_due_at="2999-01-01T00:00",
        corrections={
            "title": {"kind": "ugly", "reason": "Trop long."},
            "summary": 7,
            "a/b": {"kind": "wrong", "reason": "x" * 1_001},
        },
    )
    assert answer.status_code == 422
    pointers = {line["pointer"] for line in answer.json["errors"]}
    assert pointers == {
        "#/return_due_at",
        "#/corrections/title/kind",
        "#/corrections/summary",
        "#/corrections/a~1b/reason",
    }
