"""Agreements and amendments say what was agreed, by regime of aid, and the same facts give the same paper."""

import re
from datetime import UTC, datetime
from string import Formatter
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from config.clauses import agreement_clauses, amendment_clauses
from fund.documents.agreement import AgreementSignature, Signatures, agreement_pdf, agreement_texts
from fund.documents.agreement_articles import traits_of, values_of
from fund.documents.agreement_parts import INSERTS
from fund.forms.definition import AidRegime
from tests.documents.agreements import BUDGET, LEAD, TERMS, TRANCHES, agreement, amendment, member
from tests.documents.reading import Paper, assert_archival

INSTANT = datetime(2027, 6, 1, 8, tzinfo=UTC)
DIGEST = "0123456789abcdef" * 4
SENT = Signatures(DIGEST, "https://fonds.example/verifier")
BY_LEAD = AgreementSignature(1, "Camille Essai", "présidente", INSTANT, "fedcba9876543210" * 4)
HOSTILE = '#panic(1) $x$ *gras* = Titre "); #import "house.typ": * <label> \\u{41} {amount} %(x)s'


def read(facts: dict[str, Any], language: str = "fr", signatures: Signatures | None = SENT) -> Paper:
    return Paper(agreement_pdf(facts, signatures=signatures, language=language, instant=INSTANT))


def titles(facts: dict[str, Any], language: str = "fr") -> list[str]:
    texts = agreement_texts(facts, signatures=None, language=language, instant=INSTANT)
    return [one["title"] for one in (*texts["articles"], *texts["annexes"])]


# --- what it says --------------------------------------------------------------------------------------------


def test_it_says_everything_in_french() -> None:
    text = read(agreement()).text
    for said in (
        "Convention de subvention Une rivière en commun Alliances pour l’eau des territoires (AP-2027-RIVE)",
        "Fonds ODD 17 Ci-après « le Fonds » SIRET 000 000 000 00034 Adresse 2 place de l’Exemple, 31000 Toulouse",
        "Association Exemple des Trois Rivières Ci-après « le Bénéficiaire », chef de file de l’Alliance SIRET",
        "RNA W000000001",
        "Commune exemple de Roques Membre de l’Alliance SIRET",
        "Vu la loi n° 2000-321 du 12 avril 2000",
        "Vu la candidature DO-2027-0001 « Une rivière en commun », déposée le 31 mars 2027 ;",
        "Vu la décision du comité du 12 mai 2027 (séance CO-2027-MAIX) ;",
        "Soigner la rivière avec ceux qui y vivent. Trois communes et deux écoles.",
        "La décision du comité est ainsi motivée : Une alliance solide, ancrée dans son territoire.",
        "Commune exemple de Roques : Accès aux berges et suivi du chantier",
        "Le Projet se déroule du 1er septembre 2027 au 31 août 2029.",
        "Le Fonds accorde au Bénéficiaire une subvention de 45 000,00 €.",
        "La subvention ne peut dépasser 37,36 % des charges réelles",
        "La subvention est versée en 3 tranches",
        "Tranche 1 « Acompte » : 18 000,00 €, dès la signature de la Convention.",
        "à partir du 1er septembre 2028, après acceptation du compte rendu n° 1 et justification des",
        "justification des cofinancements (arrêté de la région).",
        "après présentation des justificatifs de dépenses et acceptation du compte rendu n° 2.",
        "que le Bénéficiaire accepte : Associer la commune de Roques au comité de suivi.",
        "Compte rendu n° 1 (intermédiaire) : au plus tard le 30 juin 2028 ;",
        "Compte rendu n° 2 (final) : au plus tard le 28 février 2030.",
        "Cerfa n° 15059*02 et de l’arrêté du 11 octobre 2006",
        "en écrivant à fonds@fonds.example",
        "60 – Achats 20 450,50 € 604 – Prestations de services · Animation des ateliers 20 450,50 €",
        "748 – Aides privées · Fonds ODD 17 (subvention du Fonds) 48 000,00 €",
        "Personnes associées 300 Berges restaurées (km) –",
        "Ses sept engagements portent sur",
    ):
        assert said in text, said


def test_it_says_everything_in_english_as_a_courtesy() -> None:
    text = read(agreement(), "en").text
    for said in (
        "Grant agreement Une rivière en commun Alliances for the water of territories",
        "Courtesy translation. The French text alone is binding.",
        "The Fund awards the Beneficiary a grant of €45,000.00.",
        "Instalment 2 “Deuxième année”: €18,000.00, from 1 September 2028, after acceptance of report no. 1 and",
        "and proof of the co-financing (arrêté de la région).",
        "Report no. 2 (final): by 28 February 2030.",
        "604 – Services bought · Animation des ateliers €20,450.50",
    ):
        assert said in text, said
    assert "Courtesy" not in read(agreement()).text


@pytest.mark.parametrize("made", [agreement, amendment])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_it_may_be_archived_and_read_aloud(made: Any, language: str) -> None:
    name = {
        (0, "fr"): "Convention de subvention CV-2027-RIVE",
        (0, "en"): "Grant agreement CV-2027-RIVE",
        (2, "fr"): "Avenant n°\u00a02 à la convention de subvention CV-2029-AVEN",
        (2, "en"): "Amendment no.\u00a02 to the grant agreement CV-2029-AVEN",
    }[made()["number"], language]
    assert_archival(read(made(), language), title=name, language="fr-FR" if language == "fr" else "en-GB")


def test_the_same_facts_give_the_same_bytes() -> None:
    def made(facts: dict[str, Any]) -> bytes:
        return agreement_pdf(facts, signatures=SENT, language="fr", instant=INSTANT)

    assert made(agreement()) == made(agreement())
    assert made(agreement()) != made(agreement(indicators=[]))


def test_it_says_the_clauses_that_it_was_sent_with() -> None:
    clause = {"fr": "Une clause d’autrefois pour {amount}.", "en": "", "when": "", "bullet": False}
    article = {"key": "object", "title": {"fr": "Autrefois", "en": ""}, "when": "", "body": [clause]}
    text = read(agreement(clauses={"visas": [], "articles": [article], "annexes": []})).text
    assert "Article 1 – Autrefois Une clause d’autrefois pour 45 000,00 €. Signatures" in text


# --- regimes and what depends on the facts -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("aid", "says", "says_not"),
    [
        ("none", ["n’est donc pas une aide d’État"], ["de minimis", "651/2014"]),
        ("de_minimis", ["Vu le règlement (UE) 2023/2831", "300 000 €", "registre central"], ["2023/2832", "651"]),
        ("sgei_de_minimis", ["(UE) 2023/2832", "750 000 €", "même service", "registre central"], ["2023/2831"]),
        ("gber", ["651/2014", "entreprise en difficulté", "dépasse 100 000 €", "article 8"], ["de minimis"]),
    ],
)
def test_each_regime_has_its_law(aid: str, says: list[str], says_not: list[str]) -> None:
    text = read(agreement(aid)).text
    assert [said for said in says if said not in text] == []
    assert [said for said in says_not if said in text] == []


def test_the_scheme_is_named_where_there_is_one() -> None:
    named = {"scheme": "d’exemple SA.000000", "republican_contract": False}
    assert "Vu le régime d’exemple SA.000000 ;" in read(agreement("gber", regime=named)).text
    assert "le régime" not in read(agreement("gber")).text
    assert "est confié : d’exemple SA.000000." in read(agreement("sgei_de_minimis", regime=named)).text


def test_what_does_not_apply_leaves_no_gap_in_the_numbers() -> None:
    whole, bare = agreement(), agreement(
        regime={"scheme": "", "republican_contract": False}, decision=None, members=[], budget=None, indicators=[]
    )  # fmt: skip
    for facts, articles, annexes in ((whole, 20, 4), (bare, 17, 1)):
        found = titles(facts)
        assert [title.split(" – ")[0] for title in found] == [
            *(f"Article\u00a0{number}" for number in range(1, articles + 1)),
            *(f"Annexe\u00a0{number}" for number in range(1, annexes + 1)),
        ]
    text = read(bare).text
    for absent in ("Alliance", "républicain", "Indicateurs", "membre de", "décision du comité", "12156"):
        assert absent not in text.replace("Alliances pour", ""), absent
    assert "l’article 3 ;" in text  # the amount, which the clause on repayment refers to
    assert "l’annexe 1." in text  # the calendar


def test_one_tranche_no_rate_no_dates_and_no_reports_have_their_own_clauses() -> None:
    terms = TERMS | {"starts_on": None, "ends_on": None, "tranches": TRANCHES[:1], "reports": []}
    text = read(agreement(terms=terms, budget=BUDGET | {"rate": None})).text
    for said in (
        "La subvention est versée en une fois, lorsque ses conditions sont remplies : • Tranche 1",
        "la part qui n’est pas employée au Projet n’est pas due.",
        "Le Projet suit le calendrier de la candidature.",
        "dans les six mois qui suivent la fin de l’exercice",
        "Montant Dès la signature de la Convention Tranche 1 « Acompte » 18 000,00 € Annexe 3",
    ):
        assert said in text, said


def test_members_who_do_not_sign_are_no_parties() -> None:
    text = read(agreement(members=[member(signs=False)])).text
    assert "Pour un membre de l’Alliance" not in text
    assert "membres de l’Alliance parties à la présente convention" not in text
    assert "Commune exemple de Roques : Accès aux berges" in text


def test_the_calendar_is_in_the_order_of_what_can_happen() -> None:
    text = read(agreement()).text
    steps = text[text.index("Calendrier des versements et des comptes rendus Date") :]
    order = (
        "Dès la signature de la Convention Tranche 1",
        "1er septembre 2027 Début du Projet",
        "Au plus tard le 30 juin 2028",
        "À partir du 1er septembre 2028 Tranche 2",
        "31 août 2029 Fin du Projet",
        "Au plus tard le 28 février 2030",
        "Conditions remplies Tranche 3 « Solde », après présentation",
    )
    places = [steps.index(step) for step in order]
    assert places == sorted(places)


# --- the clauses as data -------------------------------------------------------------------------------------


def _clauses() -> list[dict[str, Any]]:
    return [*(agreement_clauses(aid) for aid in AidRegime), amendment_clauses()]


def _entries(clauses: dict[str, Any]) -> list[dict[str, Any]]:
    bodies = [one["body"] for one in (*clauses["articles"], *clauses["annexes"])]
    return [*clauses["visas"], *(entry for body in bodies for entry in body)]


@pytest.mark.parametrize("clauses", _clauses())
def test_every_clause_is_in_both_languages_and_asks_for_what_there_is(clauses: dict[str, Any]) -> None:
    keys = {f"article_{one['key']}" for one in clauses["articles"]}
    keys |= {f"annex_{one['key']}" for one in clauses["annexes"]} | set(values_of(amendment(), "fr"))
    for entry in _entries(clauses):
        if "insert" in entry:
            assert entry["insert"] in {*INSERTS, "annexes"}
            continue
        asked = [{name for _, name, _, _ in Formatter().parse(entry[key]) if name} for key in ("fr", "en")]
        assert asked[0] == asked[1] <= keys, entry
        assert not re.search(r" [:;!?»]|« ", entry["fr"]), entry["fr"]


def test_every_condition_of_a_clause_is_known() -> None:
    facts = [
        agreement(), amendment(), agreement("gber", regime={"scheme": "x", "republican_contract": True}),
        agreement(terms=TERMS | {"tranches": TRANCHES[:1], "reports": [], "starts_on": None}, budget=None),
        amendment(terms=TERMS | {"amount": "1.00"}),
        amendment(terms=TERMS, amends={**amendment()["amends"], "terms": TERMS | {"ends_on": None}}),
    ]  # fmt: skip
    known = frozenset().union(*(traits_of(one) for one in facts))
    asked = {
        entry["when"]
        for clauses in _clauses()
        for entry in (*_entries(clauses), *clauses["articles"], *clauses["annexes"])
        if entry.get("when")
    }
    assert asked <= known


# --- amendments ----------------------------------------------------------------------------------------------


def test_an_amendment_says_what_changes_from_what_to_what_and_why() -> None:
    text = read(amendment()).text
    for said in (
        "Avenant n° 2 à la convention de subvention",
        "Vu la convention CV-2027-RIVE signée le 15 juin 2027 ;",
        "Vu les avenants déjà signés (n° 1 du 10 janvier 2028)",
        "raison suivante : Une crue a retardé le chantier de quatre mois.",
        "est porté de 45 000,00 € à 50 000,00 €.",
        "prévu du 1er septembre 2027 au 31 août 2029, se déroule du 1er septembre 2027 au 31 décembre 2029.",
        "L’échéancier des versements était le suivant : • Tranche 1",
        "Tranche 3 « Solde » : 14 000,00 €",
        "Compte rendu n° 2 (final) : au plus tard le 30 juin 2030.",
        "Toutes les autres stipulations de la Convention restent inchangées",
    ):
        assert said in text, said


def test_an_amendment_is_silent_on_what_stays() -> None:
    lowered = read(amendment(terms=TERMS | {"amount": "40000.00"})).text
    assert "est ramené de 45 000,00 € à 40 000,00 €." in lowered
    for absent in ("Durée", "échéancier", "Comptes rendus étaient", "Calendrier"):
        assert absent not in lowered
    same = amendment(terms=TERMS, amends={**amendment()["amends"], "earlier": [], "why": ""})
    assert [title.split(" – ")[1] for title in titles(same)] == [
        "Objet de l’avenant",
        "Autres stipulations",
        "Effet et signature",
    ]


# --- signatures ----------------------------------------------------------------------------------------------


def test_a_draft_says_so_on_every_page_and_is_not_to_be_signed() -> None:
    draft = read(agreement(), signatures=None)
    assert draft.pages > 4
    assert draft.text.count("· Projet page") == draft.pages
    assert "Projet établi le 1er juin 2027 à 10 h 00. Il n’engage personne" in draft.text
    for absent in ("Nom, fonction, date et signature", "SHA-256", "Signé en ligne"):
        assert absent not in draft.text


def test_whoever_has_not_signed_online_has_a_frame_to_sign_by_hand() -> None:
    given = Signatures(DIGEST, "https://fonds.example/verifier", (BY_LEAD,))
    paper = read(agreement(), signatures=given)
    assert paper.text.count("Nom, fonction, date et signature") == 2  # the fund and the member
    for said in (
        "Pour le Bénéficiaire Association Exemple des Trois Rivières Camille Essai, présidente Signé en ligne le",
        "1er juin 2027 à 10 h 00 min 00 s (heure de Paris) Inscription au journal fedcba98 76543210",
        "Texte signé (SHA-256) 01234567 89abcdef",
        "À vérifier sur https://fonds.example/verifier",
    ):
        assert said in paper.text
    assert paper.text.count("texte 0123456789abcdef") == paper.pages
    assert "établi le" not in paper.text


# --- much, and hostile ---------------------------------------------------------------------------------------


def test_long_lists_break_over_pages() -> None:
    tranches = [TRANCHES[1] | {"position": number, "label": f"Étape {number}"} for number in range(1, 61)]
    indicators = [{"label_fr": f"Indicateur {n}", "label_en": "", "target": str(n)} for n in range(80)]
    members = [member(number, name=f"Commune exemple {number}") for number in range(2, 32)]
    facts = agreement(terms=TERMS | {"tranches": tranches}, indicators=indicators, members=members)
    paper = read(facts)
    assert paper.text.count("« Étape 60 »") == 2
    assert "Indicateur 79 79" in paper.text
    assert paper.text.count("Pour un membre de l’Alliance Commune exemple 31") == 1
    assert f"page {paper.pages}/{paper.pages}" in paper.text


def test_what_people_write_is_no_instruction() -> None:
    facts = agreement(
        application=agreement()["application"] | {"title": HOSTILE, "summary": HOSTILE},
        decision=agreement()["decision"] | {"motivation": HOSTILE, "conditions": HOSTILE},
        beneficiary=LEAD | {"name": HOSTILE, "represented_by": HOSTILE, "function": ""},
        members=[member(part=HOSTILE)],
    )
    assert read(facts).text.count(HOSTILE) == (1 + 2 + 1) + 2 + (2 + 2) + 1


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
@example(" ", "\u200b")
@example("\u3000", "\n\n")
def test_no_text_makes_it_fail(one: str, other: str) -> None:
    facts = amendment(
        application=agreement()["application"] | {"title": one, "summary": other},
        beneficiary=LEAD | {"name": other, "address": one},
        members=[member(name=one, part=other)],
        amends=amendment()["amends"] | {"why": one},
    )
    assert read(facts).pages >= 1
