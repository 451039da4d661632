"""The composition root: settings and engines in, a Flask application out."""

from flask import Flask
from redis import Redis

from config.settings import Settings, load_settings
from fund.api import init_api
from fund.db import make_engine, make_session_factory
from fund.edge.access import init_access, require_declarations
from fund.edge.requests import init_requests
from fund.web import init_web


def create_app(settings: Settings | None = None) -> Flask:
    """The web application. Its engines' addresses are those of the settings: ``fund run`` has set them.

    Nothing is asked of PostgreSQL or Redis here: the application starts while they are away, and says so.
    """
    settings = settings or load_settings()
    if settings.database_url is None or settings.redis_url is None:
        raise RuntimeError("the web application needs DATABASE_URL and REDIS_URL; “fund run” provides both")
    app = Flask("fund.web", static_folder="static", template_folder="templates")
    app.config["SECRET_KEY"] = settings.secret_key
    app.config["FUND_SETTINGS"] = settings
    redis = Redis.from_url(settings.redis_url, socket_connect_timeout=2, socket_timeout=2)
    init_requests(app, make_session_factory(make_engine(settings.database_url)))
    init_web(app, settings, redis)
    init_api(app)
    # Last: by now the pages and the API have said whom they recognise, and every route is there.
    init_access(app)
    require_declarations(app)
    return app
