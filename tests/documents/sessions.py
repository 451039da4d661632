"""A session of the committee as its papers take it, plainly invented."""

from typing import Any

CALL = {
    "reference": "AP-2027-RIVE",
    "title_fr": "Alliances pour l’eau des territoires",
    "title_en": "Alliances for the water of territories",
}
RULES = {
    "quorum": 3,
    "quorum_basis": "people",
    "majority": "simple",
    "casting_vote": True,
    "secret_ballot": False,
}
SCORE = {"raw": "70.2", "adjusted": "72.43", "low": "65.1", "high": "79.8", "reviews": 3}
SESSION = {
    "reference": "CO-2027-MAIX",
    "title": "Séance de printemps",
    "call": CALL,
    "place": "Toulouse, salle Exemple",
    "link": "https://visio.example/comite",
    "held_at": "2027-05-12T12:00:00+00:00",
    "opened_at": "2027-05-12T12:04:00+00:00",
    "closed_at": "2027-05-12T15:31:00+00:00",
    "chair": "Dominique Exemple",
    "deputy": "Camille Essai",
    "rules": RULES,
}
NAMES = ("Dominique Exemple", "Camille Essai", "Sacha Modèle", "Alix Démonstration", "Claude Spécimen")


def decision(outcome: str = "funded", amount: str | None = "45000.00", **changes: Any) -> dict[str, Any]:
    return {
        "outcome": outcome,
        "amount": amount,
        "rank": None,
        "conditions": "Associer la commune de Roques au comité de suivi.",
        "motivation": "Une alliance solide, ancrée dans son territoire.",
    } | changes


def motion(**changes: Any) -> dict[str, Any]:
    return decision() | {
        "number": 1,
        "method": "ballot",
        "secret": False,
        "present": 4,
        "quorum": 3,
        "for": 2,
        "against": 1,
        "abstain": 1,
        "casting": None,
        "result": "adopted",
        "roll": [
            {"name": name, "choice": choice}
            for name, choice in zip(NAMES, ("for", "for", "against", "abstain", "recused"), strict=True)
        ],
    } | changes  # fmt: skip


def item(position: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "position": position,
        "reference": f"DO-2027-{position:04}",
        "title": "Une rivière en commun",
        "lead": "Association Exemple des Trois Rivières",
        "requested": "48000.00",
        "score": SCORE,
        "recused": [{"name": "Claude Spécimen", "because": "siren"}],
        "notes": "Le comité souligne la place des habitants.\n\nIl s’interroge sur le calendrier.",
        "motions": [motion()],
        "withdrawn_at": None,
        "decision": decision(),
    } | changes


def minutes(**changes: Any) -> dict[str, Any]:
    return {
        "format": 1,
        "session": SESSION,
        "members": [
            {"name": name, "present": place < 4, "role": ("chair", "deputy", "member")[min(place, 2)]}
            for place, name in enumerate(NAMES)
        ],
        "envelope": {
            "total": "900000.00",
            "before": "120000.00",
            "decided": "45000.00",
            "remaining": "735000.00",
        },
        "simulation": {
            "used": "edited",
            "number": 3,
            "differences": [{"reference": "DO-2027-0001", "proposed": "48000.00", "decided": "45000.00"}],
        },
        "items": [item()],
        "notes": "",
    } | changes


def sheet(position: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "position": position,
        "recused": False,
        "reference": f"DO-2027-{position:04}",
        "title": "Une rivière en commun",
        "lead": "Association Exemple des Trois Rivières",
        "territory": "Roques (Haute-Garonne)",
        "requested": "48000.00",
        "total_budget": "120450.50",
        "starts_on": "2027-09-01",
        "ends_on": "2029-08-31",
        "sdgs": ["6", "17"],
        "levers": ["2"],
        "summary": "Soigner la rivière avec ceux qui y vivent.\n\nTrois communes, deux écoles, une entreprise.",
        "members": [
            {"name": "Association Exemple des Trois Rivières", "kind": "association", "part": "Coordination"},
            {"name": "Commune exemple de Roques", "kind": "local_authority", "part": "Accès aux berges"},
        ],
        "score": SCORE,
        "criteria": [
            {
                "label_fr": "Solidité de l’alliance",
                "label_en": "Strength of the alliance",
                "weight": "60",
                "scale": 5,
                "mean": "3.67",
                "low": 3,
                "high": 5,
                "threshold": None,
                "comments": ["Des rôles clairs.", "Une gouvernance à préciser."],
            },
            {
                "label_fr": "Effets sur l’eau",
                "label_en": "Effects on the water",
                "weight": "40",
                "scale": 5,
                "mean": "1.5",
                "low": 1,
                "high": 2,
                "threshold": 2,
                "comments": [],
            },
        ],
        "comments": ["Un projet utile.\n\nÀ soutenir."],
        "divergence": {"spread": "31.5", "outcome": "dissent", "text": "Deux lectures du budget."},
        "advice": [
            {
                "of": "Agence exemple de l’eau",
                "question": "Le débit suffit-il en été ?",
                "answer": "Oui, sauf en août.",
            }
        ],
        "remark": "Dossier complet.",
        "proposed": {"outcome": "funded", "amount": "45000.00", "rank": None},
    } | changes


def pack(**changes: Any) -> dict[str, Any]:
    return {
        "format": 1,
        "session": SESSION,
        "members": list(NAMES),
        "envelope": {"total": "900000.00", "remaining": "780000.00"},
        "items": [sheet(), {"position": 2, "recused": True}],
    } | changes


def letter(**changes: Any) -> dict[str, Any]:
    return (
        decision()
        | {
            "format": 1,
            "reference": "DO-2027-0001",
            "title": "Une rivière en commun",
            "call": CALL,
            "submitted_at": "2027-03-31T21:59:07+00:00",
            "held_at": "2027-05-12T12:00:00+00:00",
            "requested": "48000.00",
            "sender": "Fonds ODD 17\n1 place de l’Exemple\n31000 Toulouse",
            "addressee": "Association Exemple des Trois Rivières\nCamille Essai, présidente\n31120 Roques",
            "subject": "décision du comité sur le projet Une rivière en commun",
            "body": "Madame, Monsieur,\n\nVoici la décision.\n\nRecevez mes salutations.",
            "recourse": "Un recours gracieux peut être formé dans les deux mois.",
            "chair": "Dominique Exemple",
            "released_at": "2027-05-20T06:00:00+00:00",
        }
        | changes
    )
