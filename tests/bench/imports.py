"""(g) Rows per second of ``fund import awards``, and the memory of the importing process.

``python -m tests.bench.imports 10000`` measures a file of that many rows alone.
"""

import csv
import os
import re
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from config.settings import inherited_environment
from tests.bench.ground import Ground, break_ground
from tests.scenario import siret

ROWS = 1_000
GRANTOR = siret(999_999)
COLUMNS = (
    *("nomAttribuant", "idAttribuant", "dateConvention", "referenceDecision", "nomBeneficiaire"),
    *("idBeneficiaire", "objet", "montant", "nature", "conditionsVersement", "datesPeriodeVersement"),
    *("notificationUE", "pourcentageSubvention"),
)


def measure(ground: Ground, rows: int = ROWS) -> dict[str, Any]:
    url = ground.database(f"imports_{rows}")
    path = ground.folder / f"{rows}.csv"
    _write(path, rows)
    environment = {**inherited_environment(), **ground.environment(url)}
    command = [sys.executable, "-P", "-m", "fund.cli", "import", "awards", str(path)]
    subprocess.run([sys.executable, "-P", "-m", "fund.cli", "db", "upgrade"], env=environment, check=True)
    start = time.perf_counter()
    peak, resources = _run(command, environment)
    return {
        "rows": rows,
        "rows_per_second": rows / (time.perf_counter() - start),
        "peak_mib": peak,
        "cpu_ms_per_row": (resources.ru_utime + resources.ru_stime) * 1_000 / rows,
    }


def _run(command: list[str], environment: dict[str, str]) -> tuple[float, Any]:
    """Run to the end; the peak of its resident memory in MiB, and the kernel's account of it.

    The peak is read while it runs: the account's own would count what this process weighed before it forked.
    """
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    peak = 0.0
    while True:
        ended, status, resources = os.wait4(process.pid, os.WNOHANG)
        if ended:
            break
        status_text = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
        if found := re.search(r"VmHWM:\s+(\d+) kB", status_text):
            peak = int(found[1]) / 1024
        time.sleep(0.05)
    if status:
        raise RuntimeError(f"the import ended with status {status}")
    return peak, resources


def _write(path: Path, rows: int) -> None:
    """One funder, five years, 500 beneficiaries."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number in range(rows):
            day = date(2018 + number % 5, 1, 1) + timedelta(days=number % 300)
            beneficiary = number % 500
            writer.writerow(
                (
                    *("Commune d'essai", GRANTOR, day, f"DELIB {number}", f"Association d'essai {beneficiary}"),
                    *(siret(10_000 + beneficiary), f"Action {number}", f"{1_000 + number % 9_000}.00"),
                    *("aide en numéraire", "unique", day + timedelta(days=30), "non", "1"),
                )
            )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, break_ground(Path(folder)) as made:
        print(measure(made, int(sys.argv[1])))  # noqa: T201 - the answer of this command
