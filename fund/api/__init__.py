"""The JSON API, ``/api/v1``: the same services, schemas and permissions as the pages, by token and in JSON."""

from flask import Flask

from fund.api.blueprint import api
from fund.api.gate import init_gate
from fund.api.openapi import init_document


def init_api(app: Flask) -> None:
    """Set up the API; after the pages, whose limits it counts with, and before ``init_access``."""
    init_gate(app)
    # In the order in which the shapes are declared: what identifies first.
    app.json.sort_keys = False  # type: ignore[attr-defined]  # Flask's own provider has it
    document = init_document(app)
    document.register_blueprint(api)
    # Tokens and no cookies: no other site can make a browser send one, so there is nothing to forge.
    app.extensions["csrf"].exempt(api)
