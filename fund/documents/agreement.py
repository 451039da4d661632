"""The agreement on an award (convention, number 0) and its amendments (avenants, 1 and on).

The facts are frozen when it is sent, with the clauses as they were then, and their hash is what people sign: the
same facts give the same paper for ever, whatever becomes of the file, of names or of later agreements' clauses.

Every key is always there: a text is empty, a list is empty or a value is None where there is nothing. Amounts are
euros, days ISO dates, instants ISO in UTC.

- ``number``, ``reference`` (of this agreement or amendment).
- ``clauses``: what ``config.clauses`` gave when it was sent.
- ``call``: ``reference``, ``title_fr``, ``title_en``.
- ``regime``: ``scheme`` (name and number of the exempted scheme, or the act entrusting the service),
  ``republican_contract``. The clauses are those of its regime of aid.
- ``application``: ``reference``, ``title``, ``summary``, ``submitted_at``.
- ``decision``: ``held_at``, ``session`` (reference), ``conditions``, ``motivation``; or None.
- ``fund``: ``name``, ``siret``, ``address``, ``represented_by``, ``function``, ``contact`` (mail).
- ``beneficiary``: ``member_id`` (a number), ``name``, ``siret``, ``rna``, ``address``, ``represented_by``,
  ``function``.
- ``members`` of the alliance beside it: the same, and ``part`` (what it does), ``signs`` (it is a party).
- ``terms``: ``amount``, ``starts_on`` and ``ends_on`` (or None), ``tranches`` (``position``, ``label``,
  ``amount``, ``due_on`` or None, ``conditions``), ``reports`` (``number``, ``final``, ``due_on``). A
  condition: ``kind`` (a ``ConditionKind``), ``label``, ``report`` (its number, or None).
- ``budget``: ``total`` (charges without those in kind), ``rate`` (percent of actual charges that the grant may not
  exceed, or None), ``charges`` and ``products``, each with ``total``, ``in_kind`` and ``chapters`` (``account``,
  ``name_fr``, ``name_en``, ``amount``, ``lines``: the same and ``label``, ``status``: ``asked``, ``granted``,
  ``fund`` or None; no chapters where the call asks for no budget by accounts); or None.
- ``indicators``: ``label_fr``, ``label_en``, ``target``.
- ``amends``, of an amendment: ``reference`` and ``signed_on`` of the agreement, ``earlier`` amendments
  (``number``, ``signed_on``), ``terms`` before this one, ``why``; or None.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fund.documents import agreement_words as say
from fund.documents.agreement_articles import articles_of
from fund.documents.committee_words import Facts, call_title
from fund.documents.typesetting import typeset
from fund.documents.words import grouped_digest, grouped_siret, in_language, instant_to_the_second
from fund.forms.definition import Words
from fund.messages.formats import moment

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class AgreementSignature:
    """One signature: for the fund (``member_id`` None) or for a member; ``signed_at`` in UTC.

    ``journal_hash`` is that of the journal's event which says so.
    """

    member_id: int | None
    name: str
    function: str
    signed_at: datetime
    journal_hash: str


@dataclass(frozen=True, slots=True)
class Signatures:
    """Of an agreement that was sent: the hash of its facts, where it can be checked, who has signed so far."""

    facts_sha256: str
    verify_url: str
    given: tuple[AgreementSignature, ...] = ()


def agreement_pdf(facts: Facts, *, signatures: Signatures | None, language: str, instant: datetime) -> bytes:
    """The PDF in that language (``fr`` or ``en``), dated ``instant``.

    Without ``signatures`` it was not sent yet and says « Projet » on every page; sent, it has an empty frame for
    everybody who has not signed online, so that it can be signed by hand.
    """
    return typeset(
        "agreement",
        agreement_texts(facts, signatures=signatures, language=language, instant=instant),
        instant=instant,
    )


def agreement_texts(facts: Facts, *, signatures: Signatures | None, language: str, instant: datetime) -> Data:
    """All that the agreement says, in words: for the paper, and for the page that shows the same.

    ``articles`` and ``annexes`` have a ``title`` and ``parts`` (``fund.documents.agreement_parts``).
    """
    title = (
        say.AMENDMENT.of(language).format(number=facts["number"])
        if facts["number"]
        else say.AGREEMENT.of(language)
    )
    digest = signatures.facts_sha256[:16] if signatures else ""
    return {
        "locale": language,
        "words": in_language(say.WORDS, language) | {"title": title},
        "draft": "" if signatures else say.DRAFT.of(language),
        "draft-notice": ""
        if signatures
        else say.DRAFT_NOTICE.of(language).format(instant=moment(instant, language)),
        "courtesy": say.COURTESY.en if language == "en" else "",
        "reference": facts["reference"],
        "footer": say.FOOTER.of(language).format(digest=digest) if digest else "",
        "project": facts["application"]["title"],
        "call": f"{call_title(facts['call'], language)} ({facts['call']['reference']})",
        "parties": _parties(facts, language),
        **articles_of(facts, language),
        "signatories": _signatories(facts, signatures, language),
        "proof": _proof(signatures, language) if signatures else [],
        "scope": say.SCOPE.of(language) if signatures else "",
    }


def _signing_members(facts: Facts) -> list[Facts]:
    return [member for member in facts["members"] if member["signs"]]


def _parties(facts: Facts, language: str) -> list[Data]:
    lead = say.BENEFICIARY if facts["members"] else say.SOLE_BENEFICIARY
    return [
        _party(say.FUND, facts["fund"], language),
        _party(lead, facts["beneficiary"], language),
        *(_party(say.MEMBER, member, language) for member in _signing_members(facts)),
    ]


def _party(role: Words, party: Facts, language: str) -> Data:
    said = {
        "siret": grouped_siret(party["siret"]),
        "rna": party.get("rna", ""),
        "address": party["address"],
        "representative": _person(party["represented_by"], party["function"]),
    }
    rows = [(label.of(language), said[key]) for key, label in say.PARTY_ROWS.items() if said[key]]
    return {"role": role.of(language), "name": party["name"], "rows": rows}


def _person(name: str, function: str) -> str:
    return ", ".join(filter(None, (name, function)))


def _signatories(facts: Facts, signatures: Signatures | None, language: str) -> list[Data]:
    """Who signs, in the order of the parties, each with the signature or an empty frame."""
    given = {one.member_id: one for one in signatures.given} if signatures else {}
    lead = facts["beneficiary"]
    asked = [(say.FOR_FUND, None, facts["fund"]), (say.FOR_BENEFICIARY, lead["member_id"], lead)]
    asked += [(say.FOR_MEMBER, member["member_id"], member) for member in _signing_members(facts)]
    return [
        {
            "for": heading.of(language),
            "organisation": party["name"],
            # A draft is not to be signed: it has no frame.
            "frame": say.FRAME.of(language) if signatures and member_id not in given else "",
            **_signature(party, given.get(member_id), language),
        }
        for heading, member_id, party in asked
    ]


def _signature(party: Facts, signature: AgreementSignature | None, language: str) -> Data:
    if signature is None:
        return {"person": _person(party["represented_by"], party["function"]), "signed": None}
    return {
        "person": _person(signature.name, signature.function),
        "signed": {
            "on": say.SIGNED.of(language),
            "instant": instant_to_the_second(signature.signed_at, language),
            "label": say.JOURNAL.of(language),
            "digest": grouped_digest(signature.journal_hash),
        },
    }


def _proof(signatures: Signatures, language: str) -> list[tuple[str, str]]:
    return [
        (say.SIGNED_TEXT.of(language), grouped_digest(signatures.facts_sha256)),
        (say.VERIFY.of(language), signatures.verify_url),
    ]
