"""The header of a published award file: which column holds what, under which of its many names."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from fund.schemas.scdl import Reason, Refusal
from fund.schemas.scdl_cells import folded
from fund.schemas.scdl_lines import Line, parse_line, shown

DELIMITERS = (",", ";", "\t", "|")

# For each SCDL column, the names it goes by, without accents, case or signs, the standard's own first: names of
# the earlier versions (the decree of 2017, SCDL 1.1 and 2.0) and titles that publishers put in their place. Where
# a file holds several of them the first one counts: dateDecision stood for dateConvention until 2017 and is a
# column of its own now.
NAMES: Mapping[str, tuple[str, ...]] = {
    "nomAttribuant": ("nomattribuant", "nomdelattribuant", "attribuant"),
    "idAttribuant": ("idattribuant", "identificationdelattribuant", "siretattribuant", "siretdelattribuant"),
    "dateConvention": ("dateconvention", "datedeconvention", "datedelaconvention",
                       "datedelaconventiondesubvention", "datedecision", "datededecision"),
    "referenceDecision": ("referencedecision", "referencedeladecision"),
    "nomBeneficiaire": ("nombeneficiaire", "nomdubeneficiaire", "beneficiaire"),
    "idBeneficiaire": ("idbeneficiaire", "identificationdubeneficiaire", "identificationsiretdubeneficiaire",
                       "siretbeneficiaire", "siretdubeneficiaire", "numerosiret", "nosiret", "nsiret", "siret"),
    "rnaBeneficiaire": ("rnabeneficiaire", "rnadubeneficiaire", "identificationrnadubeneficiaire", "numerorna",
                        "rna"),
    "objet": ("objet", "objetdelasubvention", "objetdelaconvention", "objetdudossier"),
    "montant": ("montant", "montanttotal", "montanttotaldelasubvention", "montantdelasubvention", "montantvote"),
    "nature": ("nature", "naturedelasubvention"),
    "conditionsVersement": ("conditionsversement", "conditionsversements", "conditionsdeversement",
                            "conditionsdeversementdelasubvention"),
    "datesPeriodeVersement": ("datesperiodeversement", "dateperiodeversement", "dateperiodedeversement",
                              "dateperiodedversement", "datesouperiodesdeversement", "dateouperiodedeversement",
                              "datesversement", "dateversement", "datedeversement"),
    "idRAE": ("idrae", "rae"),
    "notificationUE": ("notificationue", "notificationdeminimisue", "aidenotifieealeurope"),
    "pourcentageSubvention": ("pourcentagesubvention", "pourcentagedelasubvention",
                              "pourcentagedumontantdelasubventionattribueaubeneficiaire",
                              "pourcentagedumontanttotaldelasubventionattribueeaubeneficiaire"),
    "dispositif": ("dispositif", "dispositifaide", "dispositifdaide", "dispositifdesubvention"),
}  # fmt: skip
REQUIRED = ("nomAttribuant", "idAttribuant", "dateConvention", "nomBeneficiaire", "objet", "montant", "nature")
IDENTIFIERS = ("idBeneficiaire", "rnaBeneficiaire")


@dataclass(frozen=True, slots=True)
class Header:
    """How to read the rows: ``places`` gives each SCDL column its place, ``labels`` are the file's own names."""

    delimiter: str
    labels: tuple[str, ...]
    places: Mapping[str, int]

    def label(self, column: str) -> str:
        """The file's own name of an SCDL column, or the standard's where the file has no such column."""
        return self.labels[self.places[column]] if column in self.places else column


def read_header(line: Line) -> Header | list[Refusal]:
    """Read the header from the first line that is not blank, or say why it is none."""
    text = line.text or ""
    # The delimiter is the sign that yields the most names we know: no statistics, so no surprise on short files.
    parsed = [(sign, parse_line(text, sign) or []) for sign in DELIMITERS]
    delimiter, cells = max(parsed, key=lambda item: len(_places(item[1])))
    places = _places(cells)
    if not places:
        return [Refusal(line=line.number, column=None, value=shown(text), reason=Reason.HEADER_MISSING)]
    labels = tuple(shown(cell.strip()) for cell in cells)
    refusals = _duplicates(line.number, cells, labels, places) + _absences(line.number, places)
    return refusals or Header(delimiter, labels, places)


def _places(cells: list[str]) -> dict[str, int]:
    keys = [_key(cell) for cell in cells]
    known = {column: [name for name in names if name in keys] for column, names in NAMES.items()}
    return {column: keys.index(names[0]) for column, names in known.items() if names}


def _key(cell: str) -> str:
    return re.sub(r"[^a-z0-9]", "", folded(cell))


def _duplicates(line: int, cells: list[str], labels: tuple[str, ...], places: Mapping[str, int]) -> list[Refusal]:
    counts = Counter(map(_key, cells))
    return [
        Refusal(line=line, column=labels[place], value=labels[place], reason=Reason.COLUMN_DUPLICATED)
        for place in places.values()
        if counts[_key(cells[place])] > 1
    ]


def _absences(line: int, places: Mapping[str, int]) -> list[Refusal]:
    missing = [column for column in REQUIRED if column not in places]
    if not any(column in places for column in IDENTIFIERS):
        missing.append(IDENTIFIERS[0])
    return [Refusal(line=line, column=column, value="", reason=Reason.COLUMN_MISSING) for column in missing]
