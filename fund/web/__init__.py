"""The pages. Each module is one desk and exposes its ``blueprint``; this is the table of them all."""

from flask import Flask
from redis import Redis

from config.settings import Settings
from fund.edge.limits import init_limits
from fund.web import (
    account,
    alliance,
    applicant,
    awards,
    calendars,
    call_desk,
    calls,
    committee,
    corrections,
    disbursements,
    documents,
    eligibility,
    endorsements,
    health,
    home,
    inbox,
    journal,
    links,
    messages,
    officer,
    profile,
    reports,
    reviewer,
    steps,
    thread,
    verify,
)
from fund.web.errors import HANDLED, error_page
from fund.web.navigation import init_navigation
from fund.web.people import init_people
from fund.web.shell import init_shell

BLUEPRINTS = (
    home.blueprint,  # /
    health.blueprint,  # /healthz, /readyz
    account.blueprint,  # /connexion, /deconnexion
    links.blueprint,  # /membre, /invitation, /inscription, /mot-de-passe
    profile.blueprint,  # /compte
    inbox.blueprint,  # /messages
    calls.blueprint,  # /appels
    eligibility.blueprint,  # /appels/…/eligibilite
    calendars.blueprint,  # /appels/…/calendrier.ics, /mes-dossiers/…/calendrier.ics
    applicant.blueprint,  # /mes-dossiers
    alliance.blueprint,  # /mes-dossiers/…/alliance, /mes-dossiers/…/equipe
    documents.blueprint,  # /mes-dossiers/…/documents, /documents/…
    thread.blueprint,  # /echanges, /mes-dossiers/…/echanges, /dossiers/…/echanges
    endorsements.blueprint,  # /accompagnements
    officer.blueprint,  # /dossiers
    corrections.blueprint,  # /dossiers/…/corrections, /dossiers/…/delai
    call_desk.blueprint,  # /gestion/appels
    reviewer.blueprint,  # /evaluations
    committee.blueprint,  # /comite
    awards.blueprint,  # /attributions
    disbursements.blueprint,  # /versements
    reports.blueprint,  # /comptes-rendus
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
