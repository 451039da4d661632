"""Files of a call that asks for documents, and what their authors hand in."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.forms.definition import (
    BudgetRule,
    CallContent,
    DocumentRule,
    FieldType,
    Form,
    GrantRule,
    Question,
    RubricLine,
    Section,
    Words,
)
from fund.models import Application, Call, Document, Organisation
from fund.models.base import utc_now
from fund.services import documents
from fund.services.call_versions import create_from_content
from fund.services.documents import Desk, Upload
from fund.services.steps import take_step
from fund.services.writing import read_part, save_part
from fund.storage.blobs import BlobStore
from tests.scenario import World
from tests.storage.samples import pdf

PDF = pdf()  # each has an identifier of its own: this one is compared with
STATUTES, ACCOUNTS, PLAN = "asked.statutes", "asked.accounts", "form.impact.plan"


def content(**changed: Any) -> CallContent:
    """Statutes (PDF) and, if wanted, accounts (sheets) of every member; a plan in the form; evidence of grants."""
    now = utc_now()
    values: dict[str, Any] = {
        "title": Words("Alliances documentées", "Documented alliances"),
        "summary": Words("Un appel d’essai.", "A test call."),
        "opens_at": now - timedelta(days=10),
        "closes_at": now + timedelta(days=10),
        "envelope": Decimal(200_000),
        "grant": GrantRule(Decimal(1_000), Decimal(60_000), Decimal(80)),
        "rubric": (RubricLine(Words("Intérêt général", "Public good"), Decimal(100)),),
        "documents": (
            DocumentRule(
                "statutes",
                Words("Statuts de l’association", "Statutes"),
                Words("Les statuts en vigueur, signés.", "The statutes in force, signed."),
                files=("pdf",),
            ),
            DocumentRule(
                "accounts", Words("Comptes annuels", "Accounts"), required=False, per_member=True, files=("sheet",)
            ),
        ),
        "form": Form(
            (
                Section(
                    "impact",
                    Words("Impact du projet", "Impact"),
                    fields=(
                        Question("shown", FieldType.YES_NO, Words("Un plan existe-t-il ?", "Is there a plan?")),
                        Question(
                            "plan",
                            FieldType.FILE,
                            Words("Plan d’action", "Plan of action"),
                            show_if="shown == yes",
                            required=True,
                        ),
                    ),
                ),
            )
        ),
        "budget": BudgetRule(evidence=True),
        **changed,
    }
    return CallContent(**values)


def open_call(session: Session, world: World, **changed: Any) -> Call:
    funder = session.scalars(select(Organisation).order_by(Organisation.id)).first()
    assert funder is not None
    call = create_from_content(session, world["officer"], content(**changed), funder_id=funder.id)
    take_step(session, world["officer"], call, "publish")
    take_step(session, world["officer"], call, "open")
    return call


def draft(session: Session, world: World, **changed: Any) -> Application:
    """A draft in such a call, in which the plan is asked for."""
    application = world.draft(session, call_id=open_call(session, world, **changed).id)
    if application.rules.form.sections:
        save_part(session, world["applicant"], application, "impact", {"shown": "yes"}, base=0)
    return application


def write_budget(session: Session, world: World, application: Application, *products: Mapping[str, str]) -> None:
    rows = [{"account": "742", "label": "Région", "amount": "1000", **product} for product in products]
    base = read_part(application, "budget").number
    save_part(session, world["applicant"], application, "budget", {"products": rows}, base=base)


def desk(folder: Path, *, scans: bool = False) -> Desk:
    return Desk(BlobStore(f"file://{folder}"), scans=scans)


def hand_in(
    session: Session,
    world: World,
    application: Application,
    slot: str,
    data: bytes | None = None,
    *,
    desk: Desk,
    name: str = "Statuts.pdf",
    who: str = "applicant",
) -> Document:
    upload = Upload(name, BytesIO(PDF if data is None else data))
    return documents.hand_in(session, world[who], application, slot, upload, desk=desk)
