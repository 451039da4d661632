"""The reports of the demonstration: what was planned was spent, or nearly, and every question is answered."""

from decimal import Decimal
from typing import Any

from fund.cli.demo.cast import Cast
from fund.cli.demo.deposits import File, step
from fund.forms.accounts import Side
from fund.models import Report
from fund.services.report_writing import ACCOUNT, OWN, explanation_name, save_part

NARRATIVE = (
    "Les actions prévues ont été menées avec tous les membres de l’alliance. La fréquentation a dépassé les "
    "attentes ; l’achat de matériel a coûté un peu moins que prévu."
)
EXPLANATION = (
    "Le calendrier a glissé d’un trimestre, et le reste a été payé sur les ressources propres du porteur."
)
ANSWERS: dict[str, dict[str, Any]] = {
    "account": {
        "done": NARRATIVE,
        "gaps": "no",
        "people_reached": "420",
        "partners": "6",
        "volunteer_hours": "310",
    },
    "after": {"continues": "goes_on", "lessons": "Commencer par une visite chez chacun des membres."},
}
SAVED = Decimal("0.97")
"""The share of what was planned that was spent."""


def hand_in_report(cast: Cast, file: File, report: Report) -> None:
    """Write the report of a file whole, and hand it in."""
    author = cast.actors[file.author]
    save_part(cast.session, author, report, OWN, {"narrative": NARRATIVE, "people_reached": "420"})
    save_part(cast.session, author, report, ACCOUNT, _account(report))
    reasons = {explanation_name(chapter.key): EXPLANATION for chapter in report.judge_account().to_explain}
    save_part(cast.session, author, report, ACCOUNT, reasons)
    for section in report.rules.report.sections:
        save_part(cast.session, author, report, section.key, ANSWERS.get(section.key, {}))
    step(cast, file.author, report, "submit")


def _account(report: Report) -> dict[str, Any]:
    """Each line a little below its plan; what the funders do not pay is the lead's own."""
    planned = report.judge_account(complete=False)
    spent = {
        side.value: [
            {
                "account": entry.account,
                "label": ", ".join(entry.labels),
                "amount": str((entry.amounts.planned * SAVED).quantize(Decimal("0.01"))),
                **({"fund": "yes"} if entry.fund else {}),
            }
            for chapter in planned.of_side(side)
            for entry in chapter.entries
        ]
        for side in Side
    }
    missing = sum(
        (
            Decimal(row["amount"]) * sign
            for side, sign in ((Side.CHARGES, 1), (Side.PRODUCTS, -1))
            for row in spent[side]
        ),
        Decimal(0),
    )
    if missing > 0:
        own = "756" if report.has_plan else ""
        spent[Side.PRODUCTS.value].append({"account": own, "label": "Ressources propres", "amount": str(missing)})
    return spent
