"""Bad requests and bad days: each is answered by a problem document with a clear status, and nothing leaks."""

import json
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
import structlog
from flask import Flask
from redis import Redis
from sqlalchemy import text
from werkzeug.test import TestResponse

from config.settings import Settings
from fund.api.bodies import BODY_MAXIMUM
from fund.api.gate import ANONYMOUS_RATE, RATE
from fund.app import create_app
from fund.db import SessionFactory, unit_of_work
from fund.edge.limits import init_limits
from fund.services.people import list_tokens, revoke_token
from tests.api.conftest import Api, Made
from tests.scenario import World

MEMBERS = {"type", "title", "status", "code", "detail", "reference"}


def check(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    """The answer is a whole problem document of that status and code."""
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    problem: dict[str, Any] = answer.get_json(force=True)
    assert set(problem) >= MEMBERS
    assert (problem["status"], problem["code"], problem["type"]) == (status, code, "about:blank")
    assert problem["reference"] == answer.headers["X-Request-ID"]
    assert problem["title"]
    assert problem["detail"]
    return problem


def test_without_a_token_one_is_asked_for(api: Api) -> None:
    answer = api.get(None, "/applications")
    check(answer, 401, "token_needed")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="Fonds ODD 17"'


@pytest.mark.parametrize(
    "value", ["Bearer nothing", "Bearer", "Basic b2ZmaWNlcjpzZWNyZXQ=", "odd17_x", "Bearer é", ""]
)
@pytest.mark.parametrize("path", ["/applications", "/calls"])
def test_a_credential_of_no_use_is_refused_even_where_none_is_needed(api: Api, value: str, path: str) -> None:
    answer = api.get(None, path, headers={"Authorization": value})
    check(answer, 401, "token_unknown")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_a_revoked_token_opens_nothing(api: Api, world: World, factory: SessionFactory) -> None:
    assert api.get("officer", "/me").status_code == 200
    with unit_of_work(factory) as session:
        (token,) = list_tokens(session, world["officer"])
        revoke_token(session, world["officer"], token.id)
    check(api.get("officer", "/me"), 401, "token_unknown")


@pytest.mark.parametrize(
    "path",
    ["", "/", "/nothing", "/applications/DO-2222-2222", "/applications/1", "/applications/do-2222-2222/steps"],
)
def test_what_is_not_there_is_not_found(api: Api, path: str) -> None:
    check(api.get("officer", path), 404, "not_found")


def test_another_method_is_told_which_there_are(api: Api) -> None:
    answer = api("officer", "DELETE", "/calls")
    check(answer, 405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) >= {"GET", "POST"}


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nothing",
        b'{"title": NaN}',
        b'{"total_budget": -Infinity}',
        b'{"total_budget": 1e99999999999999999999}',
        b'{"title": "\xff"}',
        b'{"total_budget": ' + b"9" * 5_000 + b"}",
        b"[" * 100_000 + b"]" * 100_000,
        b'{"title": ' * 50_000 + b"1" + b"}" * 50_000,
    ],
)
def test_what_is_no_json_is_a_bad_request(api: Api, world: World, made: Made, body: bytes) -> None:
    draft = made(lambda s: world.draft(s))
    path = f"/applications/{draft.reference}"
    answer = api("applicant", "PATCH", path, version=draft.version, data=body, content_type="application/json")
    check(answer, 400, "bad_request")


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ('{"title": "a\\u0000b"}', "#/title", "control_characters"),
        ('{"title": "a\\ud800b"}', "#/title", "control_characters"),
        ('{"a\\ud800b": 1}', "#/a%3Fb", "unknown_field"),
        ('{"total_budget": 1e999}', "#/total_budget", "not_an_amount"),
        ('{"total_budget": 0.001}', "#/total_budget", "too_many_decimals"),
        ('{"total_budget": true}', "#/total_budget", "not_an_amount"),
        ('{"total_budget": {}}', "#/total_budget", "not_an_amount"),
        ('{"total_budget": -5}', "#/total_budget", "amount_too_small"),
        ('{"starts_on": "2027-02-30"}', "#/starts_on", "not_a_day"),
        ('{"starts_on": 20270101}', "#/starts_on", "not_a_day"),
        ('{"members": [3]}', "#/members/0", "not_an_object"),
        ('{"contact_email": "x"}', "#/contact_email", "not_an_email"),
        ("null", "#", "not_an_object"),
        ('"text"', "#", "not_an_object"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(
    api: Api, world: World, made: Made, body: str, pointer: str, code: str
) -> None:
    draft = made(lambda s: world.draft(s))
    path = f"/applications/{draft.reference}"
    answer = api("applicant", "PATCH", path, version=draft.version, data=body, content_type="application/json")
    problem = check(answer, 422, "invalid")
    assert [(line["pointer"], line["code"]) for line in problem["errors"]] == [(pointer, code)]
    assert api.get("applicant", path).json["version"] == draft.version


def test_a_thousand_errors_are_not_all_told(api: Api) -> None:
    body = {f"{'field' * 50}{number}": 1 for number in range(1_000)}
    problem = check(api("officer", "POST", "/calls", json=body), 422, "invalid")
    assert len(problem["errors"]) == 100
    assert all(len(line["pointer"]) < 210 for line in problem["errors"])


def test_another_kind_of_content_is_not_read(api: Api, world: World, made: Made) -> None:
    draft = made(lambda s: world.draft(s))
    path = f"/applications/{draft.reference}"
    for kind in ("text/plain", "application/xml", "application/x-www-form-urlencoded"):
        answer = api("applicant", "PATCH", path, version=draft.version, data=b"title=x", content_type=kind)
        check(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize("size", [BODY_MAXIMUM + 1, 50 * 1024 * 1024])
def test_a_body_too_large_is_not_read(api: Api, size: int) -> None:
    answer = api("officer", "POST", "/calls", data=b" " * size, content_type="application/json")
    check(answer, 413, "too_large")


def test_a_body_without_a_length_is_measured_too(api: Api) -> None:
    stream = BytesIO(b" " * (BODY_MAXIMUM + 1))
    answer = api(
        "officer",
        "POST",
        "/calls",
        input_stream=stream,
        content_type="application/json",
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    check(answer, 413, "too_large")


@pytest.mark.parametrize(
    ("query", "parameter", "code"),
    [
        ("limit=0", "limit", "out_of_range"),
        ("limit=101", "limit", "out_of_range"),
        ("limit=many", "limit", "not_a_whole_number"),
        ("cursor=x", "cursor", "bad_cursor"),
        ("cursor=WyJhZnRlciIsIjk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OSJd", "cursor", "bad_cursor"),
        ("state=flying", "state", "not_a_choice"),
        ("colour=red", "colour", "unknown_field"),
    ],
)
def test_a_query_that_cannot_be_used_names_its_parameter(api: Api, query: str, parameter: str, code: str) -> None:
    problem = check(api.get("officer", f"/applications?{query}"), 422, "invalid")
    assert [(line["parameter"], line["code"]) for line in problem["errors"]] == [(parameter, code)]


def test_nul_bytes_are_refused(api: Api) -> None:
    problem = check(api.get("officer", "/applications?call=%00"), 422, "invalid")
    assert problem["errors"][0]["parameter"] == "call"
    check(api.get("officer", "/applications?cursor=WyJhZnRlciIsIlx1MDAwMCJd"), 422, "invalid")
    check(api.get("officer", "/applications/%00"), 404, "not_found")


def test_problems_speak_the_language_asked(api: Api) -> None:
    french = check(api.get(None, "/me"), 401, "token_needed")
    english = check(api.get(None, "/me", headers={"Accept-Language": "en"}), 401, "token_needed")
    assert french["title"] == "Vous n’êtes pas connecté"
    assert english["title"] == "You are not signed in"
    assert french["detail"] != english["detail"]


# --- how often ---


@pytest.fixture
def limited(app: Flask, redis: Redis) -> Iterator[Flask]:
    before = {name: app.config[name] for name in (RATE, ANONYMOUS_RATE)}
    redis.flushdb()
    app.config.update({RATE: "3 per minute", ANONYMOUS_RATE: "2 per minute"})
    yield app
    app.config.update(before)


@pytest.mark.usefixtures("limited")
def test_each_person_has_a_count_of_their_own(api: Api) -> None:
    for _ in range(3):
        assert api.get("officer", "/me").status_code == 200
    answer = api.get("officer", "/calls")
    check(answer, 429, "too_many_requests")
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert api.get("finance", "/me").status_code == 200


@pytest.mark.usefixtures("limited")
def test_guessing_tokens_counts_for_the_address(api: Api) -> None:
    for number in range(2):
        check(api.get(None, "/me", headers={"Authorization": f"Bearer {number}"}), 401, "token_unknown")
    check(api.get(None, "/me", headers={"Authorization": "Bearer 3"}), 429, "too_many_requests")
    check(api.get(None, "/calls"), 429, "too_many_requests")


# --- engines away ---


def test_without_the_database_the_answer_is_to_come_back(settings: Settings) -> None:
    gone = replace(settings, database_url="postgresql+psycopg://fund@127.0.0.1:1/fund")
    away = Api(create_app(gone), {"officer": "odd17_x"})
    for who, path in (("officer", "/me"), (None, "/calls")):
        answer = away.get(who, path)
        check(answer, 503, "away")
        assert int(answer.headers["Retry-After"]) > 0
        assert "127.0.0.1" not in answer.text


def test_without_redis_the_api_stays_open_and_each_process_counts(
    app: Flask, settings: Settings, api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    gone = create_app(replace(settings, redis_url="redis://127.0.0.1:1"))
    gone.config.update({RATE: "2 per minute", ANONYMOUS_RATE: "2 per minute"})
    try:
        away = Api(gone, api.tokens)
        assert [away.get("officer", "/me").status_code for _ in range(3)] == [200, 200, 429]
        assert "falling back to in-memory" in caplog.text
    finally:
        init_limits(app, settings)  # the limiter is one for all applications of a process


def test_an_unforeseen_error_is_logged_and_says_nothing(api: Api, factory: SessionFactory) -> None:
    """A call whose funder's kind the code does not know: no input can do this, a bad migration could."""
    with unit_of_work(factory) as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text("ALTER TABLE organisations DROP CONSTRAINT ck_organisations_kind_known"))
        session.execute(text("UPDATE organisations SET kind = 'secret-kind'"))
    try:
        with structlog.testing.capture_logs() as logs:
            problem = check(api.get(None, "/calls"), 500, "internal")
        assert "secret-kind" not in json.dumps(problem)
        assert [line["event"] for line in logs] == ["api_error"]
    finally:
        with unit_of_work(factory) as session:
            session.execute(text("UPDATE organisations SET kind = 'other'"))
            session.execute(
                text(
                    "ALTER TABLE organisations ADD CONSTRAINT ck_organisations_kind_known CHECK (kind IN"
                    " ('local_authority', 'association', 'company', 'research', 'foundation', 'other'))"
                )
            )
    assert api.get(None, "/calls").status_code == 200
