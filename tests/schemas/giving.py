"""Invented grants, and the packages that the writer makes of them."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from typing import Any

from fund.schemas.giving import Publisher, Written, write_grants
from fund.schemas.published import Grant, Party

ISSUED = datetime(2027, 3, 1, 23, 30, tzinfo=UTC)
PUBLISHER = Publisher(
    "Fonds d’exemple", "360G-Exemple", "https://fonds.example", "https://licence.example/ouverte"
)
FUNDER = Party("Fonds d’exemple", "900000017", None, 1)
GRANT = Grant(
    reference="AT-2345-6789",
    title="Un atelier partagé",
    description="Une recyclerie,\nune école et une entreprise.",
    amount=Decimal("15000.50"),
    decided_on=date(2027, 1, 4),
    starts_on=date(2027, 2, 1),
    ends_on=date(2027, 12, 31),
    place="Roques",
    place_code="31458",
    recipient=Party("Association Exemple des Trois Rivières", "900000033", "W311234567", 3),
    funder=FUNDER,
    programme="Alliances pour les territoires",
    programme_code="AP-2345-6789",
    modified_at=datetime(2027, 1, 31, 23, 0, tzinfo=UTC),
    is_own=True,
)
PAST = replace(
    GRANT,
    reference="AT-3456-7892",
    amount=Decimal("2400.00"),
    starts_on=None,
    ends_on=None,
    place=None,
    place_code=None,
    recipient=Party("Association Exemple sans SIREN", None, "W9A1000001", 4),
    is_own=False,
)
NUMBERLESS = replace(PAST, reference="AT-4567-8923", recipient=Party("Groupement Exemple", None, None, 57))
VARIED = (GRANT, PAST, NUMBERLESS, replace(GRANT, reference="AT-5678-9234", place_code="2A004", ends_on=None))


def package(grants: Iterable[Grant]) -> tuple[dict[str, Any], Written]:
    out = StringIO()
    written = write_grants(grants, out, PUBLISHER, ISSUED)
    read: dict[str, Any] = json.loads(out.getvalue())
    return read, written
