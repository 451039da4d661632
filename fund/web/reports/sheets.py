"""A report to be kept: its account as a spreadsheet, all of it on paper.

GET /comptes-rendus/<ref>/compte.xlsx   planned, realised, differences
GET /comptes-rendus/<ref>/papier.pdf    the whole report; a draft as long as it is not handed in
"""

from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from typing import Any

from flask import Response, send_file

from fund.documents.account_sheet import account_table
from fund.documents.report_paper import report_pdf
from fund.documents.tables import write_sheet
from fund.edge.access import access
from fund.edge.i18n import current_language
from fund.edge.requests import current_session
from fund.forms.account import Account, Compared, Use
from fund.forms.accounts import Side, plan
from fund.forms.definition import Words
from fund.models import Report
from fund.models.base import utc_now
from fund.services.report_documents import report_documents
from fund.services.reports import indicators_of, use_of
from fund.web.applicant.budget import XLSX
from fund.web.reports.facts import file_stem, passages_of
from fund.web.reports.own import READERS, blueprint, readable_report
from fund.web.reports.parts import side_words
from workflows.report import ReportState

TENTH = Decimal("0.1")


@blueprint.get("/comptes-rendus/<reference>/compte.xlsx")
@access(READERS)
def sheet(reference: str) -> Response:
    report, language = readable_report(reference), current_language()
    table = account_table(report.judge_account(complete=False), language)
    content = write_sheet([table], f"{table.title} {report.reference}", language)
    name = f"{file_stem(report)}.xlsx"
    return send_file(BytesIO(content), mimetype=XLSX, as_attachment=True, download_name=name)


@blueprint.get("/comptes-rendus/<reference>/papier.pdf")
@access(READERS)
def paper(reference: str) -> Response:
    report, language = readable_report(reference), current_language()
    content = report_pdf(describe(report), language=language, instant=utc_now())
    name = f"{file_stem(report)}.pdf"
    return send_file(BytesIO(content), mimetype="application/pdf", as_attachment=True, download_name=name)


def describe(report: Report) -> dict[str, Any]:
    """The facts of the paper, as ``fund.documents.report_paper`` names them."""
    award, call = report.award, report.award.application.call
    handed_in_at = None if report.is_owed else report.submitted_at
    return {
        "reference": report.reference,
        "final": report.final,
        "due_on": report.due_on.isoformat(),
        "starts_on": award.starts_on.isoformat() if award.starts_on else None,
        "ends_on": award.ends_on.isoformat() if award.ends_on else None,
        "award": {
            "reference": award.reference,
            "amount": str(award.amount),
            "paid": str(award.paid_total),
            "signed_on": award.signed_on.isoformat() if award.signed_on else None,
        },
        "call": {"reference": call.reference, "title_fr": call.title_fr, "title_en": call.title_en},
        "project": award.purpose,
        "beneficiary": award.beneficiary_name,
        "siret": award.beneficiary.siret or "",
        "account": _account(report) if report.account_rows() else None,
        "explanations": "",
        "people_reached": report.people_reached,
        "indicators": [
            {
                "label_fr": one.label.fr,
                "label_en": one.label.of("en"),
                "target": "",
                "value": f"{one.value:f}",
            }
            for one in indicators_of(report)
        ],
        "answers": [
            {"section": passage.title, "label": answer.label, "text": answer.text}
            for passage in passages_of(report)
            for answer in passage.answers
            if answer.kind != "file"
        ],
        "documents": [
            document.name
            for versions in report_documents(current_session(), report).values()
            for document in versions
            if document.is_present
        ],
        "handed_in": {
            "name": report.signatory_name,
            "function": report.signatory_function,
            "at": handed_in_at.isoformat(),
        }
        if handed_in_at is not None
        else None,
        "decision": {"accepted_at": report.moved_at.isoformat(), "reserve": report.reserve}
        if report.state is ReportState.ACCEPTED
        else None,
    }


def _account(report: Report) -> dict[str, Any]:
    account, use = report.judge_account(complete=False), use_of(report)
    income = account.products.realised
    return {
        "threshold": str(report.rules.reporting.threshold),
        **{side.value: list(_rows(account, side)) for side in Side},
        "grant_share": str((account.fund_share * 100 / income).quantize(TENTH)) if income else None,
        "earned": _if_final(use, "earned"),
        "unspent": _if_final(use, "unspent"),
    }


def _if_final(use: Use | None, name: str) -> str | None:
    return str(getattr(use, name)) if use is not None else None


def _rows(account: Account, side: Side) -> Iterator[dict[str, Any]]:
    for chapter in account.of_side(side):
        known = plan().get(chapter.key)
        name = known.label if known is not None else side_words(side)
        code = chapter.key if known is not None else ""
        text = chapter.explanation if chapter.is_beyond else ""
        yield _row("chapter", code, name, chapter.amounts, beyond=chapter.is_beyond, explanation=text)
        for entry in chapter.entries:
            if entry.account == chapter.key and not entry.labels:
                continue
            inner = plan().get(entry.account)
            name = inner.label if inner is not None else Words()
            yield _row("line", entry.account, name, entry.amounts, label=", ".join(entry.labels))
    total = account.charges if side is Side.CHARGES else account.products
    yield _row("total", "", Words(), total)


def _row(
    level: str,
    account: str,
    name: Words,
    amounts: Compared,
    *,
    label: str = "",
    beyond: bool = False,
    explanation: str = "",
) -> dict[str, Any]:
    return {
        "level": level,
        "account": account,
        "name_fr": name.fr,
        "name_en": name.en,
        "label": label,
        "planned": str(amounts.planned),
        "realised": str(amounts.realised),
        "difference": str(amounts.difference),
        "percent": None if amounts.percent is None else str(amounts.percent),
        "beyond": beyond,
        "explanation": explanation,
    }
