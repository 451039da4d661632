"""Bank details (coordonnées bancaires): the alliance enters its own, two people of the fund see to them.

GET, POST /attributions/<ref>/coordonnees-bancaires         those of the beneficiary, to be entered or changed
GET       /coordonnees-bancaires                            the fund's desk: what waits to be verified
GET, POST /coordonnees-bancaires/organismes/<number>        the account of an organisation that gives
GET, POST /coordonnees-bancaires/<ref>                      one account, and its verification
"""

import structlog
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload
from werkzeug.wrappers import Response
from wtforms import FileField, StringField
from wtforms.validators import InputRequired

from fund.bank.accounts import compare_names, grouped_iban
from fund.edge.access import access, only
from fund.edge.requests import current_actor, current_session
from fund.errors import NotFound
from fund.forms.fields import Problem
from fund.models import Award, BankAccount, Organisation
from fund.schemas.money import BankDetailsInput
from fund.schemas.steps import VerifyAccountInput
from fund.services import bank_accounts
from fund.services.access import find, visible, visible_to
from fund.services.bank_accounts import Paper
from fund.services.listing import Order, paginate
from fund.services.perform import judge_steps
from fund.services.steps import take_step
from fund.storage.blobs import SIZE_LIMIT
from fund.web.documents import desk, upload_of
from fund.web.forms import SchemaForm, form_of, sent_version
from fund.web.lists import chosen, cursor, neighbours
from fund.web.saving import UNUSABLE, save
from fund.web.steps import offers_of
from fund.web.tranches import last_reason
from workflows.bank_account import BankAccountState, BankAccountStep
from workflows.permissions import STAFF_ROLES, Permission, Role, allows

blueprint = Blueprint("bank_accounts", __name__)
log = structlog.get_logger()

READERS = only(*STAFF_ROLES, Role.APPLICANT)
ENTERERS = only(Role.APPLICANT, Role.OFFICER, Role.FINANCE)
# The whole IBAN is for those who compare it with what the organisation says on another channel.
SHOWN_WHOLE = (Role.FINANCE, Role.OFFICER)
LONGEST_WAITING_FIRST = Order((BankAccount.id,), descending=False)
LATEST_FIRST = Order((BankAccount.id,))
EXPLAINED = {
    BankAccountState.REJECTED: BankAccountStep.REJECT,
    BankAccountState.CLOSED: BankAccountStep.CLOSE,
}
Page = str | Response | tuple[str, int]


class BankDetailsForm(SchemaForm):
    """An account, and the bank's own paper; a form is sent again without its file."""

    schema = BankDetailsInput
    holder = StringField(
        _l("Account holder"), [InputRequired()], render_kw={"maxlength": 140, "autocomplete": "off"}
    )
    iban = StringField(
        _l("IBAN"), [InputRequired()], render_kw={"maxlength": 60, "autocomplete": "off", "spellcheck": "false"}
    )
    bic = StringField(_l("BIC"), render_kw={"maxlength": 20, "autocomplete": "off", "spellcheck": "false"})
    file = FileField(_l("The bank’s paper (RIB)"), render_kw={"accept": ".pdf,.png,.jpg,.webp,.gif"})


# --- entering ------------------------------------------------------------------------------------------------


@blueprint.get("/attributions/<reference>/coordonnees-bancaires")
@access(READERS)
def of_award(reference: str) -> Page:
    award, form = _find_award(reference), BankDetailsForm()
    form.holder.data = award.beneficiary.name
    return _award_page(award, form)


@blueprint.post("/attributions/<reference>/coordonnees-bancaires")
@access(ENTERERS)
def enter(reference: str) -> Page:
    """Enter details with the bank's paper; a refusal keeps what was typed."""
    award, form = _find_award(reference), BankDetailsForm()
    given, sent = form.read(), request.files.get("file")
    if sent is None or not sent.filename:
        form.show_problems({"file": [Problem("file_absent")]})
        given = None
    if given is None or sent is None:
        return _award_page(award, form), UNUSABLE
    paper = Paper(award.application, upload_of(sent), desk())

    def act(session: Session) -> object:
        return bank_accounts.propose(session, current_actor(), award.beneficiary, paper=paper, **given)

    if status := save(form, act):
        return _award_page(award, form), status
    _say_entered()
    return redirect(url_for(".of_award", reference=reference), 303)


def _award_page(award: Award, form: BankDetailsForm) -> str:
    actor = current_actor()
    return render_template(
        "bank_accounts/of_award.html",
        award=award,
        is_staff=actor.has_role(*STAFF_ROLES),
        may_enter=allows(Permission.BANK_ENTER, actor, award.relations(actor)),
        **_entry(award.beneficiary, form),
    )


@blueprint.get("/coordonnees-bancaires/organismes/<int:number>")
@access(only(Role.FINANCE))
def of_funder(number: int) -> Page:
    organisation, form = _find_funder(number), BankDetailsForm()
    form.holder.data = organisation.name
    return _funder_page(organisation, form)


@blueprint.post("/coordonnees-bancaires/organismes/<int:number>")
@access(only(Role.FINANCE))
def enter_for_funder(number: int) -> Page:
    """The fund's own account, from which payment files pay: entered by one, verified by another, too."""
    organisation, form = _find_funder(number), BankDetailsForm()
    given = form.read()
    if given is None:
        return _funder_page(organisation, form), UNUSABLE

    def act(session: Session) -> object:
        return bank_accounts.propose(session, current_actor(), organisation, **given)

    if status := save(form, act):
        return _funder_page(organisation, form), status
    _say_entered()
    return redirect(url_for(".index"), 303)


def _funder_page(organisation: Organisation, form: BankDetailsForm) -> str:
    return render_template("bank_accounts/of_funder.html", organisation=organisation, **_entry(organisation, form))


def _entry(organisation: Organisation, form: BankDetailsForm) -> dict[str, object]:
    """What both pages of entering show: the account in force, the one that waits, what became of the last."""
    accounts = bank_accounts.accounts_of(current_session(), organisation)
    latest = accounts[0] if accounts else None
    is_over = latest is not None and latest.state in EXPLAINED
    return {
        "form": form,
        "current": organisation.bank_account,
        "waiting": next((one for one in accounts if one.state is BankAccountState.PROPOSED), None),
        "latest": latest,
        "reason": last_reason(latest, EXPLAINED[latest.state]) if latest is not None and is_over else None,
        "maximum": SIZE_LIMIT,
    }


def _say_entered() -> None:
    flash(
        gettext(
            "The bank details are recorded. A second person verifies them by another channel; payments wait until "
            "then."
        ),
        "success",
    )


# --- verifying -----------------------------------------------------------------------------------------------


@blueprint.get("/coordonnees-bancaires")
@access(only(*STAFF_ROLES))
def index() -> str:
    state, actor, session = chosen(BankAccountState), current_actor(), current_session()
    query = visible(actor, BankAccount).where(BankAccount.state == (state or BankAccountState.PROPOSED))
    query = query.options(joinedload(BankAccount.organisation), joinedload(BankAccount.entered_by))
    waiting = select(func.count()).where(
        visible_to(actor, BankAccount), BankAccount.state == BankAccountState.PROPOSED
    )
    page = paginate(session, query, LATEST_FIRST if state else LONGEST_WAITING_FIRST, cursor=cursor())
    return render_template(
        "bank_accounts/index.html",
        accounts=page.items,
        state=state,
        states=[known for known in BankAccountState if known is not BankAccountState.PROPOSED],
        waiting=session.scalar(waiting) or 0,
        funders=bank_accounts.funders(session),
        may_enter=actor.has_role(Role.FINANCE),
        **neighbours(page),
    )


@blueprint.get("/coordonnees-bancaires/<reference>")
@access(READERS)
def show(reference: str) -> Page:
    """One account, for the fund; the alliance, to which the same messages go, is led to its award."""
    account = _find(reference)
    if not current_actor().has_role(*STAFF_ROLES):
        return redirect(url_for(".of_award", reference=_awards_of(account)[0].reference), 303)
    return _page(account, form_of(VerifyAccountInput)())


@blueprint.post("/coordonnees-bancaires/<reference>")
@access(only(Role.OFFICER, Role.FINANCE))
def verify(reference: str) -> Page:
    account, form = _find(reference), form_of(VerifyAccountInput)()
    inputs = form.read()
    if inputs is None:
        return _page(account, form), UNUSABLE
    version = sent_version(request.form)

    def act(session: Session) -> object:
        actor = current_actor()
        return take_step(session, actor, account, BankAccountStep.VERIFY, expected_version=version, inputs=inputs)

    if status := save(form, act):
        return _page(account, form), status
    flash(gettext("The bank details are in force: payments go on."), "success")
    return redirect(url_for(".show", reference=reference), 303)


def _page(account: BankAccount, form: SchemaForm) -> str:
    session, actor = current_session(), current_actor()
    is_whole = actor.has_role(*SHOWN_WHOLE)
    if is_whole:
        log.info("bank_details_read", actor=actor.reference, account=account.reference)
    others = [one for one in bank_accounts.accounts_of(session, account.organisation) if one is not account]
    explained = EXPLAINED.get(account.state)
    verdict = next((v for v in judge_steps(actor, account) if v.step.name is BankAccountStep.VERIFY), None)
    offers = [one for one in offers_of(account) if not (one["name"] == "verify" and one["allowed"])]
    return render_template(
        "bank_accounts/show.html",
        account=account,
        iban=grouped_iban(account.iban) if is_whole else account.masked,
        is_whole=is_whole,
        match=compare_names(account.holder, account.organisation.name),
        former=_former(account, others),
        former_iban=grouped_iban,
        others=others,
        elsewhere=bank_accounts.accounts_elsewhere(session, actor, account),
        awards=_awards_of(account),
        reason=last_reason(account, explained) if explained else None,
        form=form if verdict is not None and verdict.allowed else None,
        offers=offers,
        version=account.version,
    )


def _former(account: BankAccount, others: list[BankAccount]) -> BankAccount | None:
    """The account that was in force when this one was entered, or that it would replace now."""
    before = (one for one in others if one.id < account.id and one.verified_at is not None)
    return next(before, None)


def _awards_of(account: BankAccount) -> list[Award]:
    query = visible(current_actor(), Award).where(Award.beneficiary_id == account.organisation_id)
    return list(current_session().scalars(query.order_by(Award.id.desc()).limit(20)))


def _find(reference: str) -> BankAccount:
    account: BankAccount = find(current_session(), current_actor(), BankAccount, reference)
    return account


def _find_award(reference: str) -> Award:
    """Imported history was paid long ago: it has no bank details."""
    award: Award = find(current_session(), current_actor(), Award, reference)
    if award.imported:
        raise NotFound(f"bank details of {reference}")
    return award


def _find_funder(number: int) -> Organisation:
    found = next((one for one in bank_accounts.funders(current_session()) if one.id == number), None)
    if found is None:
        raise NotFound(f"funder {number}")
    return found
