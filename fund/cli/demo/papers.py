"""The papers that the demonstration's alliances hand in: real PDFs and pictures, of invented content."""

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import typst

import config
from fund.forms.yaml_text import parse_yaml
from fund.models.base import utc_now
from fund.services.documents import Upload
from workflows.engine import paris_day

FOLDER = Path(config.__file__).parent / "demo"
PICTURE_PPI = 90  # as good as a scan that can be read


def make_paper(piece: str, *, organisation: str, name: str, date: str | None = None) -> Upload:
    """The paper ``piece`` of ``config/demo/pieces.yaml``, issued by that organisation.

    Of today unless ``date`` is given; a picture instead of a PDF where the name ends in ``.png``.
    """
    told = _pieces()[piece]
    today = f"{paris_day(utc_now()):%d/%m/%Y}"
    body = told["body"].format(organisation=organisation, date=date or today)
    content = typst.compile(
        FOLDER / "piece.typ",
        font_paths=_fonts(),
        sys_inputs={"title": told["title"], "body": body, "organisation": organisation},
        format="png" if name.endswith(".png") else "pdf",
        ppi=PICTURE_PPI,
    )
    return Upload(name, BytesIO(content))


@cache
def _pieces() -> dict[str, Any]:
    return dict(parse_yaml((FOLDER / "pieces.yaml").read_text(encoding="utf-8")))


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False)
