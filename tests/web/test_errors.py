"""Error pages: in the frame, in French first, with a reference, and without a leak."""

import pytest
from flask.testing import FlaskClient
from redis.exceptions import ConnectionError as RedisAway
from sqlalchemy.exc import OperationalError

from fund.edge.access import RoleNeeded, SignInNeeded
from fund.edge.i18n import LANGUAGE_COOKIE
from fund.errors import Conflict, InvalidInput, NotFound
from fund.services.perform import NotEditable, NotPermitted
from fund.web.errors import HANDLED, TEXTS, status_of
from workflows.application import ApplicationState
from workflows.permissions import Permission


@pytest.mark.parametrize("code", sorted(TEXTS))
def test_each_page_says_what_happened_and_gives_the_reference(shell: FlaskClient, code: int) -> None:
    response = shell.get(f"/abort/{code}")
    assert response.status_code == code
    assert f"Erreur {code}" in response.text
    assert response.headers["X-Request-ID"] in response.text
    assert '<html lang="fr">' in response.text


def test_an_error_without_a_page_of_its_own_borrows_the_nearest(shell: FlaskClient) -> None:
    response = shell.get("/abort/418")
    assert response.status_code == 418
    assert "La demande n’a pas été comprise" in response.text


def test_an_engine_away_is_a_503_that_says_when_to_come_back(shell: FlaskClient) -> None:
    response = shell.get("/away")
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "30"
    assert "momentanément indisponible" in response.text


def test_a_stale_version_is_a_409_of_its_own(shell: FlaskClient) -> None:
    response = shell.get("/stale")
    assert response.status_code == 409
    assert "entre-temps" in response.text


def test_a_bug_leaks_nothing(shell: FlaskClient) -> None:
    response = shell.get("/bug")
    assert response.status_code == 500
    assert "must not leak" not in response.text
    assert "Traceback" not in response.text


def test_a_wrong_method_still_names_the_right_ones(shell: FlaskClient) -> None:
    response = shell.get("/form")
    assert response.status_code == 405
    assert "POST" in response.headers["Allow"]


def test_the_pages_exist_in_english(shell: FlaskClient) -> None:
    shell.set_cookie(LANGUAGE_COOKIE, "en")
    response = shell.get("/nowhere")
    assert '<html lang="en">' in response.text
    assert "This page does not exist" in response.text


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (SignInNeeded("/page"), 401),
        (RoleNeeded("/page"), 403),
        (NotPermitted(Permission.CALL_MANAGE), 403),
        (NotFound(), 404),
        (NotEditable(ApplicationState.FUNDED), 409),
        (Conflict("busy"), 409),
        (InvalidInput({"title": ["required"]}), 422),
        (OperationalError("select", {}, Exception("away")), 503),
        (RedisAway("away"), 503),
        (RuntimeError("bug"), 500),
    ],
)
def test_each_error_of_the_program_has_its_status(error: Exception, status: int) -> None:
    assert status_of(error) == status
    assert status == 500 or isinstance(error, HANDLED)
