"""Is the program alive, and can it work? For whatever watches over it."""

from collections.abc import Callable

from flask import Blueprint, current_app, jsonify
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from fund.edge.access import PUBLIC, access
from fund.edge.requests import current_session
from migrations.runner import current_revision, head_revision

blueprint = Blueprint("health", __name__)
REDIS_EXTENSION = "fund_redis"


@blueprint.get("/healthz")
@access(PUBLIC)
def alive() -> Response:
    """This process answers; nothing else is asked."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@access(PUBLIC)
def ready() -> tuple[Response, int]:
    """PostgreSQL answers with the schema of this version, and Redis answers; 503 says which does not."""
    checks = {"database": _state_of(_check_database), "redis": _state_of(_check_redis)}
    status = 200 if set(checks.values()) == {"ok"} else 503
    return jsonify(status="ok" if status == 200 else "unavailable", **checks), status


def _state_of(check: Callable[[], str]) -> str:
    try:
        return check()
    except (SQLAlchemyError, RedisError, OSError):
        return "away"


def _check_database() -> str:
    connection = current_session().connection()
    connection.execute(text("SELECT 1"))
    return "ok" if current_revision(connection) == head_revision() else "schema not up to date"


def _check_redis() -> str:
    redis: Redis = current_app.extensions[REDIS_EXTENSION]
    redis.ping()
    return "ok"
