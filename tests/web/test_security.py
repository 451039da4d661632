"""Headers, cookies, sizes and the reference of each request."""

import re

import pytest
from flask.testing import FlaskClient

from tests.web.shell_app import make_client, production_settings


def test_every_answer_carries_the_policy(shell: FlaskClient) -> None:
    for path in ("/page", "/static/fund.css", "/nowhere", "/bug"):
        headers = shell.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "data:" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"


def test_pages_are_not_kept_but_static_files_are(shell: FlaskClient) -> None:
    assert shell.get("/page").headers["Cache-Control"] == "no-store"
    assert "max-age=3600" in shell.get("/static/fund.css").headers["Cache-Control"]


def test_each_request_has_its_own_reference(shell: FlaskClient) -> None:
    given = {"X-Request-ID": "chosen-by-the-client"}
    references = [shell.get("/page", headers=given).headers["X-Request-ID"] for _ in range(2)]
    assert len(set(references)) == 2
    for reference in references:
        assert re.fullmatch(r"([B-DF-HJ-NP-TV-XZ2-9]{4}-){2}[B-DF-HJ-NP-TV-XZ2-9]{4}", reference)


def test_cookies_are_closed_to_scripts_and_other_sites(shell: FlaskClient) -> None:
    cookie = shell.get("/page").headers["Set-Cookie"]
    assert cookie.startswith("fund_session=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_production_speaks_https_only() -> None:
    response = make_client(production_settings()).get("/page", base_url="https://fonds.example")
    assert "Secure" in response.headers["Set-Cookie"]
    assert response.headers["Strict-Transport-Security"].startswith("max-age=63072000")


@pytest.mark.parametrize("path", ["/page?q=%00", "/page?%00=q", "/%00"])
def test_nul_in_an_address_is_a_400(shell: FlaskClient, path: str) -> None:
    assert shell.get(path).status_code == 400


def test_nul_in_a_form_is_a_400_even_before_its_token_is_checked(shell: FlaskClient) -> None:
    response = shell.post("/form", data={"title": "a\0b"})
    assert response.status_code == 400
    assert "La demande n’a pas été comprise" in response.text


def test_a_body_above_25_megabytes_is_a_413(shell: FlaskClient) -> None:
    response = shell.post("/form", data={"title": b"x" * (26 * 1024 * 1024)})
    assert response.status_code == 413
    assert "25\u00a0Mo" in response.text


def test_a_form_without_its_token_says_that_it_has_expired(shell: FlaskClient) -> None:
    response = shell.post("/form", data={"title": "Alliance"})
    assert response.status_code == 400
    assert "Ce formulaire a expiré" in response.text


def test_a_form_with_its_token_is_taken(shell: FlaskClient) -> None:
    found = re.search(r"[A-Za-z0-9_-]{40,}\.[\w.-]+", shell.get("/page").text)
    assert found is not None
    response = shell.post("/form", data={"title": "Alliance", "csrf_token": found.group()})
    assert response.json == {"title": "Alliance", "csrf_token": found.group()}
