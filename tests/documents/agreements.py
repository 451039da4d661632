"""Agreements, repayments and reports as their papers take them, plainly invented."""

from typing import Any

from config.clauses import agreement_clauses, amendment_clauses

CALL = {
    "reference": "AP-2027-RIVE",
    "title_fr": "Alliances pour l’eau des territoires",
    "title_en": "Alliances for the water of territories",
}
LEAD = {
    "member_id": 1,
    "name": "Association Exemple des Trois Rivières",
    "siret": "00000000000018",
    "rna": "W000000001",
    "address": "1 place de l’Exemple, 31120 Roques",
    "represented_by": "Camille Essai",
    "function": "présidente",
}
TRANCHES: list[dict[str, Any]] = [
    {"position": 1, "label": "Acompte", "amount": "18000.00", "due_on": None, "conditions": []},
    {
        "position": 2,
        "label": "Deuxième année",
        "amount": "18000.00",
        "due_on": "2028-09-01",
        "conditions": [
            {"kind": "report_accepted", "label": "", "report": 1},
            {"kind": "cofinancing_proven", "label": "arrêté de la région", "report": None},
        ],
    },
    {
        "position": 3,
        "label": "Solde",
        "amount": "9000.00",
        "due_on": None,
        "conditions": [
            {"kind": "expense_evidence", "label": "", "report": None},
            {"kind": "report_accepted", "label": "", "report": 2},
        ],
    },
]
TERMS: dict[str, Any] = {
    "amount": "45000.00",
    "starts_on": "2027-09-01",
    "ends_on": "2029-08-31",
    "tranches": TRANCHES,
    "reports": [
        {"number": 1, "final": False, "due_on": "2028-06-30"},
        {"number": 2, "final": True, "due_on": "2030-02-28"},
    ],
}
BUDGET: dict[str, Any] = {
    "total": "120450.50",
    "rate": "37.36",
    "charges": {
        "chapters": [
            {
                "account": "60",
                "name_fr": "Achats",
                "name_en": "Purchases",
                "amount": "20450.50",
                "lines": [
                    {
                        "account": "604",
                        "name_fr": "Prestations de services",
                        "name_en": "Services bought",
                        "label": "Animation des ateliers",
                        "amount": "20450.50",
                        "status": None,
                    }
                ],
            },
            {
                "account": "64",
                "name_fr": "Charges de personnel",
                "name_en": "Staff",
                "amount": "100000.00",
                "lines": [],
            },
        ],
        "total": "120450.50",
        "in_kind": "4000.00",
    },
    "products": {
        "chapters": [
            {
                "account": "74",
                "name_fr": "Subventions d’exploitation",
                "name_en": "Operating grants",
                "amount": "120450.50",
                "lines": [
                    {
                        "account": "748",
                        "name_fr": "Aides privées",
                        "name_en": "Private aid",
                        "label": "Fonds ODD 17",
                        "amount": "48000.00",
                        "status": "fund",
                    },
                    {
                        "account": "742",
                        "name_fr": "Région",
                        "name_en": "Region",
                        "label": "",
                        "amount": "72450.50",
                        "status": "asked",
                    },
                ],
            }
        ],
        "total": "120450.50",
        "in_kind": "4000.00",
    },
}


def member(number: int = 2, **changes: Any) -> dict[str, Any]:
    return {
        "member_id": number,
        "name": "Commune exemple de Roques",
        "siret": "00000000000026",
        "rna": "",
        "address": "Mairie, 31120 Roques",
        "represented_by": "Sacha Modèle",
        "function": "maire",
        "part": "Accès aux berges et suivi du chantier",
        "signs": True,
    } | changes


def agreement(aid: str = "de_minimis", **changes: Any) -> dict[str, Any]:
    return {
        "number": 0,
        "reference": "CV-2027-RIVE",
        "clauses": agreement_clauses(aid),
        "call": CALL,
        "regime": {"scheme": "", "republican_contract": True},
        "application": {
            "reference": "DO-2027-0001",
            "title": "Une rivière en commun",
            "summary": "Soigner la rivière avec ceux qui y vivent.\n\nTrois communes et deux écoles.",
            "submitted_at": "2027-03-31T21:59:07+00:00",
        },
        "decision": {
            "held_at": "2027-05-12T12:00:00+00:00",
            "session": "CO-2027-MAIX",
            "conditions": "Associer la commune de Roques au comité de suivi.",
            "motivation": "Une alliance solide, ancrée dans son territoire.",
        },
        "fund": {
            "name": "Fonds ODD 17",
            "siret": "00000000000034",
            "address": "2 place de l’Exemple, 31000 Toulouse",
            "represented_by": "Dominique Exemple",
            "function": "présidence",
            "contact": "fonds@fonds.example",
        },
        "beneficiary": LEAD,
        "members": [member(), member(3, name="Entreprise exemple du Moulin", signs=False, part="")],
        "terms": TERMS,
        "budget": BUDGET,
        "indicators": [
            {"label_fr": "Personnes associées", "label_en": "People involved", "target": "300"},
            {"label_fr": "Berges restaurées (km)", "label_en": "Banks restored (km)", "target": ""},
        ],
        "amends": None,
    } | changes


def amendment(**changes: Any) -> dict[str, Any]:
    """A second amendment that changes everything that one can."""
    after = {
        **TERMS,
        "amount": "50000.00",
        "ends_on": "2029-12-31",
        "tranches": [*TRANCHES[:2], {**TRANCHES[2], "amount": "14000.00"}],
        "reports": [TERMS["reports"][0], {"number": 2, "final": True, "due_on": "2030-06-30"}],
    }
    return (
        agreement(
            number=2,
            reference="CV-2029-AVEN",
            clauses=amendment_clauses(),
            terms=after,
            amends={
                "reference": "CV-2027-RIVE",
                "signed_on": "2027-06-15",
                "earlier": [{"number": 1, "signed_on": "2028-01-10"}],
                "terms": TERMS,
                "why": "Une crue a retardé le chantier de quatre mois.",
            },
        )
        | changes
    )


def repayment(**changes: Any) -> dict[str, Any]:
    return {
        "reference": "RV-2030-MOUL",
        "award": "AT-2027-RIVE",
        "agreement": "CV-2027-RIVE",
        "call": CALL,
        "project": "Une rivière en commun",
        "sender": "2 place de l’Exemple\n31000 Toulouse",
        "addressee": "Association Exemple des Trois Rivières\nCamille Essai, présidente\n31120 Roques",
        "contact": "fonds@fonds.example",
        "asked_on": "2030-04-02",
        "due_on": "2030-05-15",
        "amount": "4200.00",
        "paid": "45000.00",
        "spent": "40800.00",
        "why": "Le compte rendu final justifie l’emploi de 40 800 € sur 45 000 € versés.",
        "account": {"holder": "Fonds ODD 17", "iban": "FR76 •••• •••• •••• •••• •••• 189", "bic": "EXEMFRPPXXX"},
        "signatory": "Dominique Exemple",
        "function": "trésorerie",
        "receipts": [],
        "outstanding": "4200.00",
    } | changes


def row(account: str = "604", **changes: Any) -> dict[str, Any]:
    return {
        "level": "line",
        "account": account,
        "name_fr": "Prestations de services",
        "name_en": "Services bought",
        "label": "Animation des ateliers",
        "planned": "20000.00",
        "realised": "25000.00",
        "difference": "5000.00",
        "percent": "25",
        "beyond": True,
        "explanation": "Deux ateliers de plus, à la demande des habitants.",
    } | changes


def chapter(account: str, name_fr: str, name_en: str, **changes: Any) -> dict[str, Any]:
    plain = {"level": "chapter", "label": "", "beyond": False, "explanation": ""}
    return row(account, name_fr=name_fr, name_en=name_en) | plain | changes


SAME: dict[str, Any] = {"planned": "48000.00", "realised": "48000.00", "difference": "0.00", "percent": "0"}


def report(**changes: Any) -> dict[str, Any]:
    return {
        "reference": "CR-2030-RIVE",
        "final": True,
        "due_on": "2030-02-28",
        "starts_on": "2027-09-01",
        "ends_on": "2029-08-31",
        "award": {
            "reference": "AT-2027-RIVE",
            "amount": "45000.00",
            "paid": "36000.00",
            "signed_on": "2027-06-15",
        },
        "call": CALL,
        "project": "Une rivière en commun",
        "beneficiary": "Association Exemple des Trois Rivières",
        "siret": "00000000000018",
        "account": {
            "threshold": "10",
            "charges": [
                chapter("60", "Achats", "Purchases"),
                row(),
                row(
                    "606",
                    name_fr="Fournitures",
                    name_en="Supplies",
                    label="",
                    planned="0.00",
                    realised="300.00",
                    difference="300.00",
                    percent=None,
                    beyond=False,
                    explanation="",
                ),
                chapter("", "", "", level="total", **SAME),
            ],
            "products": [
                chapter("74", "Subventions d’exploitation", "Operating grants", **SAME),
                chapter("", "", "", level="total", **SAME),
            ],
            "grant_share": "37.36",
            "earned": "40800.00",
            "unspent": "4200.00",
        },
        "explanations": "Le chantier a commencé plus tard que prévu.",
        "people_reached": 1250,
        "indicators": [
            {"label_fr": "Personnes associées", "label_en": "People involved", "target": "300", "value": "341"}
        ],
        "answers": [
            {"section": "Le projet", "label": "Ce qui a été fait", "text": "Douze ateliers.\n\nUn chantier."},
            {"section": "Le projet", "label": "Ce qui reste à faire", "text": ""},
        ],
        "documents": ["comptes-2029.pdf"],
        "handed_in": {"name": "Camille Essai", "function": "présidente", "at": "2030-02-20T16:05:09+00:00"},
        "decision": {"accepted_at": "2030-03-12T09:00:00+00:00", "reserve": "Joindre l’arrêté de la région."},
    } | changes
