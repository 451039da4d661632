"""The text of an agreement: as a page and as a PDF, drawn from what was frozen, or from what would be sent now.

GET /conventions/<ref>.pdf ?langue=fr|en
"""

from datetime import datetime
from typing import Any

from flask import Response, current_app, request, url_for

from config.settings import LOCALES
from fund.documents.agreement import AgreementSignature, Signatures, agreement_pdf, agreement_texts
from fund.edge.access import access
from fund.edge.i18n import current_language
from fund.models import Agreement
from fund.models.base import utc_now
from fund.services.agreement_facts import describe_agreement
from fund.web.agreements.own import READERS, blueprint, find_agreement
from workflows.agreement import AgreementState

FROZEN = (AgreementState.SENT, AgreementState.SIGNED, AgreementState.REFUSED)


@blueprint.get("/conventions/<reference>.pdf")
@access(READERS)
def pdf(reference: str) -> Response:
    """The paper; of a draft, what would be sent now."""
    return send_paper(find_agreement(reference))


def send_paper(agreement: Agreement) -> Response:
    asked = request.args.get("langue", "")
    language = asked if asked in LOCALES else current_language()
    content = agreement_pdf(
        facts_of(agreement), signatures=signatures_of(agreement), language=language, instant=_instant_of(agreement)
    )
    kind = ("convention", "agreement") if agreement.number == 0 else ("avenant", "amendment")
    name = f"{kind[language == 'en']}-{agreement.reference}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, content_type="application/pdf", headers=headers)


def texts_of(agreement: Agreement) -> dict[str, Any]:
    """The same in words, in the reader's language, for a page."""
    texts: dict[str, Any] = agreement_texts(
        facts_of(agreement),
        signatures=signatures_of(agreement),
        language=current_language(),
        instant=_instant_of(agreement),
    )
    return texts


def facts_of(agreement: Agreement) -> dict[str, Any]:
    """What was sent; of a draft, what would be sent now."""
    if agreement.state in FROZEN and agreement.facts is not None:
        return agreement.facts
    return describe_agreement(agreement)


def signatures_of(agreement: Agreement) -> Signatures | None:
    """Those under the text that was sent; None for a draft."""
    if agreement.state not in FROZEN or agreement.facts_sha256 is None:
        return None
    return Signatures(
        facts_sha256=agreement.facts_sha256,
        verify_url=current_app.config["FUND_SETTINGS"].public_url + url_for("verify.index"),
        given=tuple(
            AgreementSignature(one.member_id, one.name, one.function, one.signed_at, one.journal_hash)
            for one in agreement.valid_signatures
        ),
    )


def _instant_of(agreement: Agreement) -> datetime:
    """That of the last thing that happened to the text, so that the same text gives the same paper."""
    if agreement.state not in FROZEN:
        return utc_now()
    return max([agreement.sent_at or agreement.moved_at, *(one.signed_at for one in agreement.valid_signatures)])
