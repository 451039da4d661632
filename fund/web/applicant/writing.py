"""Writing a file, part by part.

GET, POST /mes-dossiers/<ref>/ecrire/<part>   the project, or a section of the call's form
GET       /territoires                        places for what is typed, as JSON
"""

from typing import Any

from flask import Response, flash, jsonify, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from config.territories import LEVELS, search_territories
from fund.edge.access import PUBLIC, SIGNED_IN, access
from fund.edge.limits import limiter
from fund.edge.requests import current_actor, wants_json, writing
from fund.forms.project import PROJECT
from fund.services.writing import (
    AnswersTooLong,
    SectionConflict,
    digest_of,
    is_open_to_writing,
    raw_answers,
    save_part,
)
from fund.web.applicant.own import blueprint, own_file, writable_part
from fund.web.applicant.parts import keys_of, url_of
from fund.web.applicant.section_page import (
    clash_reply,
    clashes_of,
    form_of_part,
    saved_reply,
    section_page,
)
from fund.web.sent_answers import seen_answers, typed_answers

Answer = AnyResponse | str | tuple[Any, int]
MOST_PLACES = 10


@blueprint.get("/mes-dossiers/<reference>/ecrire")
@access(SIGNED_IN)
def edit(reference: str) -> AnyResponse:
    """Where writing goes on: the first part that can be written."""
    application = own_file(reference)
    open_keys = [key for key in keys_of(application) if is_open_to_writing(application, key)]
    return redirect(url_of(application, open_keys[0] if open_keys else PROJECT), 303)


@blueprint.get("/mes-dossiers/<reference>/ecrire/<part>")
@access(SIGNED_IN)
def write(reference: str, part: str) -> str:
    return section_page(writable_part(reference, part), part)


@blueprint.post("/mes-dossiers/<reference>/ecrire/<part>")
@access(SIGNED_IN)
def save(reference: str, part: str) -> Answer:
    """Save what was typed, right or wrong. Only what somebody else changed meanwhile is asked about first."""
    application = writable_part(reference, part)
    if is_other_person():
        return jsonify(error="other_person"), 401
    section = form_of_part(application, part)
    typed, seen = typed_answers(section, request.form), seen_answers(request.form)
    decide(typed, seen)
    try:
        with writing() as session:
            save_part(session, current_actor(), application, part, typed, base=sent_number(), seen=seen)
    except SectionConflict as conflict:
        clashes = clashes_of(application, section, conflict.recorded, conflict.typed)
        if wants_json():
            return clash_reply(application, section, clashes)
        recorded = raw_answers(application, part)
        kept = {name: raw for name, raw in typed.items() if digest_of(raw) != seen.get(name)}
        return section_page(application, part, raw={**recorded, **kept}, clashes=clashes), 409
    except AnswersTooLong:
        if wants_json():
            return jsonify(error="too_long"), 422
        flash(gettext("This part is too long to be saved. Shorten it: what you typed is below."), "danger")
        return section_page(application, part, raw={**raw_answers(application, part), **typed}), 422
    return saved_reply(application, part, typed) if wants_json() else after_saving(application, part)


@blueprint.get("/territoires")
@access(PUBLIC)
@limiter.limit("600 per 5 minutes")
def places() -> Response:
    """Territories of the levels asked for (``niveaux``: com,epci,dep,reg) for what is typed (``q``)."""
    asked = request.args.get("niveaux", "").split(",")
    levels = [level for level in LEVELS if level in asked] or list(LEVELS)
    found = search_territories(request.args.get("q", "")[:100], levels, MOST_PLACES)
    return jsonify(places=[{"code": place.code, "label": place.label} for place in found])


def is_other_person() -> bool:
    """Whether somebody else has signed in, in another tab, since the page was made: she must not write as her."""
    sent = request.form.get("_person")
    return sent is not None and sent != current_actor().reference


def sent_number() -> int:
    """The number of the part that the page showed; one that was tampered with is older than all."""
    text = request.form.get("_number", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def decide(typed: dict[str, Any], seen: dict[str, str]) -> None:
    """Carry out what was chosen after a conflict; what was not chosen yet is a conflict again."""
    for name in request.form.getlist("_clash"):
        match request.form.get(f"_keep-{name}"):
            case "theirs":
                typed.pop(name, None)
            case "mine":
                continue
            case _:
                seen[name] = "undecided"


def after_saving(application: Any, part: str) -> AnyResponse:
    """Back to the page, to the place where the button was; or on to the next part."""
    shows_missing = request.args.get("manques") == "1"
    place = request.form.get("_go", "")
    if place == "next":
        keys = [key for key in keys_of(application) if is_open_to_writing(application, key)]
        following = keys[keys.index(part) + 1 :] if part in keys else []
        if not following:
            return redirect(url_for("applicant.show", reference=application.reference), 303)
        return redirect(url_of(application, following[0]), 303)
    removed = request.form.get("_remove", "").rpartition("-")[0]
    if place.startswith("q-") or removed:
        return redirect(
            url_of(application, part, anchor=place or f"q-{removed}", shows_missing=shows_missing), 303
        )
    flash(gettext("Your answers are saved. Nothing is submitted before you say so."), "success")
    return redirect(url_of(application, part, shows_missing=shows_missing), 303)
