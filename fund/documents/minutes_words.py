"""What the minutes of a session call things."""

from fund.documents.committee_words import COLON
from fund.forms.definition import Words

WORDS = {
    "fund": Words("Fonds ODD 17", "Fonds ODD 17"),
    "title": Words("Procès-verbal de la séance du comité", "Minutes of the committee’s session"),
    "page": Words("page", "page"),
    "colon": COLON,
    "attendance": Words("Présences", "Attendance"),
    "nobody": Words("Aucun membre n’a été convoqué.", "No member was convened."),
    "envelope": Words("L’enveloppe", "The envelope"),
    "simulation": Words("Simulation", "Simulation"),
    "differences": Words("Écarts entre la simulation et les décisions", "Where the decisions differ from it"),
    "summary": Words("Relevé de décisions", "Decisions"),
    "none": Words("Aucun dossier n’était à l’ordre du jour.", "No file was on the agenda."),
    "deliberations": Words("Délibérations", "Deliberations"),
    "recused": Words(
        "Déports (n’ont pris part ni aux échanges ni au vote)", "Recused (took no part in discussion or vote)"
    ),
    "notes": Words("Échanges", "Discussion"),
    "decision": Words("Décision", "Decision"),
    "withheld": Words(
        "Ce dossier vous est fermé à cause d’un lien d’intérêts.",
        "This file is closed to you by an interest in it.",
    ),
    "undecided": Words("Aucune décision n’a été prise sur ce dossier.", "No decision was taken on this file."),
    "conditions": Words("Conditions", "Conditions"),
    "motivation": Words("Motivation", "Reasons"),
    "session-notes": Words("Observations sur la séance", "Notes on the session"),
    "signature": Words("Signature", "Signature"),
    "scope": Words(
        "Ce procès-verbal est figé par l’empreinte ci-dessus, inscrite au journal. Les heures sont celles de "
        "Paris.",
        "These minutes are frozen by the fingerprint above, which is in the journal. Times are those of Paris.",
    ),
}
SESSION = {
    "call": Words("Appel à projets", "Call for projects"),
    "place": Words("Lieu", "Place"),
    "held_at": Words("Convoquée pour le", "Convened for"),
    "opened_at": Words("Ouverte le", "Opened"),
    "closed_at": Words("Levée le", "Closed"),
    "chair": Words("Présidence", "Chair"),
    "deputy": Words("Suppléance", "Deputy chair"),
    "rules": Words("Règles de vote", "Voting rules"),
}
MEMBER_COLUMNS = (Words("Membre", "Member"), Words("Qualité", "Role"), Words("Présence", "Attendance"))
ROLES = {
    "chair": Words("Présidence", "Chair"),
    "deputy": Words("Suppléance", "Deputy chair"),
    "member": Words("Membre", "Member"),
}
PRESENCE = {True: Words("En séance", "Present"), False: Words("Absence", "Absent")}
ENVELOPE = {
    "total": Words("Enveloppe de l’appel", "Envelope of the call"),
    "before": Words("Engagé hors de cette séance", "Committed outside this session"),
    "decided": Words("Décidé en séance", "Decided in session"),
    "remaining": Words("Reste disponible", "Remaining"),
}
SIMULATION = {
    "none": Words("Aucune simulation n’a été faite.", "No simulation was made."),
    "ignored": Words(
        "La simulation n°\u00a0{number} a été faite\u00a0; le comité ne l’a pas suivie.",
        "Simulation no. {number} was made; the committee did not follow it.",
    ),
    "adopted": Words(
        "Le comité a adopté la simulation n°\u00a0{number}.", "The committee adopted simulation no. {number}."
    ),
    "edited": Words(
        "Le comité est parti de la simulation n°\u00a0{number} et l’a modifiée.",
        "The committee started from simulation no. {number} and changed it.",
    ),
}
DIFFERENCE_COLUMNS = (Words("Dossier", "File"), Words("Simulation", "Simulation"), Words("Décision", "Decision"))
SUMMARY_COLUMNS = (
    Words("N°", "No."),
    Words("Dossier", "File"),
    Words("Demandé", "Requested"),
    Words("Décision", "Decision"),
)
LEAD = Words("Chef de file", "Lead")
REQUESTED = Words("Demande", "Request")
SCORE = Words("Évaluation", "Review")
WITHDRAWN = Words("Retrait", "Withdrawn")
NOT_SHOWN = Words("Dossier qui ne vous est pas montré", "A file that is not shown to you")
MOTION = Words("Proposition n°\u00a0{number}", "Motion no. {number}")
COUNTS = {
    "present": Words("Présents", "Present"),
    "quorum": Words("Quorum", "Quorum"),
    "for": Words("Pour", "For"),
    "against": Words("Contre", "Against"),
    "abstain": Words("Abstentions", "Abstentions"),
    "result": Words("Résultat", "Result"),
}
CASTING_USED = Words(
    "Voix partagées\u00a0: celle de la présidence a été prépondérante.", "Tied: the chair’s vote was decisive."
)
ROLL = {
    "for": Words("Pour", "For"),
    "against": Words("Contre", "Against"),
    "abstain": Words("Abstention", "Abstained"),
    "voted": Words("Ont pris part au vote", "Took part in the vote"),
    "present": Words("En séance, sans avoir voté", "In the room, did not vote"),
    "absent": Words("Absence", "Absent"),
    "recused": Words("Déport", "Recused"),
}
AT_HANDS = Words("En séance", "In the room")
DRAFT = Words("Projet non signé", "Unsigned draft")
DRAFT_NOTICE = Words(
    "Projet de procès-verbal, non signé, établi le {instant}. Il ne fait pas foi et peut encore changer.",
    "Draft minutes, unsigned, made on {instant}. They have no authority and may still change.",
)
SIGNED = Words("Signé en ligne par {name}, présidence de séance, le", "Signed online by {name}, chair, on")
FACTS_DIGEST = Words("Contenu du procès-verbal (SHA-256)", "Content of the minutes (SHA-256)")
JOURNAL_DIGEST = Words("Inscription au journal", "Entry in the journal")
VERIFY = Words("À vérifier sur", "To be checked at")
