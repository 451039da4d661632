"""The words of the pictures and of the tables behind them."""

from typing import Final

from fund.forms.definition import Words

EMPTY: Final = Words("Rien à montrer pour l’instant.", "Nothing to show yet.")
IN_TABLE: Final = Words("Tous les chiffres sont dans le tableau.", "All figures are in the table.")
FIRST_ONLY: Final = Words(
    "Les {shown} premières lignes sur {all}\u00a0; toutes sont dans le tableau.",
    "The first {shown} lines of {all}; all of them are in the table.",
)
LABELLED: Final = Words("{what}\u00a0: {value}", "{what}: {value}")

# The ranking
PLACE: Final = Words("Rang", "Place")
REFERENCE: Final = Words("Référence", "Reference")
FILE: Final = Words("Dossier", "File")
REVIEWS: Final = Words("Évaluations", "Reviews")
MEAN: Final = Words("Moyenne", "Mean")
ADJUSTED: Final = Words("Ajustée", "Adjusted")
MEAN_SCORE: Final = Words("Moyenne brute", "Raw mean")
ADJUSTED_SCORE: Final = Words("Note ajustée", "Adjusted score")
LOW: Final = Words("De (intervalle à 95\u00a0%)", "From (95% interval)")
HIGH: Final = Words("À (intervalle à 95\u00a0%)", "To (95% interval)")
LOWEST: Final = Words("Note la plus basse", "Lowest score")
HIGHEST: Final = Words("Note la plus haute", "Highest score")
INTERVAL: Final = Words("Intervalle à 95\u00a0%", "95% interval")
ONE_REVIEW: Final = Words(
    "Une évaluation (trait épais\u00a0: plusieurs à la même note)", "One review (thick: several with that score)"
)
MINIMUM: Final = Words("Note minimale ({score})", "Minimum score ({score})")
NO_SCORE: Final = Words("sans note", "no score")
RANKING: Final = Words(
    "Dossiers du mieux au moins bien noté, sur 100 points\u00a0; pour chacun, la moyenne brute, la note ajustée "
    "avec son intervalle à 95\u00a0% et chaque évaluation.",
    "Files from the best to the lowest score, out of 100 points; for each, the raw mean, the adjusted score with "
    "its 95% interval, and every review.",
)

# Coverage
ASKED: Final = Words("Demandé", "Asked")
PROPOSED: Final = Words("Proposé", "Proposed")
AWARDED: Final = Words("Accordé", "Awarded")
IN_EUROS: Final = Words("{what} (€)", "{what} (€)")
IN_FILES: Final = Words("{what} (dossiers)", "{what} (files)")
IN_BRACKETS: Final = Words("Entre parenthèses\u00a0: le nombre de dossiers.", "In brackets: the number of files.")
COVERAGE: Final = Words(
    "Montants demandés, proposés et accordés pour chaque ligne, en euros, avec le nombre de dossiers.",
    "Amounts asked, proposed and awarded for each line, in euros, with the number of files.",
)

# Progress
REVIEWER: Final = Words("Évaluateur", "Reviewer")
SUBMITTED: Final = Words("Rendues", "Submitted")
ACCEPTED: Final = Words("En cours", "Under way")
ASSIGNED: Final = Words("En attente de réponse", "Awaiting an answer")
DECLINED: Final = Words("Refusées", "Declined")
RECUSED: Final = Words("Déports", "Recused")
IN_ALL: Final = Words("Ensemble", "In all")
EXPECTED: Final = Words("Attendues", "Expected")
DONE: Final = Words("{done} rendues sur {all}", "{done} of {all} submitted")
ONE_DONE: Final = Words("1 rendue sur {all}", "1 of {all} submitted")
NONE_DONE: Final = Words("aucune rendue sur {all}", "none of {all} submitted")
PROGRESS: Final = Words(
    "Nombre d’évaluations rendues, en cours, en attente de réponse, refusées ou suivies d’un déport, dans "
    "l’ensemble puis pour chaque évaluateur.",
    "Number of reviews submitted, under way, awaiting an answer, declined or recused, in all and then for each "
    "reviewer.",
)

# The envelope
ITEM: Final = Words("Poste", "Item")
EUROS: Final = Words("Montant (€)", "Amount (€)")
SHARE: Final = Words("Part de l’enveloppe (%)", "Share of the envelope (%)")
BEFORE: Final = Words("Déjà accordé", "Already awarded")
DECIDED: Final = Words("Décidé en séance", "Decided in this session")
REMAINING: Final = Words("Reste", "Remaining")
OVER: Final = Words("Dépassement", "Over the envelope")
TOTAL: Final = Words("Enveloppe", "Envelope")

# Severities
EFFECT: Final = Words("Écart (points)", "Difference (points)")
POINTS: Final = Words("Points", "Points")
MORE_SEVERE: Final = Words("← plus sévère", "← more severe")
MORE_GENEROUS: Final = Words("plus généreux →", "more generous →")
SEVERITIES: Final = Words(
    "Écart estimé entre les notes de chaque évaluateur et celles des autres, en points sur 100, avec son "
    "intervalle à 95\u00a0%, du plus sévère au plus généreux.",
    "Estimated difference between each reviewer’s scores and the others’, in points out of 100, with its 95% "
    "interval, from the most severe to the most generous.",
)

# The map
DEPARTEMENT: Final = Words("Département", "Département")
ALLIANCES: Final = Words("Alliances", "Alliances")
AWARDED_EUROS: Final = Words("Accordé (€)", "Awarded (€)")
NO_AWARD: Final = Words("Aucune alliance", "No alliance")
UP_TO: Final = Words("Jusqu’à {high}", "Up to {high}")
BETWEEN: Final = Words("De {low} à {high}", "{low} to {high}")
FIGURES: Final = Words("Nombre écrit\u00a0: celui des alliances", "The figure counts the alliances")
AROUND_PARIS: Final = Words("Paris et environs", "Around Paris")
OUTLINES: Final = Words(
    "Contours d’après svg-maps (CC BY 4.0) et Natural Earth",
    "Outlines after svg-maps (CC BY 4.0) and Natural Earth",
)
IN_DEPARTEMENT: Final = Words(
    "{name}\u00a0: {amount}, alliances\u00a0: {files}", "{name}: {amount}, alliances: {files}"
)
OFF_MAP: Final = Words(
    "Hors de la carte, dans le tableau\u00a0: {names}.", "Not on the map, in the table: {names}."
)
FRANCE: Final = Words(
    "Carte de France par département\u00a0: plus il a été accordé, plus le département est foncé\u00a0; le nombre "
    "écrit est celui des alliances.",
    "Map of France by département: the more was awarded, the darker the département; the figure counts the "
    "alliances.",
)

# The balance
PAID: Final = Words("Versé", "Paid")
MONTH: Final = Words("Mois", "Month")
BREAKDOWN: Final = Words(
    "Montants demandés, accordés et versés dans la période pour chaque ligne, en euros.",
    "Amounts asked, awarded and paid in the period for each line, in euros.",
)
MONTHS: Final = Words("Montants versés chaque mois, en euros.", "Amounts paid each month, in euros.")

# The ledger
CALL: Final = Words("Appel", "Call")
AVAILABLE: Final = Words("Disponible", "Available")
COMMITTED: Final = Words("Engagé", "Committed")
APPROVED: Final = Words("Liquidé, à payer", "Approved, to be paid")
ORDERED: Final = Words("Transmis à la banque", "Handed to the bank")
TO_RECOVER: Final = Words("Reversement demandé", "Asked back")
RECOVERED: Final = Words("Reversé", "Paid back")
ACCOUNTS: Final = Words(
    "L’enveloppe de chaque appel, en euros, partagée selon l’endroit où elle se trouve\u00a0: versée, demandée en "
    "reversement, reversée, transmise à la banque, liquidée, engagée ou disponible.",
    "The envelope of each call, in euros, divided by where it lies: paid, asked back, paid back, handed to the "
    "bank, approved, committed or available.",
)

# The cash plan
PERIOD: Final = Words("Période", "Period")
PLANNED: Final = Words("Prévu", "Planned")
DUE: Final = Words("Exigible, à ordonner", "Due, to be ordered")
TO_APPROVE: Final = Words("À approuver", "To be approved")
TO_TRANSFER: Final = Words("Approuvé, à virer", "Approved, to be transferred")
SENT: Final = Words("À la banque", "With the bank")
HELD: Final = Words("Bloqué", "On hold")
FAILED: Final = Words("Rejeté par la banque", "Rejected by the bank")
PROBABLE: Final = Words("Probable (convention non signée)", "Probable (agreement not signed)")
TO_PAY: Final = Words("À verser", "To be paid")
CUMULATED: Final = Words("Cumul", "Cumulated")
WITHOUT_PROBABLE: Final = Words("Montants écrits\u00a0: sans le probable", "Amounts written: without the probable")
CASH: Final = Words(
    "Ce qui reste à verser, période par période, en euros, selon ce que chaque montant attend\u00a0: à la banque, "
    "approuvé, à approuver, exigible, prévu, rejeté ou bloqué, puis le probable des conventions non signées.",
    "What is still to be paid, period by period, in euros, by what each amount waits for: with the bank, "
    "approved, to be approved, due, planned, rejected or on hold, then the probable of agreements not signed.",
)
