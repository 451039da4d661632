"""Every setting of the program, read once from the environment.

This module is the only reader of ``os.environ`` (Law: secrets come from the environment and nowhere else).
"""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from fsspec import get_filesystem_class

ENVIRONMENTS = ("development", "test", "production")
TIMEZONE = "Europe/Paris"
LOCALES = ("fr", "en")
DEFAULT_LOCALE = "fr"


class SettingsError(ValueError):
    """A setting is missing or has a value that cannot be used; the text says which and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The program's settings.

    ``database_url`` and ``redis_url`` are None where the embedded engines are to be used;
    ``smtp_url`` is None where mail is to be kept in ``instance/mail`` (never in production).
    ``storage_url`` is where files are kept, an fsspec URL; ``clamd_url`` is None where nothing scans them.
    ``giving_prefix`` is the publisher's own in 360Giving.
    """

    environment: str
    instance_path: Path
    database_url: str | None
    redis_url: str | None
    smtp_url: str | None
    storage_url: str
    clamd_url: str | None
    mail_from: str
    contact_email: str
    public_url: str
    host: str
    port: int
    web_processes: int
    secret_key: str
    log_level: str
    giving_prefix: str

    @property
    def is_production(self) -> bool:
        return self.environment == "production"


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings. Raises SettingsError when one is missing or malformed."""
    env = os.environ if environ is None else environ
    environment = _one_of(env, "FUND_ENV", ENVIRONMENTS, "development")
    instance = Path(env.get("FUND_INSTANCE", "instance")).absolute()
    host = env.get("HOST", "127.0.0.1")
    port = _integer(env, "PORT", 8017)
    production = environment == "production"
    return Settings(
        environment=environment,
        instance_path=instance,
        database_url=_required_in(production, env, "DATABASE_URL"),
        redis_url=_required_in(production, env, "REDIS_URL"),
        smtp_url=_required_in(production, env, "SMTP_URL"),
        storage_url=_storage_url(env, instance / "storage"),
        clamd_url=_clamd_url(env),
        mail_from=env.get("MAIL_FROM", "Fonds ODD 17 <ne-pas-repondre@fonds-odd17.example>"),
        contact_email=env.get("CONTACT_EMAIL", "contact@fonds-odd17.example"),
        public_url=(_required_in(production, env, "PUBLIC_URL") or f"http://{host}:{port}").rstrip("/"),
        host=host,
        port=port,
        web_processes=_integer(env, "WEB_PROCESSES", 2),
        secret_key=_required_in(production, env, "SECRET_KEY") or _kept_secret(instance / "secret_key"),
        log_level=env.get("LOG_LEVEL", "INFO").upper(),
        giving_prefix=_giving_prefix(env),
    )


def inherited_environment() -> dict[str, str]:
    """A copy of the process's environment, to be handed to child processes."""
    return dict(os.environ)


def _required_in(production: bool, env: Mapping[str, str], name: str) -> str | None:
    value = env.get(name, "").strip()
    if production and not value:
        raise SettingsError(f"{name} must be set when FUND_ENV is production")
    return value or None


def _one_of(env: Mapping[str, str], name: str, allowed: tuple[str, ...], default: str) -> str:
    value = env.get(name, default)
    if value not in allowed:
        raise SettingsError(f"{name} is {value!r}; it must be one of {', '.join(allowed)}")
    return value


def _integer(env: Mapping[str, str], name: str, default: int) -> int:
    value = env.get(name, str(default))
    if not value.isdigit() or int(value) == 0:
        raise SettingsError(f"{name} is {value!r}; it must be a whole number above zero")
    return int(value)


def _storage_url(env: Mapping[str, str], default: Path) -> str:
    """A folder's path is taken as well as an fsspec URL; a store that needs a package needs it at the start."""
    value = env.get("STORAGE_URL", "").strip() or str(default)
    if "://" not in value:
        return f"file://{Path(value).absolute()}"
    protocol = value.partition("://")[0]
    try:
        get_filesystem_class(protocol)
    except (ImportError, ValueError) as error:
        raise SettingsError(f"STORAGE_URL begins with {protocol}://, which cannot be used: {error}") from error
    return value


def _giving_prefix(env: Mapping[str, str]) -> str:
    value = env.get("FUND_360G_PREFIX", "").strip() or "360G-FondsODD17"
    if not re.fullmatch(r"360G-[A-Za-z0-9]+", value):
        raise SettingsError(f"FUND_360G_PREFIX is {value!r}; it must be 360G- and letters or digits")
    return value


def _clamd_url(env: Mapping[str, str]) -> str | None:
    value = env.get("CLAMD_URL", "").strip()
    if value and not _is_socket(value):
        raise SettingsError(f"CLAMD_URL is {value!r}; it must be like unix:///run/clamd.sock or tcp://host:3310")
    return value or None


def _is_socket(url: str) -> bool:
    parts = urlsplit(url)
    try:
        tcp = parts.scheme == "tcp" and bool(parts.hostname and parts.port) and not parts.path.strip("/")
    except ValueError:  # the port is no number below 65536
        return False
    return tcp or (parts.scheme == "unix" and not parts.netloc and len(parts.path) > 1)


def _kept_secret(path: Path) -> str:
    """The development secret: made once and kept, so that a restart signs nobody out."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="ascii") as file:
            path.chmod(0o600)
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text(encoding="ascii")
