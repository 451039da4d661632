"""What the pages behind personal links share: who holds the address holds the link, so it must not get around.

Their addresses are sent to nobody (no referrer), kept in no cache and shown to no search engine. Without a
referrer the general check of forms would refuse them under HTTPS; here the form's token alone is checked.
"""

from typing import Any, Final

from flask import Blueprint, current_app, render_template, request
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError, validate_csrf
from werkzeug.wrappers import Response
from wtforms import ValidationError

from fund.edge.limits import limiter
from fund.edge.requests import current_session
from fund.errors import NotFound
from fund.models import LinkPurpose, PersonalLink
from fund.services.links import DeadLink, LinkExpired, LinkRevoked, LinkUsed, follow_link
from fund.web.shell import csrf

blueprint = Blueprint("links", __name__)
csrf.exempt(blueprint)

WHAT: Final[dict[type[DeadLink], Any]] = {
    LinkExpired: _l("This link has expired"),
    LinkRevoked: _l("This link was replaced or taken back"),
    LinkUsed: _l("This link was used already"),
}
NEXT: Final[dict[LinkPurpose, Any]] = {
    LinkPurpose.CONSENT: _l(
        "Look for a later message: it may hold a newer link. If there is none, ask the organisation that leads "
        "the alliance for a new link. What you answered before is kept."
    ),
    LinkPurpose.CO_AUTHOR: _l(
        "If you have joined the file already, sign in: it is among your files. If not, ask the person who invited "
        "you for a new invitation."
    ),
    LinkPurpose.INVITATION: _l(
        "If you have chosen your password already, sign in. If not, ask the fund’s team for a new invitation."
    ),
    LinkPurpose.REGISTER: _l("If you have opened your account already, sign in. If not, ask for a new link."),
    LinkPurpose.ADVICE: _l(
        "Look for a later message: it may hold a newer link. If there is none, the question is no longer asked of "
        "you, or the time to answer is over: write to the fund's team."
    ),
    LinkPurpose.AGREEMENT: _l(
        "Look for a later message: it may hold a newer link. If there is none, the text was taken back to be "
        "corrected, or the link is too old: write to the fund’s team."
    ),
    LinkPurpose.PASSWORD: _l(
        "If you have chosen your new password already, sign in with it. If not, ask for a new link."
    ),
}


def _is_unknown(response: Response) -> bool:
    return response.status_code == 404


# A signature cannot be guessed; whoever tries is stopped all the same. Known links are not counted.
guarded = limiter.shared_limit("30 per 5 minutes", scope="links", deduct_when=_is_unknown)


def follow(text: str, *purposes: LinkPurpose) -> PersonalLink:
    """The living link of the address. Raises NotFound, DeadLink: the pages for both are below."""
    return follow_link(current_session(), text, current_app.config["SECRET_KEY"], *purposes)


@blueprint.before_request
def check_token() -> None:
    """Raise CSRFError where a form comes from elsewhere."""
    if request.method != "POST":
        return
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError as error:
        raise CSRFError(error.args[0]) from error


@blueprint.after_request
def keep_secret(response: Response) -> Response:
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@blueprint.errorhandler(DeadLink)
def show_dead(error: DeadLink) -> tuple[str, int]:
    """Says nothing of what the link was for but its kind."""
    page = render_template(
        "links/dead.html", title=WHAT[type(error)], next=NEXT[error.purpose], purpose=error.purpose
    )
    return page, 410


@blueprint.errorhandler(NotFound)
def show_unknown(_error: NotFound) -> tuple[str, int]:
    return render_template("links/unknown.html"), 404
