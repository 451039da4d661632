"""The pages. Each module is one desk and exposes its ``blueprint``; this is the table of them all."""

from flask import Flask
from redis import Redis

from config.settings import Settings
from fund.edge.limits import init_limits
from fund.web import (
    account,
    advice,
    agreements,
    alliance,
    applicant,
    assignment,
    awards,
    balance,
    bank_accounts,
    bank_statements,
    calendars,
    call_desk,
    calls,
    cash_plan,
    committee,
    corrections,
    disbursements,
    discussions,
    documents,
    eligibility,
    endorsements,
    follow_up,
    funded,
    health,
    home,
    inbox,
    interests,
    journal,
    ledger,
    letters,
    links,
    messages,
    minutes,
    officer,
    open_data,
    payment_files,
    profile,
    proofs,
    ranking,
    repayments,
    reports,
    reviewer,
    reviewers,
    rounds,
    simulation,
    steps,
    thread,
    verify,
    waitlist,
)
from fund.web.errors import HANDLED, error_page
from fund.web.navigation import init_navigation
from fund.web.people import init_people
from fund.web.shell import init_shell

BLUEPRINTS = (
    home.blueprint,  # /
    health.blueprint,  # /healthz, /readyz
    account.blueprint,  # /connexion, /deconnexion
    links.blueprint,  # /membre, /invitation, /rejoindre, /inscription, /mot-de-passe
    profile.blueprint,  # /compte
    inbox.blueprint,  # /messages
    calls.blueprint,  # /appels
    funded.blueprint,  # /alliances
    open_data.blueprint,  # /donnees-ouvertes
    eligibility.blueprint,  # /appels/…/eligibilite
    calendars.blueprint,  # /appels/…/calendrier.ics, /mes-dossiers/…/calendrier.ics
    applicant.blueprint,  # /mes-dossiers
    alliance.blueprint,  # /mes-dossiers/…/alliance, /mes-dossiers/…/equipe
    documents.blueprint,  # /mes-dossiers/…/documents, /documents/…
    thread.blueprint,  # /echanges, /mes-dossiers/…/echanges, /dossiers/…/echanges
    endorsements.blueprint,  # /accompagnements
    officer.blueprint,  # /dossiers
    advice.blueprint,  # /dossiers/…/avis
    discussions.blueprint,  # /dossiers/…/discussion
    interests.blueprint,  # /dossiers/…/deport, /dossiers/…/liens, /gestion/appels/…/liens
    corrections.blueprint,  # /dossiers/…/corrections, /dossiers/…/delai
    call_desk.blueprint,  # /gestion/appels
    assignment.blueprint,  # /gestion/appels/…/repartition
    ranking.blueprint,  # /appels/…/classement
    waitlist.blueprint,  # /gestion/appels/…/liste-attente
    reviewers.blueprint,  # /evaluateurs, /evaluations/profil
    reviewer.blueprint,  # /evaluations
    committee.blueprint,  # /comite
    simulation.blueprint,  # /comite/…/simulation
    minutes.blueprint,  # /comite/…/proces-verbal
    letters.blueprint,  # /comite/…/lettres, /dossiers/…/decision.pdf
    follow_up.blueprint,  # /attributions/suivi
    awards.blueprint,  # /attributions
    agreements.blueprint,  # /attributions/…/convention, /attributions/…/echeancier, /conventions
    disbursements.blueprint,  # /versements
    cash_plan.blueprint,  # /versements/echeancier
    rounds.blueprint,  # /versements/ordonner, /versements/approuver
    proofs.blueprint,  # /versements/…/preuve, /versements/…/conditions, /attributions/…/justificatifs
    payment_files.blueprint,  # /versements/fichiers
    bank_statements.blueprint,  # /versements/releves
    bank_accounts.blueprint,  # /coordonnees-bancaires, /attributions/…/coordonnees-bancaires
    repayments.blueprint,  # /reversements, /attributions/…/reversement, /attributions/…/reduction
    reports.blueprint,  # /comptes-rendus
    balance.blueprint,  # /bilan
    ledger.blueprint,  # /comptes
    journal.blueprint,  # /journal
    messages.blueprint,  # /messages-en-attente
    steps.blueprint,  # /etapes
    verify.blueprint,  # /verifier
)


def init_web(app: Flask, settings: Settings, redis: Redis) -> None:
    """Set up the pages on the application."""
    app.extensions[health.REDIS_EXTENSION] = redis
    init_shell(app, settings)
    init_people(app)
    init_limits(app, settings)
    init_navigation(app)
    for kind in HANDLED:
        app.register_error_handler(kind, error_page)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
