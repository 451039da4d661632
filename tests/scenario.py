"""Files in every state, reached by taking the real steps as the people who take them."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.models import (
    AgendaItem,
    Agreement,
    Application,
    Award,
    BankAccount,
    Call,
    CommitteeSession,
    Disbursement,
    Document,
    Organisation,
    OrganisationKind,
    Person,
    PersonRole,
    Report,
    Review,
)
from fund.models.base import utc_now
from fund.services import (
    agreements,
    applications,
    awards,
    bank_accounts,
    calls,
    committee,
    letters,
    organisations,
    reports,
    reviews,
    signatures,
    voting,
)
from fund.services.references import new_reference
from fund.services.release import release, schedule_release
from fund.services.steps import take_step
from workflows.bank_account import VerifiedHow
from workflows.disbursement import DisbursementState
from workflows.permissions import SYSTEM, Actor, Role
from workflows.voting import Method, MotionResult, Outcome

IBAN = "FR7630006000011234567890189"
FUND_IBAN = "FR1420041010050500013M02606"
BIC = "AGRIFRPP"
"""The example of an IBAN that the French banks publish, and a bank's code that fits it."""
PASSWORD = "correct horse battery staple"


def siret(number: int) -> str:
    """An invented SIRET with valid checksums, one per number."""
    siren = _with_check(f"9{number:07d}")
    return _with_check(f"{siren}0001")


def _with_check(digits: str) -> str:
    total = 0
    for index, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if index % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return digits + str(-total % 10)


@cache
def _password_hash() -> str:
    """Argon2 is slow on purpose: one hash serves all the people of a test run."""
    return PasswordHasher().hash(PASSWORD)


# The fund's people: were their domain an alliance's, they would have an interest in its file.
OF_THE_FUND = {Role.CATALYST, Role.REVIEWER, Role.COMMITTEE, Role.OFFICER, Role.FINANCE, Role.AUDITOR, Role.ADMIN}


def address_of(name: str) -> str:
    """Whoever is none of ``PEOPLE`` was added as one of the fund's."""
    is_of_fund = name not in PEOPLE or OF_THE_FUND.intersection(PEOPLE[name])
    return f"{name}@{'fonds' if is_of_fund else 'essai'}.example"


PEOPLE: dict[str, tuple[Role, ...]] = {
    "applicant": (Role.APPLICANT,),
    "stranger": (Role.APPLICANT,),
    "partner": (Role.PARTNER,),
    "catalyst": (Role.CATALYST,),
    "reviewer": (Role.REVIEWER,),
    "reviewer2": (Role.REVIEWER,),
    "reviewer3": (Role.REVIEWER,),
    "member": (Role.COMMITTEE,),
    "chair": (Role.COMMITTEE, Role.CHAIR),
    "officer": (Role.OFFICER,),
    "officer2": (Role.OFFICER,),
    "finance": (Role.FINANCE,),
    "auditor": (Role.AUDITOR,),
    "admin": (Role.ADMIN,),
}


@dataclass
class World:
    """Ids of what was made, and actors by name; objects belong to the session that asks for them."""

    call_id: int
    lead_id: int
    town_id: int
    company_id: int
    people: dict[str, int] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)

    @classmethod
    def make(cls, session: Session) -> "World":
        fund = organisation(session, 1, "Fonds d'essai", OrganisationKind.FOUNDATION)
        town = organisation(session, 2, "Commune d'essai", OrganisationKind.LOCAL_AUTHORITY)
        lead = organisation(session, 3, "Association d'essai", OrganisationKind.ASSOCIATION)
        company = organisation(session, 4, "Entreprise d'essai", OrganisationKind.COMPANY)
        world = cls(0, lead.id, town.id, company.id, actors={"system": SYSTEM})
        for name, roles in PEOPLE.items():
            world.add_person(session, name, roles, lead if name == "applicant" else None)
        world.call_id = world.make_call(session, fund).id
        return world

    def add_person(
        self, session: Session, name: str, roles: tuple[Role, ...], organisation: Organisation | None = None
    ) -> Person:
        """An account; without an organisation unless one is given."""
        person = Person(
            reference=new_reference("PE"),
            email=address_of(name),
            name=name.capitalize(),
            password_hash=_password_hash(),
            role_rows=[PersonRole(role=role) for role in roles],
            organisation=organisation,
        )
        session.add(person)
        session.flush()
        self.people[name] = person.id
        self.actors[name] = person.as_actor()
        return person

    def __getitem__(self, name: str) -> Actor:
        return self.actors[name]

    def person(self, session: Session, name: str) -> Person:
        return session.get_one(Person, self.people[name])

    def make_call(self, session: Session, funder: Organisation | None = None, **fields: Any) -> Call:
        """An open call with two criteria; ``fields`` override."""
        now = utc_now()
        funder = funder or session.scalars(select(Organisation).order_by(Organisation.id)).first()
        assert funder is not None
        values: dict[str, Any] = {
            "title_fr": "Alliances pour les territoires",
            "title_en": "Alliances for territories",
            "summary_fr": "Un appel d'essai.",
            "summary_en": "A test call.",
            "opens_at": now - timedelta(days=10),
            "closes_at": now + timedelta(days=10),
            "envelope": Decimal(200_000),
            "min_grant": Decimal(1_000),
            "max_grant": Decimal(60_000),
            "max_rate": Decimal(80),
            "required_kinds": ["local_authority", "association", "company"],
            "reviews_required": 2,
            "criteria": [
                {"label_fr": "Intérêt général", "label_en": "Public good", "weight": Decimal(60), "scale_max": 5},
                {"label_fr": "Alliance", "label_en": "Alliance", "weight": Decimal(40), "scale_max": 5},
            ],
            **fields,
        }
        call = calls.create_call(session, self["officer"], funder_id=funder.id, **values)
        take_step(session, self["officer"], call, "publish")
        take_step(session, self["officer"], call, "open")
        return call

    # --- one file, taken as far as wanted -------------------------------------------------------------------

    def draft(self, session: Session, **fields: Any) -> Application:
        """A complete draft of the three kinds of member."""
        call = session.get_one(Call, fields.pop("call_id", self.call_id))
        lead = session.get_one(Organisation, self.lead_id)
        values: dict[str, Any] = {
            "title": "Un atelier partagé",
            "summary": "Une recyclerie, une école et une entreprise.",
            "commune_code": "31458",
            "contact_name": "Camille Essai",
            "contact_email": "contact@essai.example",
            "requested_amount": Decimal(20_000),
            "total_budget": Decimal(40_000),
            "starts_on": date(2027, 1, 1),
            "ends_on": date(2027, 12, 31),
            **fields,
        }
        application = applications.start_application(session, self["applicant"], call, lead)
        applications.edit_application(
            session,
            self["applicant"],
            application,
            members=[
                {"organisation": lead, "part": "Pilote", "contribution": Decimal(5_000)},
                {"organisation": session.get_one(Organisation, self.town_id), "contribution": Decimal(10_000)},
                {"organisation": session.get_one(Organisation, self.company_id), "contribution": Decimal(5_000)},
            ],
            **values,
        )
        return application

    def submitted(self, session: Session, **fields: Any) -> Application:
        application = self.draft(session, **fields)
        take_step(session, self["applicant"], application, "submit")
        return application

    def assigned(self, session: Session, **fields: Any) -> Application:
        application = self.submitted(session, **fields)
        for name in ("reviewer", "reviewer2"):
            reviews.assign(session, self["officer"], application, self.person(session, name))
        return application

    def in_review(self, session: Session, **fields: Any) -> Application:
        application = self.assigned(session, **fields)
        take_step(session, self["officer"], application, "start_review")
        return application

    def reviewed(self, session: Session, **fields: Any) -> Application:
        application = self.in_review(session, **fields)
        for review in application.reviews:
            self.score(session, review)
        take_step(session, self["officer"], application, "conclude_review")
        return application

    def score(self, session: Session, review: Review, value: int = 4) -> None:
        """Accept, score every criterion and submit, as the reviewer."""
        actor = review.reviewer_as_actor
        take_step(session, actor, review, "accept")
        marks = {criterion.id: {"value": value} for criterion in review.application.call.criteria}
        reviews.save_scores(session, actor, review, scores=marks)
        take_step(session, actor, review, "submit")

    def sitting(self, session: Session, call_id: int | None = None) -> CommitteeSession:
        """A planned session with its chair and a member."""
        return committee.plan_session(
            session,
            self["officer"],
            session.get_one(Call, call_id or self.call_id),
            members=[self.person(session, "member")],
            chair=self.person(session, "chair"),
            title="Comité d'essai",
            held_at=utc_now() + timedelta(days=1),
            quorum=2,
        )

    def before_committee(self, session: Session, **fields: Any) -> Application:
        """A file on the agenda of an open session with a quorum."""
        application = self.reviewed(session, **fields)
        sitting = self.sitting(session, application.call_id)
        committee.put_on_agenda(session, self["officer"], sitting, application)
        self.open_sitting(session, sitting)
        return application

    def open_sitting(self, session: Session, sitting: CommitteeSession) -> None:
        take_step(session, self["officer"], sitting, "convene")
        present = [self.people["chair"], self.people["member"]]
        committee.set_attendance(session, self["chair"], sitting, present)
        take_step(session, self["chair"], sitting, "open")

    def decide(
        self,
        session: Session,
        application: Application,
        outcome: Outcome = Outcome.FUNDED,
        amount: Decimal | None = Decimal(15_000),
        motivation: str = "Un projet solide.",
        **motion: Any,
    ) -> AgendaItem:
        """Have the open session adopt a decision on the file, by show of hands."""
        item = application.current_item
        assert item is not None
        put = voting.open_motion(
            session,
            self["chair"],
            item,
            outcome=outcome,
            amount=amount,
            motivation=motivation,
            method=Method.HANDS,
            **motion,
        )
        result = voting.close_motion(session, self["chair"], put, hands=(2, 0, 0))
        assert result is MotionResult.ADOPTED
        return item

    def sign_minutes(self, session: Session, sitting: CommitteeSession) -> None:
        """Close the session and sign its minutes."""
        take_step(session, self["chair"], sitting, "close")
        take_step(session, self["chair"], sitting, "sign")

    def check_letters(self, session: Session, sitting: CommitteeSession) -> None:
        texts = {item.id: ("fr", "Votre dossier", "Le comité a décidé.") for item in sitting.items}
        letters.prepare_letters(session, self["officer"], sitting, texts)
        files = [item.application.reference for item in sitting.items]
        letters.check_letters(session, self["officer"], sitting, files)

    def release(self, session: Session, sitting: CommitteeSession) -> None:
        """Close, sign, check the letters, and release what the session decided."""
        self.sign_minutes(session, sitting)
        self.check_letters(session, sitting)
        self.release_now(session, sitting)

    def release_now(self, session: Session, sitting: CommitteeSession) -> None:
        """Release what was signed and whose letters are checked."""
        schedule_release(session, self["officer"], sitting, utc_now())
        release(session, sitting)

    def decided(
        self,
        session: Session,
        outcome: Outcome = Outcome.FUNDED,
        amount: Decimal | None = Decimal(15_000),
        motivation: str = "Un projet solide.",
        **fields: Any,
    ) -> Application:
        """A file whose decision is in force."""
        application = self.before_committee(session, **fields)
        item = self.decide(session, application, outcome, amount, motivation)
        self.release(session, item.session)
        return application

    def funded(self, session: Session, amount: Decimal = Decimal(15_000), **fields: Any) -> Application:
        return self.decided(session, Outcome.FUNDED, amount, **fields)

    def award(self, session: Session, **fields: Any) -> Award:
        """A draft award in two tranches."""
        application = self.funded(session, **fields)
        award = application.award
        assert award is not None
        awards.set_schedule(
            session,
            self["officer"],
            award,
            tranches=[
                {"amount": Decimal(10_000), "due_on": date(2026, 1, 1)},
                {"amount": Decimal(5_000), "due_on": date(2026, 2, 1)},
            ],
        )
        session.expire(award)
        return award

    def verified_account(self, session: Session, organisation: Organisation, iban: str = IBAN) -> BankAccount:
        """Bank details entered by an officer and verified by the treasury; those already in force stay."""
        if organisation.bank_account is not None:
            return organisation.bank_account
        account = bank_accounts.propose(
            session, self["officer"], organisation, holder=organisation.name, iban=iban, bic=BIC
        )
        inputs = {"verified_how": VerifiedHow.CALL_BACK, "verified_note": "Appel au secrétariat."}
        take_step(session, self["finance"], account, "verify", inputs=inputs)
        return account

    def offered_award(self, session: Session, **fields: Any) -> Award:
        """An award whose agreement is sent, and awaits the lead's signature."""
        award = self.award(session, **fields)
        self.send_agreement(session, award)
        return award

    def send_agreement(self, session: Session, award: Award, **fields: Any) -> Agreement:
        """Send the agreement, or the open amendment, of an award for signature."""
        agreement = award.agreements[-1]
        settings = {"fund_signatory": "Dominique Essai", "fund_function": "Présidence", **fields}
        agreements.edit(session, self["officer"], agreement, **settings)
        take_step(session, self["officer"], agreement, "send")
        return agreement

    def sign_agreement(self, session: Session, award: Award) -> Agreement:
        """Have everybody sign what was sent, the lead with its account, the others as by their links."""
        agreement = award.agreements[-1]
        for member in agreements.missing_signers(agreement):
            signatures.sign_as(
                session,
                self["applicant"] if member.is_lead else SYSTEM,
                agreement,
                member,
                digest=agreement.facts_sha256 or "",
                name="Applicant",
                function="Présidence",
                accepts_contract=True,
            )
        return agreement

    def active_award(self, session: Session, **fields: Any) -> Award:
        """An award in force, with verified bank details."""
        award = self.offered_award(session, **fields)
        self.sign_agreement(session, award)
        self.verified_account(session, award.beneficiary)
        return award

    def prove_payment(self, session: Session, tranche: Disbursement) -> None:
        """A document for a payment by hand."""
        tranche.evidence_id = self.document(session, tranche.award.application, f"payment.{tranche.id}").id
        session.flush()

    def document(self, session: Session, application: Application, slot: str) -> Document:
        """A document in a place of the file, without content in any store."""
        document = Document(
            reference=new_reference("DC"),
            slot=slot,
            number=1 + sum(document.slot == slot for document in application.documents),
            name="piece.pdf",
            kind="pdf",
            media_type="application/pdf",
            size=1,
            sha256="0" * 64,
        )
        for former in application.documents:
            if former.slot == document.slot and former.replaced_at is None:
                former.replaced_at = utc_now()
        session.flush()
        application.documents.append(document)
        session.flush()
        return document

    def pay(self, session: Session, tranche: Disbursement, paid_on: date | None = None) -> None:
        """Release where it is needed, order, approve, prove and pay one tranche."""
        if tranche.state is DisbursementState.PLANNED:
            take_step(session, self["officer"], tranche, "release")
        take_step(session, self["officer"], tranche, "order")
        take_step(session, self["finance"], tranche, "approve")
        self.prove_payment(session, tranche)
        inputs = {"paid_on": paid_on or datetime.now(UTC).date(), "bank_reference": "VIR-1"}
        take_step(session, self["finance"], tranche, "pay", inputs=inputs)

    def paid_award(self, session: Session, **fields: Any) -> Award:
        award = self.active_award(session, **fields)
        for tranche in award.live_tranches:
            self.pay(session, tranche)
        return award

    def submitted_report(self, session: Session, **fields: Any) -> Report:
        award = self.paid_award(session, **fields)
        report = award.reports[0]
        reports.edit_report(
            session, self["applicant"], report, narrative="Tout est fait.", spent_amount=Decimal(39_000)
        )
        take_step(session, self["applicant"], report, "submit")
        return report

    def reported(self, session: Session, **fields: Any) -> Application:
        report = self.submitted_report(session, **fields)
        # Nothing else is open: the accounts close by themselves.
        take_step(session, self["officer"], report, "accept")
        return report.award.application


def organisation(session: Session, number: int, name: str, kind: OrganisationKind) -> Organisation:
    return organisations.find_or_create(session, name=name, kind=kind, siret=siret(number), commune_code="31458")
