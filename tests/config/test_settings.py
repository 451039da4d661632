"""Where files go and who scans them, as the environment says it."""

from pathlib import Path

import pytest

from config.settings import Settings, SettingsError, load_settings


def settings(instance: Path, **environ: str) -> Settings:
    return load_settings({"FUND_ENV": "test", "FUND_INSTANCE": str(instance), "SECRET_KEY": "test", **environ})


def test_files_are_kept_in_the_instance_unless_said_otherwise(tmp_path: Path) -> None:
    instance = tmp_path / "with space"
    assert settings(instance).storage_url == f"file://{instance}/storage"
    assert settings(instance, STORAGE_URL="memory://files").storage_url == "memory://files"
    assert settings(instance, STORAGE_URL=str(tmp_path)).storage_url == f"file://{tmp_path}"


def test_a_store_that_cannot_be_used_is_said_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="STORAGE_URL") as caught:
        settings(tmp_path, STORAGE_URL="nowhere://user:secret@bucket")
    assert "secret" not in str(caught.value)


def test_nothing_scans_unless_said(tmp_path: Path) -> None:
    assert settings(tmp_path).clamd_url is None
    assert settings(tmp_path, CLAMD_URL=" ").clamd_url is None


@pytest.mark.parametrize("url", ["unix:///run/clamav/clamd.ctl", "tcp://127.0.0.1:3310", "tcp://[::1]:3310"])
def test_an_address_of_clamd_is_taken(tmp_path: Path, url: str) -> None:
    assert settings(tmp_path, CLAMD_URL=url).clamd_url == url


@pytest.mark.parametrize(
    "url",
    ["/run/clamd.ctl", "unix://host/run", "tcp://host", "http://host:3310", "tcp://:3310", "tcp://host:99999"],
)
def test_a_malformed_address_of_clamd_is_said_at_the_start(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match="CLAMD_URL"):
        settings(tmp_path, CLAMD_URL=url)


def test_the_prefix_of_published_grants_has_the_form_that_360giving_gives_out(tmp_path: Path) -> None:
    assert settings(tmp_path).giving_prefix == "360G-FondsODD17"
    assert settings(tmp_path, FUND_360G_PREFIX="360G-Exemple").giving_prefix == "360G-Exemple"
    with pytest.raises(SettingsError, match="FUND_360G_PREFIX"):
        settings(tmp_path, FUND_360G_PREFIX="Exemple/360G")
