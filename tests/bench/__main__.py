"""Run all measurements, print them, and write them to ``build/bench.json``."""

import json
import platform
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench import (
    assignment,
    balance,
    http,
    imports,
    journal,
    ledger,
    listing,
    notifications,
    portfolio,
    rush,
    steps,
)
from tests.bench.ground import Ground, break_ground

RESULT = Path("build/bench.json")
MEASUREMENTS = {
    "a. steps per second, service beside raw SQL": steps.measure,
    "b. f. steps per second over HTTP, memory of a web process": http.measure,
    "c. the officer's list": listing.measure,
    "d. notifications per second, outbox to SMTP": notifications.measure,
    "e. journal events verified per second": journal.measure,
    "g. rows imported per second": imports.measure,
    "h. 500 alliances submit at the deadline": rush.measure,
    "i. readers proposed for 2,000 files, exactly": assignment.measure,
    "j. the best portfolio and what would change it": portfolio.measure,
    "k. the balance of 1,000 and 10,000 files": balance.measure,
    "l. check, balances and pages of the ledger": ledger.measure,
}


def main() -> None:
    console = Console()
    with tempfile.TemporaryDirectory() as folder, break_ground(Path(folder)) as ground:
        results = {title: _run(console, ground, title) for title in MEASUREMENTS}
    table = Table("figure", "value", title="All figures of this run")
    for title, figures in results.items():
        table.add_section()
        table.add_row(f"[bold]{title}[/bold]", "")
        for name, value in _flat(figures):
            table.add_row(name, f"{value:,.2f}" if isinstance(value, float) else f"{value:,}")
    console.print(table)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps({"machine": _machine(), "results": results}, indent=2), encoding="utf-8")
    console.print(f"Written to {RESULT}")


def _run(console: Console, ground: Ground, title: str) -> dict[str, Any]:
    console.print(f"Measuring: {title} …")
    return MEASUREMENTS[title](ground)


def _flat(figures: dict[str, Any], prefix: str = "") -> list[tuple[str, float]]:
    rows: list[tuple[str, float]] = []
    for name, value in figures.items():
        rows += _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else [(prefix + name, value)]
    return rows


def _machine() -> dict[str, str]:
    return {"python": sys.version.split()[0], "system": platform.platform()}


if __name__ == "__main__":
    main()
