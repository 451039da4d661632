"""Every route says who may use it, and is closed to everybody else."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask

from config.settings import Settings
from fund.app import create_app
from fund.edge.access import PUBLIC, Access, UndeclaredRoute, access, access_of, require_declarations

# Whatever is added here is open to the whole world: think twice.
PUBLIC_ROUTES = {
    "GET /",
    "GET /alliances",
    "GET /alliances/<reference>",
    "GET /donnees-ouvertes",
    "GET /donnees-ouvertes/<name>",
    "GET /appels",
    "GET /appels/<reference>",
    "GET /appels/<reference>/calendrier.ics",
    "GET /appels/<reference>/eligibilite",
    "POST /appels/<reference>/eligibilite",
    "GET /appels/<reference>/formulaire.pdf",
    "GET /bootstrap/static/<path:filename>",
    # An expert answers one question by her personal link.
    "GET /avis/<text>",
    "GET /avis/<text>/documents/<reference>",
    "POST /avis/<text>",
    "GET /connexion",
    "POST /connexion",
    "GET /healthz",
    # The pages behind personal links, and those that ask for one: no account is needed to follow a link.
    "GET /inscription",
    "POST /inscription",
    "GET /inscription/<text>",
    "POST /inscription/<text>",
    "GET /invitation/<text>",
    "POST /invitation/<text>",
    "GET /membre/<text>",
    "POST /membre/<text>",
    "GET /rejoindre/<text>",
    "POST /rejoindre/<text>",
    "GET /mot-de-passe-oublie",
    "POST /mot-de-passe-oublie",
    "GET /mot-de-passe/<text>",
    "POST /mot-de-passe/<text>",
    "GET /signature/<text>",
    "GET /signature/<text>/convention.pdf",
    "POST /signature/<text>",
    "GET /signature/<text>/refus",
    "POST /signature/<text>/refus",
    "GET /langue/<code>",
    "GET /readyz",
    "GET /static/<path:filename>",
    "GET /territoires",
    "GET /verifier",
    "GET /api/v1/calls",
    "GET /api/v1/calls/<reference:reference>",
    "GET /api/v1/calls/<reference:reference>/content",
    "GET /api/v1/openapi.json",
}


@pytest.fixture(scope="module")
def application(settings: Settings) -> Flask:
    return create_app(settings)


def routes(application: Flask) -> Iterator[tuple[str, str, str]]:
    """Method, address and endpoint of every route."""
    for rule in application.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, rule.rule, rule.endpoint


def declared(application: Flask) -> dict[str, Access | None]:
    return {f"{method} {rule}": access_of(application, end, method) for method, rule, end in routes(application)}


def test_every_route_declares_its_access(application: Flask) -> None:
    assert [route for route, found in declared(application).items() if found is None] == []


def test_only_these_routes_are_open_to_everybody(application: Flask) -> None:
    assert {route for route, found in declared(application).items() if found and found.public} == PUBLIC_ROUTES


def test_no_other_route_answers_a_visitor(application: Flask) -> None:
    client = application.test_client()
    for method, rule, endpoint in routes(application):
        if f"{method} {rule}" in PUBLIC_ROUTES:
            continue
        path = re.sub(r"<any\((\w+)[^>]*>", r"\1", re.sub(r"<int:[^>]+>", "1", rule))
        path = re.sub(r"<[^>]+>", "DO-2345-6789", path)
        status = client.open(path, method=method, headers={"Accept": "text/html"}).status_code
        # 400: the missing CSRF token is found first; 303: the way to the sign-in page.
        assert status in (303, 400, 401), f"{method} {rule} ({endpoint}) answered {status}"


def test_an_undeclared_route_stops_the_start() -> None:
    bare = Flask("bare", static_folder=None)
    bare.add_url_rule("/declared", "declared", access(PUBLIC)(lambda: ""))
    require_declarations(bare)
    bare.add_url_rule("/forgotten", "forgotten", lambda: "")
    with pytest.raises(UndeclaredRoute, match="/forgotten"):
        require_declarations(bare)
