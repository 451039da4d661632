"""What every page stands on, set up in one call: security, forms, languages, filters, labels."""

from flask import Flask
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect

from config.settings import Settings
from fund.edge.formats import init_formats
from fund.edge.i18n import init_i18n
from fund.edge.labels import init_labels
from fund.edge.security import init_security
from fund.edge.step_labels import init_step_labels

# The application exempts the API from it, which has tokens and no cookies.
csrf = CSRFProtect()


def init_shell(app: Flask, settings: Settings) -> None:
    """Set up the frame of the pages on a Flask whose static and template folders are those of ``fund/web``.

    Needs ``SECRET_KEY`` in the application's configuration. Asks nothing of the database.
    """
    # A form may stay open for a whole afternoon; its token ends with the session, not after an hour.
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    # Security first: a request is numbered and checked before anything else reads its form.
    init_security(app, settings)
    csrf.init_app(app)
    Bootstrap5(app)
    init_i18n(app)
    init_formats(app)
    init_labels(app)
    init_step_labels(app)
