"""The report on the use of a grant (compte rendu financier), in the plan of form Cerfa 15059*02.

That plan (Order of 11 October 2006, articles 2 and 3): planned and actual costs and income of the project, their
differences in euros and in percent, an account of what was done, and who certifies it.

Facts, every key always there; amounts are euros, days ISO dates, instants ISO in UTC:

- ``reference``, ``final``, ``due_on``, ``starts_on`` and ``ends_on`` (of the period, or None);
- ``award``: ``reference``, ``amount``, ``paid``, ``signed_on`` (or None); ``call`` (``reference``, ``title_fr``,
  ``title_en``); ``project``, ``beneficiary``, ``siret`` (or empty);
- ``account``: ``threshold`` (percent beyond which a difference is explained, or None), ``charges`` and
  ``products`` (rows), ``grant_share`` (the grant in percent of all income, or None), ``earned`` and ``unspent``
  (or None); or None. A row: ``level`` (``chapter``, ``line`` or ``total``), ``account`` (or empty), ``name_fr``,
  ``name_en``, ``label`` (what people named it), ``planned``, ``realised``, ``difference``, ``percent`` (None where
  nothing was planned), ``beyond`` (the threshold), ``explanation``;
- ``explanations``: on the account as a whole; ``people_reached`` (or None);
- ``indicators``: ``label_fr``, ``label_en``, ``target``, ``value``; ``answers``: ``section``, ``label``, ``text``,
  in the language of the paper; ``documents``: their names;
- ``handed_in``: ``name``, ``function``, ``at``; or None, for a draft;
- ``decision``: ``accepted_at``, ``reserve`` (empty where there is none); or None.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from fund.documents.committee_words import COLON, Facts, call_title, day_in_paris, euros, paragraphs
from fund.documents.typesetting import typeset
from fund.documents.words import grouped_siret, in_language, instant_to_the_second, number_text, percent
from fund.forms.definition import Words
from fund.messages.formats import moment

WORDS = {
    "fund": Words("Fonds ODD 17", "Fonds ODD 17"),
    "page": Words("page", "page"),
    "colon": COLON,
    "account": Words("Compte rendu financier", "Financial report"),
    "explanations": Words("Explication des écarts", "Differences explained"),
    "unexplained": Words("Sans explication.", "Not explained."),
    "story": Words("Bilan qualitatif", "What was done"),
    "indicators": Words("Indicateurs", "Indicators"),
    "documents": Words("Pièces jointes", "Documents attached"),
    "certified": Words("Attestation", "Certification"),
    "decision": Words("Décision du fonds", "The fund’s decision"),
    "reserve": Words("Réserve", "Reserve"),
    "no-account": Words(
        "L’appel à projets ne demande pas de budget dans ce plan.", "The call asks for no budget on this plan."
    ),
}
TITLES = {
    False: Words("Compte rendu intermédiaire de subvention", "Interim report on a grant"),
    True: Words("Compte rendu final de subvention", "Final report on a grant"),
}
PLAN = Words(
    "Dans le plan du formulaire Cerfa n°\u00a015059*02 (arrêté du 11\u00a0octobre 2006).",
    "On the plan of form Cerfa no.\u00a015059*02 (Order of 11\u00a0October 2006).",
)
DRAFT = Words("Brouillon", "Draft")
DRAFT_NOTICE = Words(
    "Brouillon du {instant}, pas encore remis au fonds.", "Draft of {instant}, not handed in to the fund yet."
)
FACTS = {
    "beneficiary": Words("Bénéficiaire", "Beneficiary"),
    "project": Words("Projet", "Project"),
    "call": Words("Appel à projets", "Call for projects"),
    "agreement": Words("Attribution", "Award"),
    "amount": Words("Subvention accordée", "Grant awarded"),
    "paid": Words("Déjà versé", "Paid so far"),
    "period": Words("Période", "Period"),
    "due": Words("Attendu le", "Due on"),
    "reached": Words("Personnes touchées", "People reached"),
}
AWARD_SIGNED = Words("{reference}, convention signée le {day}", "{reference}, agreement signed on {day}")
PERIOD = Words("du {start} au {end}", "{start} to {end}")
SIDES = {"charges": Words("Charges", "Costs"), "products": Words("Produits", "Income")}
COLUMNS = (
    Words("Prévu", "Planned"),
    Words("Réalisé", "Actual"),
    Words("Écart (€)", "Difference (€)"),
    Words("Écart (%)", "Difference (%)"),
)
TOTAL = Words("Total", "Total")
MARK = "*"
LEGEND = Words(
    "*\u00a0Écart supérieur au seuil de {threshold} fixé par l’appel à projets.",
    "*\u00a0Difference beyond the call’s threshold of {threshold}.",
)
SHARE = Words("La subvention représente {share} du total des produits.", "The grant is {share} of all income.")
EARNED = Words(
    "Au vu des charges réalisées, la subvention s’établit à {amount}.",
    "In view of actual costs, the grant comes to {amount}.",
)
UNSPENT = Words(
    "Trop-perçu\u00a0: {amount}, à reverser au fonds.", "Overpaid: {amount}, to be paid back to the fund."
)
INDICATOR_COLUMNS = (Words("Indicateur", "Indicator"), Words("Cible", "Target"), Words("Réalisé", "Actual"))
CERTIFIED = Words(
    "{who} certifie exactes les informations de ce compte rendu et l’a remis en ligne le",
    "{who} certifies that the information in this report is exact and handed it in online on",
)
ACCEPTED = Words("Compte rendu accepté le {day}.", "Report accepted on {day}.")
ACCEPTED_WITH_RESERVE = Words(
    "Compte rendu accepté le {day}, avec une réserve.", "Report accepted on {day}, with a reserve."
)

Data = dict[str, Any]
Row = tuple[str, ...]


def report_pdf(facts: Facts, *, language: str, instant: datetime) -> bytes:
    """The PDF in that language (``fr`` or ``en``), dated ``instant``; not handed in, it says so on every page."""
    handed_in = facts["handed_in"]
    data = {
        "locale": language,
        "words": in_language(WORDS, language) | {"title": TITLES[facts["final"]].of(language)},
        "draft": "" if handed_in else DRAFT.of(language),
        "draft-notice": "" if handed_in else DRAFT_NOTICE.of(language).format(instant=moment(instant, language)),
        "reference": facts["reference"],
        "plan": PLAN.of(language),
        "facts": _facts(facts, language),
        "account": _account(facts["account"], language) if facts["account"] else None,
        "explanations": paragraphs(facts["explanations"]),
        "answers": [_answer(answer) for answer in facts["answers"]],
        "indicator-columns": [column.of(language) for column in INDICATOR_COLUMNS],
        "indicators": [_indicator(one, language) for one in facts["indicators"]],
        "documents": list(facts["documents"]),
        "certified": _certified(handed_in, language) if handed_in else None,
        "decision": _decision(facts["decision"], language) if facts["decision"] else None,
    }
    return typeset("report_paper", data, instant=instant)


def _facts(facts: Facts, language: str) -> list[Row]:
    award = facts["award"]
    reached = facts["people_reached"]
    said = {
        "beneficiary": ", ".join(filter(None, (facts["beneficiary"], grouped_siret(facts["siret"])))),
        "project": facts["project"],
        "call": f"{call_title(facts['call'], language)} ({facts['call']['reference']})",
        "agreement": award["reference"],
        "amount": euros(award["amount"], language),
        "paid": euros(award["paid"], language),
        "period": _period(facts, language),
        "due": day_in_paris(facts["due_on"], language),
        "reached": "" if reached is None else number_text(Decimal(reached), language),
    }
    if award["signed_on"]:
        signed = day_in_paris(award["signed_on"], language)
        said["agreement"] = AWARD_SIGNED.of(language).format(reference=award["reference"], day=signed)
    return [(label.of(language), said[key]) for key, label in FACTS.items() if said[key]]


def _period(facts: Facts, language: str) -> str:
    if not (facts["starts_on"] and facts["ends_on"]):
        return ""
    start, end = (day_in_paris(facts[key], language) for key in ("starts_on", "ends_on"))
    return PERIOD.of(language).format(start=start, end=end)


def _account(account: Facts, language: str) -> Data:
    rows = [row for side in SIDES for row in account[side]]
    threshold = account["threshold"]
    marked = any(row["beyond"] for row in rows)
    legend = LEGEND.of(language).format(threshold=percent(Decimal(threshold), language)) if threshold else ""
    return {
        "sides": [
            {
                "columns": [title.of(language), *(column.of(language) for column in COLUMNS)],
                "rows": [_row(row, language) for row in account[side]],
            }
            for side, title in SIDES.items()
        ],
        "legend": legend if marked else "",
        "sums": _sums(account, language),
        "explained": [
            {"of": _name(row, language), "texts": paragraphs(row["explanation"])}
            for row in rows
            if row["beyond"] or row["explanation"].strip()
        ],
    }


def _row(row: Facts, language: str) -> Data:
    """Signs tell more from less where colours do not."""
    rate = "" if row["percent"] is None else _signed(percent(Decimal(row["percent"]), language), row["percent"])
    return {
        "strong": row["level"] != "line",
        "beyond": row["beyond"],
        "cells": [
            _name(row, language),
            euros(row["planned"], language),
            euros(row["realised"], language),
            _signed(euros(row["difference"], language), row["difference"]),
            f"{rate or '–'}{MARK if row['beyond'] else ''}",
        ],
    }


def _signed(said: str, amount: str) -> str:
    return f"+{said}" if Decimal(amount) > 0 else said


def _name(row: Facts, language: str) -> str:
    named = Words(row["name_fr"], row["name_en"]).of(language) or TOTAL.of(language)
    coded = f"{row['account']} – {named}" if row["account"] else named
    return " · ".join(filter(None, (coded, row["label"].strip())))


def _sums(account: Facts, language: str) -> list[str]:
    share = account["grant_share"]
    unspent = account["unspent"]
    said = [
        SHARE.of(language).format(share=percent(Decimal(share), language)) if share else "",
        EARNED.of(language).format(amount=euros(account["earned"], language)) if account["earned"] else "",
        UNSPENT.of(language).format(amount=euros(unspent, language)) if unspent and Decimal(unspent) > 0 else "",
    ]
    return [line for line in said if line]


def _answer(answer: Facts) -> Data:
    return {"section": answer["section"], "label": answer["label"], "texts": paragraphs(answer["text"])}


def _indicator(one: Facts, language: str) -> Row:
    return Words(one["label_fr"], one["label_en"]).of(language), one["target"] or "–", one["value"] or "–"


def _certified(handed_in: Facts, language: str) -> Data:
    name, function = handed_in["name"], handed_in["function"]
    who = f"{name} ({function})" if function else name
    return {
        "said": CERTIFIED.of(language).format(who=who),
        "instant": instant_to_the_second(datetime.fromisoformat(handed_in["at"]), language),
    }


def _decision(decision: Facts, language: str) -> Data:
    reserve = paragraphs(decision["reserve"])
    day = day_in_paris(decision["accepted_at"], language)
    words = ACCEPTED_WITH_RESERVE if reserve else ACCEPTED
    return {"said": words.of(language).format(day=day), "reserve": reserve}
