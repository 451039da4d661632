"""A call that uses every part of a definition, plainly invented."""

from datetime import UTC, datetime
from decimal import Decimal

from fund.forms.definition import (
    AidRegime,
    AllianceRule,
    BudgetRule,
    CallContent,
    Confirmations,
    DeadlineRule,
    DocumentRule,
    EligibilityQuestion,
    FieldType,
    Form,
    GrantRule,
    LateRule,
    MemberRule,
    Option,
    Otherwise,
    Question,
    Regime,
    RubricLine,
    Scoring,
    Section,
    Words,
)

OPTIONS = (
    Option("river", Words("La rivière et ses berges", "The river and its banks")),
    Option("wetland", Words("Une zone humide", "A wetland")),
    Option("other", Words("Autre", "Other")),
)
CALL = CallContent(
    title=Words("Alliances pour l’eau des territoires", "Alliances for the water of territories"),
    summary=Words(
        "Le fonds soutient des alliances d’une collectivité, d’une association et d’une entreprise qui prennent "
        "soin ensemble de l’eau de leur territoire.",
        "The fund supports alliances of a local authority, an association and a company that together care for "
        "the water of their territory.",
    ),
    opens_at=datetime(2027, 1, 4, 8, tzinfo=UTC),
    closes_at=datetime(2027, 3, 31, 21, 59, 59, tzinfo=UTC),
    envelope=Decimal("900000.00"),
    grant=GrantRule(Decimal("10000.00"), Decimal("60000.00"), Decimal(50)),
    alliance=AllianceRule(
        members=(MemberRule("local_authority", territory=("dep:31", "dep:09")), MemberRule("association", 2)),
        minimum=3,
        maximum=8,
        territory=("reg:76",),
        confirmations=Confirmations.ALL,
        endorsement=True,
    ),
    deadline=DeadlineRule(LateRule.GRACE, 15),
    regime=Regime(AidRegime.DE_MINIMIS, republican_contract=True),
    declaration=Words(
        "Je certifie l’exactitude de ce dossier et suis mandaté(e) pour le déposer au nom de l’alliance.",
        "I certify that this file is accurate and that I am mandated to deposit it on behalf of the alliance.",
    ),
    eligibility=(
        EligibilityQuestion(
            "together",
            Words("Êtes-vous au moins trois organismes ?", "Are you at least three organisations?"),
            Words(
                "l’appel soutient des alliances de trois membres au moins.", "the call is for alliances of three."
            ),
        ),
        EligibilityQuestion(
            "begun",
            Words("Le projet a-t-il déjà commencé ?", "Has the project begun already?"),
            Words("une dépense engagée avant le dépôt n’est pas soutenue.", "earlier expenses are not supported."),
            expected=False,
            otherwise=Otherwise.ASK,
        ),
    ),
    form=Form(
        (
            Section(
                "water",
                Words("L’eau du territoire", "The water of the territory"),
                Words("Décrivez le milieu dont l’alliance prend soin.", "Describe what the alliance cares for."),
                fields=(
                    Question(
                        "intro", FieldType.NOTE, Words("À lire d’abord", "Read first"), Words("Un mot.", "A word.")
                    ),
                    Question("place", FieldType.CHOICE, Words("Milieu", "Place"), required=True, options=OPTIONS),
                    Question(
                        "which",
                        FieldType.TEXT,
                        Words("Lequel ?", "Which one?"),
                        show_if='place == "other"',
                        maximum=Decimal(120),
                    ),
                    Question("paid", FieldType.YES_NO, Words("L’accès est-il payant ?", "Is access paid for?")),
                    Question(
                        "visitors",
                        FieldType.NUMBER,
                        Words("Visiteurs par an", "Visitors a year"),
                        show_if='paid == yes and not place in ["wetland", "other"]',
                        minimum=Decimal(1),
                        maximum=Decimal(1_000_000),
                    ),
                    Question("since", FieldType.DATE, Words("Soigné depuis", "Cared for since")),
                    Question(
                        "story",
                        FieldType.LONG_TEXT,
                        Words("Ce qui a été fait jusqu’ici", "What has been done so far"),
                        Words("En quelques paragraphes.", "In a few paragraphs."),
                        show_if='since < "2020-01-01" or visitors >= 2500',
                        maximum=Decimal(900),
                    ),
                    Question("site", FieldType.ADDRESS, Words("Adresse du site", "Address of the site")),
                ),
            ),
            Section(
                "goals",
                Words("Les objectifs", "The goals"),
                show_if="water.which is empty",
                fields=(
                    Question("sdgs", FieldType.SDGS, Words("ODD visés", "SDGs aimed at"), maximum=Decimal(3)),
                    Question("levers", FieldType.LEVERS, Words("Leviers", "Levers")),
                    Question(
                        "area", FieldType.TERRITORY, Words("Territoire", "Territory"), levels=("com", "epci")
                    ),
                    Question(
                        "steps",
                        FieldType.ROWS,
                        Words("Étapes", "Steps"),
                        minimum=Decimal(2),
                        fields=(
                            Question("what", FieldType.TEXT, Words("Étape", "Step"), required=True),
                            Question("when", FieldType.DATE, Words("Quand", "When")),
                            Question("cost", FieldType.AMOUNT, Words("Coût", "Cost"), show_if="what is filled"),
                        ),
                    ),
                    Question("map", FieldType.FILE, Words("Carte", "Map"), files=("pdf", "image")),
                    Question("contact", FieldType.EMAIL, Words("Adresse électronique", "E-mail address")),
                ),
            ),
        )
    ),
    budget=BudgetRule(),
    documents=(
        DocumentRule("statutes", Words("Statuts", "Statutes"), Words("Signés.", "Signed."), per_member=True),
        DocumentRule(
            "permit", Words("Autorisation", "Permit"), show_if='water.place == "wetland"', files=("pdf",)
        ),
    ),
    rubric=(
        RubricLine(
            Words("Solidité de l’alliance", "Strength of the alliance"),
            Decimal(60),
            scale=2,
            help=Words("Ce que chacun apporte.", "What each brings."),
            anchors=(Words("Rien n’est dit.", "Nothing said."), Words(), Words("Tout est dit.", "All is said.")),
            threshold=1,
        ),
        RubricLine(Words("Effets sur l’eau", "Effects on the water"), Decimal(40)),
    ),
    scoring=Scoring(minimum=Decimal("42.5")),
)
