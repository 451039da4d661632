"""What the members' packet calls things."""

from fund.documents.committee_words import COLON
from fund.forms.definition import Words

WORDS = {
    "fund": Words("Fonds ODD 17", "Fonds ODD 17"),
    "title": Words("Dossier de séance du comité", "Papers of the committee’s session"),
    "page": Words("page", "page"),
    "colon": COLON,
    "confidential": Words(
        "Document réservé aux membres du comité\u00a0: ne pas le transmettre. Qui se découvre un lien "
        "d’intérêts avec un dossier le déclare avant la séance et ne le lit pas.",
        "For members of the committee only: do not pass on. Whoever finds an interest in a file declares it "
        "before the session and does not read it.",
    ),
    "agenda": Words("Ordre du jour", "Agenda"),
    "none": Words("L’ordre du jour est vide.", "The agenda is empty."),
    "recused": Words(
        "vous vous déportez sur ce dossier (lien d’intérêts). Il ne vous est pas communiqué, et vous quittez "
        "la salle quand le comité l’examine.",
        "you are recused from this file (interest). It is not shown to you, and you leave the room when the "
        "committee examines it.",
    ),
    "summary": Words("Le projet", "The project"),
    "alliance": Words("L’alliance", "The alliance"),
    "reviews": Words("L’évaluation", "The reviews"),
    "unread": Words("Aucune évaluation n’a été remise.", "No review has been handed in."),
    "gauge": Words(
        "point plein\u00a0: note ajustée\u00a0; cercle\u00a0: moyenne brute\u00a0; bande\u00a0: intervalle",
        "dot: adjusted score; circle: raw mean; band: interval",
    ),
    "comments": Words("Commentaires des évaluateurs", "Reviewers’ comments"),
    "overall": Words("Appréciation générale", "Overall"),
    "advice": Words("Avis demandés", "Advice asked for"),
    "remark": Words("Observation du fonds", "The fund’s remark"),
    "proposal": Words("Décision proposée", "Proposed decision"),
}
SESSION = {
    "call": Words("Appel à projets", "Call for projects"),
    "held_at": Words("Date", "Date"),
    "place": Words("Lieu", "Place"),
    "chair": Words("Présidence", "Chair"),
    "members": Words("Membres", "Members"),
    "rules": Words("Règles de vote", "Voting rules"),
    "total": Words("Enveloppe de l’appel", "Envelope of the call"),
    "remaining": Words("Disponible pour cette séance", "Available for this session"),
}
AGENDA_COLUMNS = (
    Words("N°", "No."),
    Words("Dossier", "File"),
    Words("Demandé", "Requested"),
    Words("Note", "Score"),
    Words("Page", "Page"),
)
FILE = Words("Dossier n°\u00a0{position}", "File no. {position}")
ITEM = {
    "lead": Words("Chef de file", "Lead"),
    "territory": Words("Territoire", "Territory"),
    "dates": Words("Dates", "Dates"),
    "requested": Words("Subvention demandée", "Grant requested"),
    "total_budget": Words("Budget total", "Total budget"),
    "sdgs": Words("ODD", "SDGs"),
    "levers": Words("Leviers", "Levers"),
}
DATES = Words("du {start} au {end}", "{start} to {end}")
RATE = Words("{amount}, soit {rate} du budget", "{amount}, {rate} of the budget")
MEMBER_COLUMNS = (Words("Membre", "Member"), Words("Nature", "Kind"), Words("Part dans le projet", "Part"))
CRITERION_COLUMNS = (
    Words("Critère", "Criterion"),
    Words("Poids", "Weight"),
    Words("Moyenne", "Mean"),
    Words("Étendue", "Range"),
)
MARK = Words("{mark} sur {scale}", "{mark} out of {scale}")
RANGE = Words("{low} à {high}", "{low} to {high}")
BELOW = Words("sous le seuil de {threshold}", "below the threshold of {threshold}")
DIVERGENCE = Words(
    "Les évaluateurs divergent\u00a0: {spread} points entre la note la plus haute et la plus basse.",
    "Reviewers diverge: {spread} points between the highest and the lowest score.",
)
OUTCOMES = {
    "open": Words("La discussion n’a pas encore abouti.", "The discussion has not ended yet."),
    "consensus": Words("Ils sont parvenus à un consensus.", "They reached a consensus."),
    "dissent": Words("Le désaccord demeure et est consigné.", "They still disagree, as recorded."),
}
