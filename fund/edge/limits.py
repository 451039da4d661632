"""Limits on how often something may be tried, counted in Redis for all web processes together."""

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from config.settings import Settings

limiter = Limiter(key_func=get_remote_address)


def init_limits(app: Flask, settings: Settings) -> None:
    """Count in Redis; while it is away each process counts for itself, so that people can still sign in."""
    app.config.update(
        RATELIMIT_STORAGE_URI=_storage_of(settings),
        RATELIMIT_STORAGE_OPTIONS={"socket_connect_timeout": 2, "socket_timeout": 2},
        RATELIMIT_STRATEGY="moving-window",
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=True,
        RATELIMIT_KEY_PREFIX="fund",
        RATELIMIT_HEADERS_ENABLED=True,
    )
    limiter.init_app(app)


def _storage_of(settings: Settings) -> str:
    """The address in the words of the limits library, which calls Redis on a unix socket ``redis+unix``."""
    return (settings.redis_url or "").replace("unix://", "redis+unix://", 1)
