"""What an agreement calls things, beside its clauses (``config/agreements``)."""

from fund.documents.committee_words import COLON
from fund.forms.definition import Words
from workflows.disbursement import ConditionKind

WORDS = {
    "fund": Words("Fonds ODD 17", "Fonds ODD 17"),
    "page": Words("page", "page"),
    "colon": COLON,
    "between": Words("Entre les soussignés", "Between"),
    "together": Words("Ci-après ensemble «\u00a0les Parties\u00a0».", "Together “the Parties”."),
    "agreed": Words("Il est convenu ce qui suit", "It is agreed as follows"),
    "visas": Words("Vu", "Having regard to"),
    "signatures": Words("Signatures", "Signatures"),
    "proof": Words("Preuve", "Proof"),
}
AGREEMENT = Words("Convention de subvention", "Grant agreement")
AMENDMENT = Words(
    "Avenant n°\u00a0{number} à la convention de subvention", "Amendment no.\u00a0{number} to the grant agreement"
)
ARTICLE = Words("Article\u00a0{number}", "Article\u00a0{number}")
ANNEX = Words("Annexe\u00a0{number}", "Annex\u00a0{number}")
IN_TEXT_ARTICLE = Words("article\u00a0{number}", "article\u00a0{number}")
IN_TEXT_ANNEX = Words("annexe\u00a0{number}", "annex\u00a0{number}")

DRAFT = Words("Projet", "Draft")
DRAFT_NOTICE = Words(
    "Projet établi le {instant}. Il n’engage personne et peut encore changer.",
    "Draft made on {instant}. It binds nobody and may still change.",
)
COURTESY = Words("", "Courtesy translation. The French text alone is binding.")

FUND = Words("Ci-après «\u00a0le Fonds\u00a0»", "“The Fund”")
BENEFICIARY = Words(
    "Ci-après «\u00a0le Bénéficiaire\u00a0», chef de file de l’Alliance", "“The Beneficiary”, lead of the Alliance"
)
SOLE_BENEFICIARY = Words("Ci-après «\u00a0le Bénéficiaire\u00a0»", "“The Beneficiary”")
MEMBER = Words("Membre de l’Alliance", "Member of the Alliance")
PARTY_ROWS = {
    "siret": Words("SIRET", "SIRET"),
    "rna": Words("RNA", "RNA"),
    "address": Words("Adresse", "Address"),
    "representative": Words("Représentation", "Represented by"),
}
PART_OF_MEMBER = Words("{name}\u00a0: {part}", "{name}: {part}")

TRANCHE = Words("Tranche\u00a0{number}", "Instalment\u00a0{number}")
NAMED = Words("{name} «\u00a0{label}\u00a0»", "{name} “{label}”")
WITH_AMOUNT = Words("{name}\u00a0: {amount}, {terms}.", "{name}: {amount}, {terms}.")
COUNT = Words("{count}\u00a0tranches", "{count}\u00a0instalments")
AT_SIGNATURE = Words("dès la signature de la Convention", "once the Agreement has been signed")
FROM_DAY = Words("à partir du {day}", "from {day}")
AFTER = Words("après {conditions}", "after {conditions}")
AND = Words(" et ", " and ")
CONDITIONS = {
    ConditionKind.REPORT_ACCEPTED: Words(
        "acceptation du compte rendu n°\u00a0{report}", "acceptance of report no.\u00a0{report}"
    ),
    ConditionKind.COFINANCING_PROVEN: Words("justification des cofinancements", "proof of the co-financing"),
    ConditionKind.EXPENSE_EVIDENCE: Words("présentation des justificatifs de dépenses", "evidence of expenses"),
}
DETAIL = Words("{condition} ({label})", "{condition} ({label})")

REPORT = Words("Compte rendu n°\u00a0{number} (intermédiaire)", "Report no.\u00a0{number} (interim)")
FINAL_REPORT = Words("Compte rendu n°\u00a0{number} (final)", "Report no.\u00a0{number} (final)")
REPORT_DUE = Words("{report}\u00a0: au plus tard le {day}\u00a0;", "{report}: by {day};")
LAST_REPORT_DUE = Words("{report}\u00a0: au plus tard le {day}.", "{report}: by {day}.")
CONTACT = Words(", en écrivant à {contact}", ", by writing to {contact}")

CALENDAR_COLUMNS = (Words("Date", "Date"), Words("Étape", "Step"), Words("Montant", "Amount"))
BY_DAY = Words("au plus tard le {day}", "by {day}")
ON_CONDITIONS = Words("conditions remplies", "conditions met")
MILESTONES = {
    "starts_on": Words("Début du Projet", "Start of the Project"),
    "ends_on": Words("Fin du Projet", "End of the Project"),
}
EARLIER = Words("n°\u00a0{number} du {day}", "no.\u00a0{number} of {day}")

BUDGET_SIDES = {"charges": Words("Charges", "Costs"), "products": Words("Produits", "Income")}
AMOUNT = Words("Montant", "Amount")
CASH_TOTAL = Words("Total hors contributions volontaires", "Total without contributions in kind")
IN_KIND = Words("Contributions volontaires en nature", "Contributions in kind")
LINE_STATUS = {
    "asked": Words("demandé", "requested"),
    "granted": Words("acquis", "granted"),
    "fund": Words("subvention du Fonds", "grant of the Fund"),
}
INDICATOR_COLUMNS = (Words("Indicateur", "Indicator"), Words("Cible", "Target"))

FOR_FUND = Words("Pour le Fonds", "For the Fund")
FOR_BENEFICIARY = Words("Pour le Bénéficiaire", "For the Beneficiary")
FOR_MEMBER = Words("Pour un membre de l’Alliance", "For a member of the Alliance")
SIGNED = Words("Signé en ligne le", "Signed online on")
FRAME = Words("Nom, fonction, date et signature", "Name, function, date and signature")
SIGNED_TEXT = Words("Texte signé (SHA-256)", "Text signed (SHA-256)")
JOURNAL = Words("Inscription au journal", "Entry in the journal")
VERIFY = Words("À vérifier sur", "To be checked at")
FOOTER = Words("texte {digest}", "text {digest}")
SCOPE = Words(
    "L’empreinte ci-dessus fige le texte de ce document, annexes comprises. Elle est inscrite au "
    "journal du Fonds. Les heures sont celles de Paris.",
    "The fingerprint above freezes the text of this document, annexes included. It is entered in "
    "the Fund’s journal. Times are those of Paris.",
)
