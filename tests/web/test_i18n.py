"""The choice of language and the way back."""

import pytest
from flask.testing import FlaskClient

from fund.edge.i18n import chosen_language, local_path


def test_french_comes_first_whatever_the_browser_asks(shell: FlaskClient) -> None:
    assert '<html lang="fr">' in shell.get("/page", headers={"Accept-Language": "en"}).text


def test_the_api_speaks_the_language_that_is_asked_of_it(shell: FlaskClient) -> None:
    def language_of(asked: str) -> str:
        with shell.application.test_request_context("/api/v1/calls", headers={"Accept-Language": asked}):
            return chosen_language()

    assert language_of("en-GB,en;q=0.9,fr;q=0.5") == "en"
    assert language_of("de") == "fr"
    assert language_of("") == "fr"


def test_the_choice_is_kept_and_leads_back(shell: FlaskClient) -> None:
    response = shell.get("/langue/en?next=/page?tab%3D2")
    assert response.status_code == 303
    assert response.location == "/page?tab=2"
    page = shell.get("/page").text
    assert '<html lang="en">' in page
    assert "/langue/fr?next=/page" in page


def test_an_unknown_language_does_not_exist(shell: FlaskClient) -> None:
    assert shell.get("/langue/de").status_code == 404


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "",
        None,
    ],
)
def test_nobody_is_sent_to_another_site(target: str | None) -> None:
    assert local_path(target) == "/"


def test_a_path_of_this_site_is_kept() -> None:
    assert local_path("/dossiers?etat=submitted&page=2#journal") == "/dossiers?etat=submitted&page=2#journal"
    assert local_path("/réponse") == "/r%C3%A9ponse"
    assert local_path("/page?q=%C3%A9") == "/page?q=%C3%A9"
