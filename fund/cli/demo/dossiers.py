"""The demonstration's alliances as they are described in ``config/demo/dossiers``, one text a file."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import config
from fund.forms.yaml_text import parse_yaml
from fund.models.base import utc_now
from workflows.engine import paris_day

FOLDER = Path(config.__file__).parent / "demo" / "dossiers"
DAY = re.compile(r"J([+-]\d+)")


def read_dossier(name: str) -> dict[str, Any]:
    """The description of that name. A day written as ``J+150`` becomes the day in 150 days."""
    told = parse_yaml((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return {key: _with_days(value) for key, value in told.items()}


def _with_days(told: Any) -> Any:
    match told:
        case dict():
            return {key: _with_days(value) for key, value in told.items()}
        case list():
            return [_with_days(value) for value in told]
        case str() if found := DAY.fullmatch(told):
            return (paris_day(utc_now()) + timedelta(days=int(found[1]))).isoformat()
    return told
