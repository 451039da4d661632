"""The frame of the pages on its own, with routes that provoke each kind of answer; no database is needed."""

from pathlib import Path

from flask import Flask, abort, render_template_string, request
from flask.testing import FlaskClient

from config.settings import Settings, load_settings
from fund.errors import EngineAway, StaleVersion
from fund.web.errors import HANDLED, error_page
from fund.web.shell import init_shell

PRODUCTION = {
    "FUND_ENV": "production",
    "DATABASE_URL": "postgresql+psycopg://fund@db.example/fund",
    "REDIS_URL": "redis://redis.example",
    "SMTP_URL": "smtp://mail.example",
    "PUBLIC_URL": "https://fonds.example",
    "SECRET_KEY": "a secret for tests only",
}


def development_settings(instance: Path) -> Settings:
    return load_settings({"FUND_INSTANCE": str(instance), "FUND_ENV": "test"})


def production_settings() -> Settings:
    return load_settings(PRODUCTION)


def make_client(settings: Settings) -> FlaskClient:
    app = Flask("fund.web", static_folder="static", template_folder="templates")
    app.config["SECRET_KEY"] = settings.secret_key
    init_shell(app, settings)
    for kind in HANDLED:
        app.register_error_handler(kind, error_page)
    _add_routes(app)
    return app.test_client()


def _add_routes(app: Flask) -> None:
    @app.get("/page")
    def page() -> str:
        return render_template_string(
            '{% extends "layout/page.html" %}{% block content %}{{ csrf_token() }}{% endblock %}'
        )

    @app.post("/form")
    def form() -> dict[str, str]:
        return dict(request.form)

    @app.get("/abort/<int:code>")
    def stop(code: int) -> str:
        abort(code)

    @app.get("/away")
    def away() -> str:
        raise EngineAway("database")

    @app.get("/stale")
    def stale() -> str:
        raise StaleVersion(expected=1, actual=2)

    @app.get("/bug")
    def bug() -> str:
        raise RuntimeError("a detail that must not leak")
