"""Make the tables of communes, intercommunalités, départements and régions that the program ships.

Run by hand once a year, when INSEE and the DGCL have published the new year's map (see README.md beside):

    npm pack @etalab/decoupage-administratif@6.0.0
    python config/taxonomies/build_communes.py etalab-decoupage-administratif-6.0.0.tgz

The output depends on the package alone, so a second run writes the same bytes.
"""

import csv
import gzip
import io
import json
import sys
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
Entry = dict[str, Any]  # one object of the package's JSON files
Table = list[tuple[str, ...]]


def main(package: Path) -> None:
    """Write the four tables beside this script from the package's archive."""
    with tarfile.open(package) as archive:
        communes = [entry for entry in _entries(archive, "communes") if entry["type"] == "commune-actuelle"]
        epcis = _entries(archive, "epci")
        departements = _entries(archive, "departements")
        regions = _entries(archive, "regions")
    region_of = {entry["code"]: entry["region"] for entry in departements}
    strays = [entry["code"] for entry in communes if region_of[entry["departement"]] != entry["region"]]
    if strays:
        # The communes' table leaves the région out because the département gives it.
        raise SystemExit(f"These communes are in another région than their département: {', '.join(strays)}")
    _write_communes(communes, epcis)
    _write("epci.tsv", ("siren", "name", "kind"), ((e["code"], e["nom"], e["type"]) for e in epcis))
    _write(
        "departements.tsv",
        ("code", "name", "region"),
        ((e["code"], e["nom"], e["region"]) for e in departements),
    )
    _write("regions.tsv", ("code", "name"), ((e["code"], e["nom"]) for e in regions))
    sys.stdout.write(f"{len(communes)} communes, {len(epcis)} EPCI, {len(departements)} départements\n")


def _write_communes(communes: list[Entry], epcis: list[Entry]) -> None:
    epci_of = {member["code"]: epci["code"] for epci in epcis for member in epci["membres"]}
    rows = (
        (e["code"], e["nom"], e["departement"], epci_of.get(e["code"], ""), str(e.get("population", "")))
        for e in communes
    )
    text = _as_tsv(("code", "name", "departement", "epci", "population"), rows)
    # No file name and no time in the gzip header: the same table gives the same bytes.
    (FOLDER / "communes.tsv.gz").write_bytes(gzip.compress(text.encode(), mtime=0))


def _write(name: str, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    (FOLDER / name).write_text(_as_tsv(header, rows), encoding="utf-8")


def _as_tsv(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    # Sorted by code: the loader searches by bisection.
    table: Table = [header, *sorted(rows)]
    out = io.StringIO()
    csv.writer(out, delimiter="\t", quoting=csv.QUOTE_NONE, quotechar=None, lineterminator="\n").writerows(table)
    return out.getvalue()


def _entries(archive: tarfile.TarFile, name: str) -> list[Entry]:
    member = archive.extractfile(f"package/data/{name}.json")
    if member is None:
        raise SystemExit(f"The archive holds no data/{name}.json")
    entries: list[Entry] = json.load(member)
    return entries


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("Usage: build_communes.py PACKAGE.tgz")
    main(Path(sys.argv[1]))
