"""GET and POST /mes-dossiers/<ref>/version: what a newer version of the call changes, and taking it over."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from fund.edge.access import SIGNED_IN, access
from fund.edge.content_words import changes_in_words
from fund.edge.requests import current_actor, writing
from fund.errors import StaleVersion
from fund.services.call_versions import adopt_version, newer_version
from fund.web.applicant.own import blueprint, may_write, own_file
from fund.web.forms import sent_version


@blueprint.get("/mes-dossiers/<reference>/version")
@access(SIGNED_IN)
def revision(reference: str) -> Response | str:
    application = own_file(reference)
    version = newer_version(application)
    if version is None:
        flash(gettext("Your file is written with the call as it is in force."), "info")
        return redirect(url_for("applicant.show", reference=reference), 303)
    return render_template(
        "applicant/revision.html",
        application=application,
        version=version,
        changes=changes_in_words(application.rules, version.read()),
        may_adopt=may_write(application),
    )


@blueprint.post("/mes-dossiers/<reference>/version")
@access(SIGNED_IN)
def adopt(reference: str) -> Response:
    """Go on with the call as it is in force; answers to what is gone are kept, but no longer shown."""
    application = own_file(reference)
    try:
        with writing() as session:
            adopt_version(session, current_actor(), application, expected_version=sent_version(request.form))
    except StaleVersion:
        text = gettext("Somebody wrote in the file meanwhile. Look at the changes again, then take them over.")
        flash(text, "danger")
        return redirect(url_for("applicant.revision", reference=reference), 303)
    flash(gettext("Your file now follows the call as it was changed. Look at what is asked."), "success")
    return redirect(url_for("applicant.show", reference=reference), 303)
