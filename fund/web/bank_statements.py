"""What the bank says has happened: its statements, read once, and the movements that await a person.

GET, POST /versements/releves                       a statement is read; what is to be settled; those so far
GET       /versements/releves/<number>              one statement: its movements, and what became of each
GET, POST /versements/releves/mouvements/<number>   one movement: say what it is, or set it aside
"""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload
from werkzeug.wrappers import Response
from wtforms import FileField, StringField, TextAreaField

from fund.bank.accounts import masked_iban
from fund.bank.statements import MAX_BYTES
from fund.documents.words import grouped_digest
from fund.edge.access import access, only
from fund.edge.requests import current_actor, current_session
from fund.edge.sentences import reason_sentence
from fund.errors import NotFound
from fund.forms.fields import Input, Problem
from fund.models import (
    BankLine,
    BankStatement,
    Disbursement,
    LineCause,
    LineStanding,
    PaymentFile,
    PaymentOrder,
    Repayment,
)
from fund.schemas.payments import NOTE_LENGTH, MovementInput
from fund.services import bank_lines, bank_statements
from fund.services.access import visible_to
from fund.services.bank_matching import Candidate, choices_for
from fund.services.bank_statements import Taken
from fund.services.listing import Order, paginate
from fund.web.forms import SchemaForm
from fund.web.lists import chosen, cursor, neighbours
from fund.web.payment_files import return_words
from fund.web.saving import UNUSABLE, save
from workflows.permissions import STAFF_ROLES, Role

blueprint = Blueprint("bank_statements", __name__)

READERS = only(*STAFF_ROLES)
TREASURY = only(Role.FINANCE)
OLDEST_FIRST = Order((BankLine.id,), descending=False)
LATEST_FIRST = Order((BankStatement.id,))
TO_SETTLE = (LineStanding.PROPOSED, LineStanding.OPEN)
KINDS: dict[type[Candidate], str] = {PaymentOrder: "order", PaymentFile: "file", Repayment: "repayment"}
# What only repeats the program's finding; the others need a look, on the movement's own page.
CONFIRMED_AT_ONCE = (LineCause.NO_REFERENCE, LineCause.REPAYMENT, LineCause.RETURN_UNSAID, LineCause.KEPT_OFF)
FROM_LIST = "list"
Page = str | Response | tuple[str, int]


class StatementForm(SchemaForm):
    """A file of the bank."""

    schema = Input
    file = FileField(_l("Statement (camt.053)"), render_kw={"accept": ".xml,.camt,.053,text/xml,application/xml"})


class MovementForm(SchemaForm):
    """What a movement is. The offers are drawn by the page; a note says why it is none of them."""

    schema = MovementInput
    target = StringField(_l("What this movement is"))
    note = TextAreaField(_l("What it is otherwise"), render_kw={"maxlength": NOTE_LENGTH, "rows": 3})


# --- reading a statement --------------------------------------------------------------------------------------


@blueprint.get("/versements/releves")
@access(READERS)
def index() -> Page:
    return _index_page(StatementForm())


@blueprint.post("/versements/releves")
@access(TREASURY)
def take_in() -> Page:
    """Read what the bank gave; a refusal says what is the matter with the file."""
    form, sent = StatementForm(), request.files.get("file")
    if sent is None or not sent.filename:
        form.show_problems({"file": [Problem("file_absent")]})
        return _index_page(form), UNUSABLE
    data, name, taken = sent.stream.read(MAX_BYTES + 1), sent.filename, list[Taken]()

    def act(session: Session) -> None:
        taken.append(bank_statements.take_in(session, current_actor(), data, name))

    if status := save(form, act):
        return _index_page(form), status
    _say_taken(taken[0])
    statements = taken[0].statements
    where = url_for(".show", number=statements[0].id) if len(statements) == 1 else url_for(".index")
    return redirect(where, 303)


def _say_taken(taken: Taken) -> None:
    counts = [_counts(found) for _, found in _with_counts(current_session(), taken.statements)]
    new, waiting = sum(count for count, _ in counts), sum(count for _, count in counts)
    flash(
        gettext(
            "The statement is read. New movements: %(new)s. Matched: %(settled)s. To be settled: %(open)s.",
            new=new,
            settled=new - waiting,
            open=waiting,
        ),
        "success",
    )
    if taken.foreign:
        accounts = gettext(", ").join(masked_iban(iban) for iban in taken.foreign)
        flash(
            gettext("Left out, as they are no accounts of the fund: %(accounts)s.", accounts=accounts), "warning"
        )


def _index_page(form: StatementForm) -> str:
    session = current_session()
    waiting = paginate(session, _lines(*TO_SETTLE), OLDEST_FIRST, cursor=request.args.get("mouvements"))
    query = select(BankStatement).options(joinedload(BankStatement.imported_by))
    page = paginate(session, query, LATEST_FIRST, cursor=cursor())
    return render_template(
        "bank_statements/index.html",
        form=form,
        megabytes=MAX_BYTES // 2**20,
        waiting=_views(waiting.items),
        waiting_count=session.scalar(select(func.count()).where(BankLine.standing.in_(TO_SETTLE))),
        next_waiting=waiting.next_cursor,
        previous_waiting=waiting.previous_cursor,
        statements=[(one, *_counts(counts)) for one, counts in _with_counts(session, page.items)],
        mask=masked_iban,
        may_settle=current_actor().has_role(Role.FINANCE),
        **neighbours(page),
    )


def _with_counts(
    session: Session, statements: Sequence[BankStatement]
) -> list[tuple[BankStatement, dict[LineStanding, int]]]:
    query = (
        select(BankLine.statement_id, BankLine.standing, func.count())
        .where(BankLine.statement_id.in_([one.id for one in statements]))
        .group_by(BankLine.statement_id, BankLine.standing)
    )
    found: dict[int, dict[LineStanding, int]] = {}
    for number, standing, count in session.execute(query):
        found.setdefault(number, {})[standing] = count
    return [(one, found.get(one.id, {})) for one in statements]


def _counts(counts: dict[LineStanding, int]) -> tuple[int, int]:
    """All movements, and those to be settled."""
    return sum(counts.values()), sum(counts.get(standing, 0) for standing in TO_SETTLE)


# --- one statement --------------------------------------------------------------------------------------------


@blueprint.get("/versements/releves/<int:number>")
@access(READERS)
def show(number: int) -> str:
    session, standing = current_session(), chosen(LineStanding)
    statement = session.get(BankStatement, number)
    if statement is None:
        raise NotFound(f"bank statement {number}")
    query = _lines(*((standing,) if standing else LineStanding)).where(BankLine.statement_id == statement.id)
    page = paginate(session, query, OLDEST_FIRST, cursor=cursor())
    ((_, counts),) = _with_counts(session, [statement])
    return render_template(
        "bank_statements/show.html",
        statement=statement,
        digest_in_groups=grouped_digest(statement.sha256),
        standing=standing,
        counts=counts,
        standings=[known for known in LineStanding if known in counts],
        views=_views(page.items),
        mask=masked_iban,
        may_settle=current_actor().has_role(Role.FINANCE),
        **neighbours(page),
    )


def _lines(*standings: LineStanding) -> Select[BankLine]:
    """Movements with what they were matched with."""
    return (
        select(BankLine)
        .where(BankLine.standing.in_(standings))
        .options(
            joinedload(BankLine.statement),
            joinedload(BankLine.order).joinedload(PaymentOrder.disbursement),
            joinedload(BankLine.file),
            joinedload(BankLine.repayment).joinedload(Repayment.award),
            joinedload(BankLine.settled_by),
        )
    )


def _views(lines: Sequence[BankLine]) -> list[dict[str, Any]]:
    """Movements as tables show them. Of a file that the reader keeps off, its reference is no link."""
    session, actor = current_session(), current_actor()
    tranches = [line.order.disbursement_id for line in lines if line.order]
    repayments = [line.repayment_id for line in lines if line.repayment_id]
    seen = set(
        session.scalars(
            select(Disbursement.id).where(Disbursement.id.in_(tranches), visible_to(actor, Disbursement))
        )
    )
    demands = set(
        session.scalars(select(Repayment.id).where(Repayment.id.in_(repayments), visible_to(actor, Repayment)))
    )
    open_lines = [line for line in lines if line.standing in TO_SETTLE]
    choices = choices_for(session, actor, open_lines)
    return [
        {
            "line": line,
            "links": (line.order and line.order.disbursement_id in seen) or line.repayment_id in demands,
            "reason": return_words(line.return_code) if line.return_code is not None else None,
            "confirm": _confirmable(line, choices.get(line.id, [])),
        }
        for line in lines
    ]


def _confirmable(line: BankLine, choices: Sequence[Candidate]) -> str | None:
    """The name of what was proposed, where one press is enough to say that it is so."""
    if line.standing is not LineStanding.PROPOSED or line.cause not in CONFIRMED_AT_ONCE:
        return None
    proposed = {PaymentOrder: line.order_id, PaymentFile: line.file_id, Repayment: line.repayment_id}
    return next((name_of(one) for one in choices if proposed[type(one)] == one.id), None)


def name_of(candidate: Candidate) -> str:
    """How a form names what a movement may be (``order-12``)."""
    return f"{KINDS[type(candidate)]}-{candidate.id}"


# --- one movement ---------------------------------------------------------------------------------------------


@blueprint.get("/versements/releves/mouvements/<int:number>")
@access(READERS)
def movement(number: int) -> Page:
    line, form = _find_line(number), MovementForm()
    proposed = line.order or line.file or line.repayment
    form.target.data = name_of(proposed) if proposed is not None else ""
    return _movement_page(line, form)


@blueprint.post("/versements/releves/mouvements/<int:number>")
@access(TREASURY)
def settle(number: int) -> Page:
    """Say what the movement is, or set it aside; a refusal keeps what was chosen and typed."""
    line, form = _find_line(number), MovementForm()
    given = form.read()
    if given is None:
        return _movement_page(line, form), UNUSABLE
    is_aside = request.form.get("do") == "ignore"

    def act(session: Session) -> None:
        if is_aside:
            bank_lines.ignore(session, current_actor(), line, given["note"])
        else:
            bank_lines.choose(session, current_actor(), line, _offered(line, given["target"]))

    if not is_aside and not given["target"]:
        form.show_problems({"target": [Problem("required")]})
        return _movement_page(line, form), UNUSABLE
    if status := save(form, act):
        return _movement_page(line, form), status
    flash(gettext("The movement is set aside.") if is_aside else gettext("The movement is settled."), "success")
    from_list = request.form.get("from") == FROM_LIST
    return redirect(url_for(".index") if from_list else url_for(".show", number=line.statement_id), 303)


def _offered(line: BankLine, name: str) -> Candidate:
    """What the form names, of what exists for the actor. Raises NotFound."""
    session, actor = current_session(), current_actor()
    kind, _, number = name.partition("-")
    model: Any = next((model for model, known in KINDS.items() if known == kind), None)
    found: Candidate | None = session.get(model, int(number)) if model and _is_number(number) else None
    subject: Any = found.disbursement if isinstance(found, PaymentOrder) else found
    if found is None or not session.scalar(
        select(type(subject).id).where(type(subject).id == subject.id, visible_to(actor, type(subject)))
    ):
        raise NotFound(f"{name} for movement {line.id}")
    return found


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 18


def _movement_page(line: BankLine, form: MovementForm) -> str:
    session, actor = current_session(), current_actor()
    is_open = line.standing is not LineStanding.MATCHED
    choices = choices_for(session, actor, [line])[line.id] if is_open else []
    (view,) = _views([line])
    is_refused = line.cause is LineCause.REFUSED
    return render_template(
        "bank_statements/movement.html",
        form=form,
        view=view,
        line=line,
        statement=line.statement,
        choices=[(name_of(one), KINDS[type(one)], one) for one in choices],
        refusals=[reason_sentence(one) for one in bank_lines.refusals(actor, line)] if is_refused else [],
        mask=masked_iban,
        may_settle=actor.has_role(Role.FINANCE),
    )


def _find_line(number: int) -> BankLine:
    line = current_session().scalar(_lines(*LineStanding).where(BankLine.id == number))
    if line is None:
        raise NotFound(f"movement {number}")
    return line
