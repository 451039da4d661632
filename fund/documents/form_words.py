"""The labels of the blank form."""

from fund.forms.definition import AidRegime, Confirmations, LateRule, Words

WORDS = {
    "fund": Words("Fonds ODD 17", "Fonds ODD 17"),
    "kind": Words("Formulaire de candidature vierge", "Blank application form"),
    "page": Words("page", "page"),
    "use": Words(
        "Ce document reprend toutes les questions de l’appel, pour préparer la candidature ensemble, sur papier. "
        "Le dépôt se fait en ligne, avant la clôture. Les champs marqués d’un astérisque (*) sont obligatoires.",
        "This document holds all the questions of the call, to prepare the application together, on paper. "
        "Deposit it online, before the call closes. Fields marked with an asterisk (*) are required.",
    ),
    "rules": Words("L’appel en bref", "The call in brief"),
    "criteria": Words("Critères d’évaluation", "Criteria"),
    "criterion": Words("Critère", "Criterion"),
    "weight": Words("Poids", "Weight"),
    "scale": Words("Échelle", "Scale"),
    "eligibility": Words("Avant de commencer", "Before you begin"),
    "yes": Words("Oui", "Yes"),
    "no": Words("Non", "No"),
    "alliance": Words("L’alliance", "The alliance"),
    "budget": Words("Le budget prévisionnel", "The budget"),
    "charges": Words("Charges", "Charges"),
    "products": Words("Produits", "Income"),
    "amount": Words("Montant (€)", "Amount (€)"),
    "total": Words("Total", "Total"),
    "total-all": Words("Total avec les contributions en nature", "Total with contributions in kind"),
    "documents": Words("Les pièces à joindre", "Documents to attach"),
    "declaration": Words("Déclaration et signature", "Declaration and signature"),
    "signatory": Words("Nom et prénom", "Full name"),
    "function": Words("Fonction", "Function"),
    "place": Words("Fait à", "Done at"),
    "date": Words("Le", "On"),
    "signature": Words("Signature de la personne mandatée", "Signature of the mandated person"),
    "street": Words("Numéro et rue", "Number and street"),
    "postcode": Words("Code postal", "Postal code"),
    "commune": Words("Commune", "Commune"),
    "day": Words("Jour", "Day"),
    "month": Words("Mois", "Month"),
    "year": Words("Année", "Year"),
    "attach": Words("À joindre en ligne", "To attach online"),
}
RULES = {
    "opens": Words("Ouverture", "Opens"),
    "closes": Words("Clôture", "Closes"),
    "late": Words("À la clôture", "At closing"),
    "envelope": Words("Enveloppe", "Envelope"),
    "grant": Words("Subvention", "Grant"),
    "alliance": Words("Alliance", "Alliance"),
    "territory": Words("Territoire du projet", "Territory of the project"),
    "confirmations": Words("Accords", "Consents"),
    "endorsement": Words("Parrainage", "Endorsement"),
    "regime": Words("Cadre juridique", "Legal regime"),
}
CONFIRMED = {
    Confirmations.NONE: Words(),
    Confirmations.REQUIRED: Words(
        "Les membres que la règle demande confirment leur part par un lien personnel.",
        "The members that the rule asks for confirm their part through a personal link.",
    ),
    Confirmations.ALL: Words(
        "Chaque membre confirme sa part par un lien personnel.",
        "Every member confirms its part through a personal link.",
    ),
}
ENDORSED = Words(
    "Un catalyseur territorial du territoire doit soutenir le projet par un mot signé.",
    "A territorial catalyst of the territory must endorse the project with a signed word.",
)
LATE = {
    LateRule.STRICT: Words(
        "Aucun dépôt n’est possible une seconde plus tard, même si le dossier est en cours d’écriture.",
        "No deposit is possible one second later, even if the file is being written.",
    ),
    LateRule.GRACE: Words(
        "Un dossier en cours d’écriture à la clôture peut encore être déposé pendant {minutes}\u00a0minutes.",
        "A file that is being written when the call closes can still be deposited for {minutes} minutes.",
    ),
}
GRANT = Words(
    "De {minimum} à {maximum}, et au plus {rate} du budget total",
    "From {minimum} to {maximum}, and at most {rate} of the total budget",
)
SIZE = Words(
    "De {minimum} à {maximum} membres, chef de file compris", "{minimum} to {maximum} members, lead included"
)
MEMBERS = Words("{kind}\u00a0: {minimum} au moins", "{kind}: at least {minimum}")
SITTING = Words(" (siège\u00a0: {territory})", " (seat: {territory})")
REGIMES = {
    AidRegime.NONE: Words(),
    AidRegime.DE_MINIMIS: Words(
        "Aide de minimis, règlement (UE) 2023/2831", "De minimis aid, Regulation (EU) 2023/2831"
    ),
    AidRegime.SGEI_DE_MINIMIS: Words(
        "Aide de minimis aux services d’intérêt économique général, règlement (UE) 2023/2832",
        "De minimis aid to services of general economic interest, Regulation (EU) 2023/2832",
    ),
    AidRegime.GBER: Words(
        "Aide exemptée de notification, règlement (UE) nº\u00a0651/2014",
        "Aid exempted from notification, Regulation (EU) No 651/2014",
    ),
}
CONTRACT = Words(
    "Le contrat d’engagement républicain est à souscrire.",
    "The contrat d’engagement républicain is to be subscribed to.",
)
MARKS = Words("0 à {most}", "0 to {most}")
BELOW = Words(
    "Au-dessous d’une note moyenne de {mark}, le comité examine si le dossier doit être écarté.",
    "Below a mean mark of {mark}, the committee discusses whether the file is set aside.",
)
MINIMUM = Words(
    "Un dossier dont la note globale est inférieure à {score}\u00a0sur\u00a0100 n’est pas proposé au financement.",
    "A file whose score is below {score} out of 100 is not proposed for a grant.",
)
EXPECTED = {
    True: Words("Si vous répondez non\u00a0: {because}", "If you answer no: {because}"),
    False: Words("Si vous répondez oui\u00a0: {because}", "If you answer yes: {because}"),
}
ASK = Words("Écrivez-nous avant de renoncer.", "Write to us before you give up.")
MEMBER_COLUMNS = (
    Words("Organisme", "Organisation"),
    Words("Nature", "Kind"),
    Words("SIRET ou RNA", "SIRET or RNA"),
    Words("Représentant et fonction", "Representative and function"),
    Words("Apport (€, nature, compétences)", "Contribution (€, in kind, skills)"),
)
DOCUMENT_COLUMNS = (Words("Pièce", "Document"), Words("Formats", "Formats"), Words("Prête", "Ready"))
PER_MEMBER = Words("une par membre de l’alliance", "one for each member of the alliance")
FUND_LINE = Words("dont subvention demandée au Fonds ODD 17", "of which grant asked from the Fonds ODD 17")
SHOW_IF = Words("À remplir {condition}.", "Fill in {condition}.")
ATTACH_IF = Words("À joindre {condition}.", "Attach {condition}.")
QUESTION = Words("la question {number}", "question {number}")
COLUMN = Words("la colonne {label}", "the column {label}")

ONE_ANSWER = Words("une seule réponse", "one answer")
SEVERAL = Words("plusieurs réponses possibles", "several answers possible")
AT_MOST = Words("{maximum} au plus", "{maximum} at most")
AT_LEAST = Words("{minimum} au moins", "{minimum} at least")
CHARACTERS = Words("{maximum} caractères au plus", "{maximum} characters at most")
ROWS_AT_MOST = Words("{maximum} lignes au plus", "{maximum} rows at most")
ROWS_AT_LEAST = Words("{minimum} lignes au moins", "{minimum} rows at least")
LEVELS = {
    "com": Words("commune", "commune"),
    "epci": Words("intercommunalité", "intercommunalité"),
    "dep": Words("département", "département"),
    "reg": Words("région", "région"),
}
OR = Words(" ou ", " or ")
