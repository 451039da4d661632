"""Whatever is done with two awards of one call, by whom and in which order: every euro lies in one place.

Random sequences of steps, by the right people and by the wrong ones, each a transaction of its own. With
``--hypothesis-profile=thorough`` there are many more of them. The file is long for it is one machine.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from fund.bank.business_days import next_business_day
from fund.db import SessionFactory, translated_errors
from fund.errors import FundError
from fund.models import AuditEvent, Award, Call, Disbursement, LedgerEntry, PaymentFile, Report, Subject
from fund.models.award import SIGNED_STATES
from fund.services import agreements, awards, bank_accounts, calls, payment_files, repayments, reports
from fund.services.agreement_terms import describe_terms
from fund.services.ledger import balances
from fund.services.ledger_check import check
from fund.services.perform import NotEditable, NotPermitted
from fund.services.steps import take_step
from tests.scenario import BIC, IBAN, World
from tests.services.makers import BECAUSE, today
from tests.services.money_ground import Ground, lay_ground, standing_of, thirds
from tests.services.paying import file_of
from workflows.agreement import AgreementState
from workflows.award import AwardState
from workflows.bank_account import BankAccountState, VerifiedHow
from workflows.disbursement import DisbursementState
from workflows.engine import Refused, Step
from workflows.ledger import LedgerAccount
from workflows.permissions import SYSTEM, Actor, people_of
from workflows.report import OWED_STATES, ReportState

REFUSALS = (FundError, Refused, NotPermitted, NotEditable)
PEOPLE = ("officer", "officer2", "finance", "applicant", "auditor", "admin", "system")
RIGHT = "whoever may"
OTHER_IBAN, OTHER_BIC = "FR1420041010050500013M02606", "PSSTFRPPPAR"
HOW = {"verified_how": VerifiedHow.CALL_BACK, "verified_note": "Appel au secrétariat."}
INPUTS: Mapping[str, Any] = {**BECAUSE, **HOW, "paid_on": today(), "return_code": "AC04", "reserve": "À suivre."}
KINDS: Mapping[str, Callable[[Award], Sequence[Subject]]] = {
    "tranche": lambda award: award.disbursements,
    "award": lambda award: [award],
    "agreement": lambda award: award.agreements[-1:],
    "report": lambda award: award.reports,
    "account": lambda award: award.beneficiary.bank_accounts,
}
PAYING = {
    DisbursementState.PLANNED: ("release", "officer"),
    DisbursementState.DUE: ("order", "officer"),
    DisbursementState.ORDERED: ("approve", "finance"),
    DisbursementState.APPROVED: ("send", "system"),
    DisbursementState.SENT: ("pay", "finance"),
    DisbursementState.FAILED: ("reorder", "officer"),
}
"""What comes next for a tranche, and who does it."""
OVER = (AwardState.REFUSED, AwardState.CANCELLED)
OUT = (LedgerAccount.PAID, LedgerAccount.TO_RECOVER, LedgerAccount.RECOVERED)
WITHIN = (*OUT, LedgerAccount.COMMITTED, LedgerAccount.APPROVED, LedgerAccount.ORDERED)

Thing = TypeVar("Thing")

people = st.sampled_from((*PEOPLE, *(RIGHT,) * 20))
kinds = st.sampled_from(("tranche", *KINDS))
which = st.integers(0, 1)
place = st.integers(0, 3)
euros = st.sampled_from(
    [Decimal("0.01"), Decimal("1.00"), Decimal("1666.67"), Decimal("2500.00"), Decimal("9999.00")]
)


def has(what: str) -> Callable[["MoneyMachine"], bool]:
    return lambda machine: any(what in standing for standing in machine.standing)


class MoneyMachine(RuleBasedStateMachine):
    """The acts, and after each of them what must hold."""

    ground: ClassVar["Ground"]

    def __init__(self) -> None:
        """On one outer transaction, which the end takes back: what a committee decided is not decided anew."""
        super().__init__()
        self.world, self.awards, self.refused = self.ground.world, self.ground.awards, self.ground.refused
        self.connection = self.ground.engine.connect()
        self.outer = self.connection.begin()
        self.begun = self.connection.scalar(select(func.max(AuditEvent.id)))
        self.standing: list[set[str]] = []
        self.look()

    def teardown(self) -> None:
        with self.open() as session:
            self.ground.done.update(session.scalars(select(AuditEvent.action).where(AuditEvent.id > self.begun)))
        self.outer.rollback()
        self.connection.close()

    def open(self) -> Session:
        """A session whose commits are savepoints of the outer transaction."""
        return Session(self.connection, join_transaction_mode="create_savepoint", expire_on_commit=False)

    def attempt(self, act: Callable[[Session], object]) -> None:
        """One act, committed or rolled back as a whole; a refusal leaves everything as it was."""
        before = self.marks()
        try:
            with self.open() as session, translated_errors():
                act(session)
                session.flush()
                # What waits for the commit, which this is not.
                session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
                session.execute(text("SET CONSTRAINTS ALL DEFERRED"))
                session.commit()
        except REFUSALS as refusal:
            name = _name_of(refusal)
            self.refused[name] += 1
            assert self.marks() == before
            # Guards refuse with a sentence; a bare check of the database is what they should have known.
            assert "Conflict ck_" not in name
        else:
            self.look()

    def look(self) -> None:
        """What there is of each award, so that few acts are tried on what is not there."""
        with self.open() as session:
            self.standing = [standing_of(session.get_one(Award, award_id)) for award_id in self.awards]

    def with_any(self, what: str, award: int) -> int:
        """One of the awards that have it."""
        found = [number for number, standing in enumerate(self.standing) if what in standing]
        return found[award % len(found)]

    def marks(self) -> tuple[object, ...]:
        """What any act would change."""
        with self.open() as session:
            states = session.execute(select(Disbursement.id, Disbursement.state, Disbursement.amount)).all()
            grants = session.execute(select(Award.id, Award.state, Award.amount, Award.version)).all()
            events = session.scalar(select(func.count()).select_from(AuditEvent))
            entries = session.scalar(select(func.count()).select_from(LedgerEntry))
        return sorted(states), sorted(grants), events, entries

    def on_award(self, award: int, act: Callable[[Session, Award], object]) -> None:
        self.attempt(lambda session: act(session, session.get_one(Award, self.awards[award])))

    # --- what people do ------------------------------------------------------------------------------------

    @rule(award=which, times=st.integers(1, 6), aside=st.none() | kinds, number=place, choice=place)
    def go_on(self, award: int, times: int, aside: str | None, number: int, choice: int) -> None:
        """What comes next by itself, done by whom it is for, so that sequences reach the end of the path.

        Before it somebody tries what is not for her, or not yet; then, mostly, one step may lead aside.
        """
        self.on_award(award, self._meddle)
        self.on_award(award, self._hurry)
        for _ in range(times):
            self.on_award(award, self._go_on)
        if aside is not None:
            self.turn_off(award=award, kind=aside, number=number, choice=choice, who=RIGHT)

    def _meddle(self, session: Session, award: Award) -> None:
        """Whoever only reads takes a step that others could take."""
        tranche = award.disbursements[0]
        steps = [step for step in tranche.workflow.steps_from(tranche.state) if people_of(step.permission)]
        if steps:
            take_step(session, self.world["auditor"], tranche, steps[0].name, inputs=INPUTS)

    def _hurry(self, session: Session, award: Award) -> None:
        """The treasury pays what is not approved yet, or is paid already."""
        tranche = award.disbursements[-1]
        if tranche.state not in (DisbursementState.APPROVED, DisbursementState.SENT):
            take_step(session, self.world["finance"], tranche, "pay", inputs=INPUTS)

    @rule(award=which, kind=kinds, number=place, choice=place, who=people)
    def turn_off(self, award: int, kind: str, number: int, choice: int, who: str) -> None:
        """Any step that leaves the subject's state, prepared as it should be."""

        def act(session: Session, one: Award) -> None:
            subject = _pick(KINDS[kind](one), number)
            # What the program alone does to an award follows its agreement.
            steps = [
                step
                for step in subject.workflow.steps_from(subject.state)
                if kind == "tranche" or people_of(step.permission)
            ]
            if not steps:
                return
            step = _pick(steps, choice)
            self._prepare(session, subject)
            take_step(session, self._person(who, _who_may(self.world, step)), subject, step.name, inputs=INPUTS)

        self.on_award(award, act)

    def _prepare(self, session: Session, subject: Subject) -> None:
        if isinstance(subject, Disbursement):
            self.world.prove_payment(session, subject)
        elif isinstance(subject, Report) and subject.state in OWED_STATES:
            applicant = self.world["applicant"]
            reports.edit_report(session, applicant, subject, narrative="Fait.", spent_amount=Decimal(39_000))

    @rule(award=which, kind=kinds, number=place, choice=st.integers(0, 11), who=people)
    def try_out_of_turn(self, award: int, kind: str, number: int, choice: int, who: str) -> None:
        """Any step at all, mostly one that the state does not allow; unprepared."""

        def act(session: Session, one: Award) -> None:
            subject = _pick(KINDS[kind](one), number)
            step = _pick([step for step in subject.workflow.steps.values() if people_of(step.permission)], choice)
            take_step(session, self._person(who, _who_may(self.world, step)), subject, step.name, inputs=INPUTS)

        self.on_award(award, act)

    def _person(self, who: str, right: Actor) -> Actor:
        return right if who == RIGHT else self.world[who]

    def _go_on(self, session: Session, award: Award) -> None:
        agreement = award.agreements[-1]
        if agreement.state is AgreementState.DRAFT:
            self.world.send_agreement(session, award)
        elif agreement.state is AgreementState.SENT:
            self.world.sign_agreement(session, award)
        elif award.beneficiary.bank_account is None and not award.beneficiary.has_unverified_account:
            self._propose(session, award, "officer")
        elif award.beneficiary.has_unverified_account:
            self._verify(session, award, "finance")
        elif any(tranche.state in PAYING for tranche in award.live_tranches):
            self._pay_on(session, award)
        else:
            self._account_for(session, award)

    def _pay_on(self, session: Session, award: Award) -> None:
        tranche = next(tranche for tranche in award.live_tranches if tranche.state in PAYING)
        if tranche.state is DisbursementState.APPROVED:
            file_of(self.world, session, tranche)
            return
        step, who = PAYING[tranche.state]
        take_step(session, self.world[who], tranche, step, inputs=INPUTS)

    def _account_for(self, session: Session, award: Award) -> None:
        """Report, acceptance, repayment: the accounts close by themselves."""
        report = award.reports[-1]
        demand = next((one for one in award.repayments if one.is_open), None)
        if report.state in OWED_STATES:
            self._prepare(session, report)
            step = "resubmit" if report.state is ReportState.RETURNED else "submit"
            take_step(session, self.world["applicant"], report, step)
        elif report.state is ReportState.SUBMITTED:
            take_step(session, self.world["officer"], report, "accept")
        elif demand is not None:
            take_step(session, self.world["finance"], demand, "receive", inputs={"received_on": today()})

    @precondition(has("draft"))
    @rule(award=which, parts=st.integers(1, 3), who=people)
    def plan(self, award: int, parts: int, who: str) -> None:
        def act(session: Session, one: Award) -> None:
            amounts = thirds(one.amount)
            amounts = [sum(amounts[: 4 - parts], Decimal(0)), *amounts[4 - parts :]]
            tranches = [{"amount": amount, "due_on": today()} for amount in amounts]
            awards.set_schedule(session, self._person(who, self.world["officer"]), one, tranches=tranches)

        self.on_award(self.with_any("draft", award), act)

    @precondition(has("in_force"))
    @rule(award=which, change=st.sampled_from([1, -1]), amount=euros, who=people, signs=st.booleans())
    def draft_amendment(self, award: int, change: int, amount: Decimal, who: str, signs: bool) -> None:
        """The last tranche that may change grows or shrinks; where there is none, one more is agreed."""

        def act(session: Session, one: Award) -> None:
            terms = describe_terms(one)
            lines = terms["tranches"]
            if lines and one.live_tranches and Decimal(lines[-1]["amount"]) + change * amount > 0 and signs:
                lines[-1] = {**lines[-1], "amount": str(Decimal(lines[-1]["amount"]) + change * amount)}
            else:
                lines = [*lines, {"amount": str(amount), "due_on": None, "conditions": []}]
            total = str(sum((Decimal(line["amount"]) for line in lines), Decimal(0)))
            terms = {**terms, "tranches": lines, "amount": total}
            officer = self._person(who, self.world["officer"])
            agreements.draft_amendment(session, officer, one, terms=terms, reason="Pour essai.")
            if signs:
                self.world.send_agreement(session, one)
                self.world.sign_agreement(session, one)

        self.on_award(self.with_any("in_force", award), act)

    @precondition(has("in_force"))
    @rule(award=which, amount=euros, who=people)
    def reduce(self, award: int, amount: Decimal, who: str) -> None:
        self.on_award(
            self.with_any("in_force", award),
            lambda session, one: awards.reduce(
                session,
                self._person(who, self.world["officer"]),
                one,
                one.amount - amount,
                reason="Moins cher.",
            ),
        )

    @rule(who=people, step=st.sampled_from(("make", "transmit", "cancel")))
    def handle_file(self, who: str, step: str) -> None:
        """Put all that is approved into one file, or take the last file further."""

        def act(session: Session) -> None:
            finance = self._person(who, self.world["finance"])
            if step == "make":
                approved = select(Disbursement).where(Disbursement.state == DisbursementState.APPROVED)
                tranches = session.scalars(approved.order_by(Disbursement.id)).all()
                day = next_business_day(today())
                payment_files.make_file(session, finance, tranches, execution_on=day)
                return
            file = session.scalar(select(PaymentFile).order_by(PaymentFile.id.desc()).limit(1))
            if file is not None:
                take_step(session, finance, file, step, inputs=BECAUSE)

        self.attempt(act)

    @precondition(has("in_force"))
    @rule(award=which, who=people, verifies=st.booleans())
    def change_bank(self, award: int, who: str, verifies: bool) -> None:
        def act(session: Session, one: Award) -> None:
            if one.beneficiary.has_unverified_account:
                self._verify(session, one, "finance" if who == RIGHT else who)
                return
            self._propose(session, one, "officer" if who == RIGHT else who)
            if verifies:
                self._verify(session, one, "finance")

        self.on_award(self.with_any("in_force", award), act)

    def _propose(self, session: Session, award: Award, who: str) -> None:
        current = award.beneficiary.bank_account
        iban = OTHER_IBAN if current is not None and current.iban == IBAN else IBAN
        bic = BIC if iban == IBAN else OTHER_BIC
        name = award.beneficiary.name
        bank_accounts.propose(session, self.world[who], award.beneficiary, holder=name, iban=iban, bic=bic)
        session.expire(award.beneficiary)

    def _verify(self, session: Session, award: Award, who: str) -> None:
        [account] = [one for one in award.beneficiary.bank_accounts if one.state is BankAccountState.PROPOSED]
        take_step(session, self.world[who], account, "verify", inputs=HOW)
        session.expire(award.beneficiary)

    @precondition(has("paid"))
    @rule(award=which, amount=euros, who=people)
    def ask_back(self, award: int, amount: Decimal, who: str) -> None:
        self.on_award(
            self.with_any("paid", award),
            lambda session, one: repayments.ask(
                session, self._person(who, self.world["officer"]), one, amount=amount, reason="Trop versé."
            ),
        )

    @precondition(has("repayment"))
    @rule(award=which, amount=st.none() | euros, who=people, waives=st.booleans())
    def settle_repayment(self, award: int, amount: Decimal | None, who: str, waives: bool) -> None:
        def act(session: Session, one: Award) -> None:
            inputs = {"received_on": today() - timedelta(days=2), "amount": amount, **BECAUSE}
            finance = self._person(who, self.world["finance"])
            take_step(session, finance, one.repayments[-1], "waive" if waives else "receive", inputs=inputs)

        self.on_award(self.with_any("repayment", award), act)

    @rule(amount=euros, who=people)
    def raise_envelope(self, amount: Decimal, who: str) -> None:
        def act(session: Session) -> None:
            call, officer = session.get_one(Call, self.world.call_id), self._person(who, self.world["officer"])
            calls.raise_envelope(session, officer, call, amount, reason="Un don.")

        self.attempt(act)

    # --- what must hold ------------------------------------------------------------------------------------

    @invariant()
    def every_euro_lies_in_one_place(self) -> None:
        with self.open() as session:
            assert check(session).faults == ()
            granted = session.scalars(select(Award).order_by(Award.id)).all()
            for award in granted:
                self._award_holds(session, award)
            found = balances(session, call_id=self.world.call_id)
            weighing = [award.amount for award in granted if award.state not in OVER]
            envelope = session.get_one(Call, self.world.call_id).envelope
        assert sum(found.values()) == 0
        assert -found[LedgerAccount.ENDOWMENT] == envelope
        assert envelope - found[LedgerAccount.AVAILABLE] == sum(weighing) <= envelope

    def _award_holds(self, session: Session, award: Award) -> None:
        """Paid ≤ ordered ≤ approved ≤ awarded, each counted with what has already gone further."""
        found = balances(session, award_id=award.id)
        assert all(found[account] >= 0 for account in WITHIN)
        paid = sum(found[account] for account in OUT)
        ordered = paid + found[LedgerAccount.ORDERED]
        approved = ordered + found[LedgerAccount.APPROVED]
        awarded = approved + found[LedgerAccount.COMMITTED]
        assert paid <= ordered <= approved <= awarded == (Decimal(0) if award.state in OVER else award.amount)
        assert paid == award.paid_total
        assert ordered == award.paid_total + award.sent_total
        assert found[LedgerAccount.TO_RECOVER] == sum(one.outstanding for one in award.repayments if one.is_open)
        assert found[LedgerAccount.RECOVERED] == award.repaid_total
        if award.state in SIGNED_STATES:
            assert award.tranche_total == award.amount


def _pick(things: Sequence[Thing], number: int) -> Thing:
    return things[number % len(things)]


def _who_may(world: World, step: Step) -> Actor:
    return next((world[role.value] for role in people_of(step.permission)), SYSTEM)


def _name_of(refusal: Exception) -> str:
    """What refused, for whoever reads how far the sequences went."""
    return f"{type(refusal).__name__} {getattr(refusal, 'code', '')}".strip()


def test_every_euro_lies_in_one_place_whatever_is_done(
    factory: SessionFactory, engine: Engine, world: World
) -> None:
    is_thorough = settings.get_current_profile_name() == "thorough"

    class Machine(MoneyMachine):
        ground = lay_ground(factory, engine, world)

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=400 if is_thorough else 12,
            stateful_step_count=50 if is_thorough else 25,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    # The wrong people were refused, and so were steps out of their turn; otherwise little was tried.
    assert Machine.ground.refused["StepForbidden"] > 0
    assert Machine.ground.refused["StepUnavailable"] > 0
