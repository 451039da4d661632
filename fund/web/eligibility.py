"""« Cet appel est-il pour nous ? », answered before anybody writes or has an account.

GET   /appels/<ref>/eligibilite    a few questions taken from the call's rules
POST  /appels/<ref>/eligibilite    yes, no because, or ask us; the answers are not kept
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask import Blueprint, current_app, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from marshmallow import Schema, ValidationError, fields

from config.communes import commune_label, resolve_commune
from config.territories import territory_label
from fund.edge.access import PUBLIC, access
from fund.edge.i18n import current_language
from fund.edge.labels import label
from fund.edge.requests import current_actor
from fund.edge.sentences import reason_sentence
from fund.forms.definition import CallContent, OrganisationKind
from fund.forms.fields import Choice, Money, Problem, Whole
from fund.services.eligibility import Answers, Eligibility, Ground, Unsaid, check_eligibility
from fund.web.calls import find_public, show_now
from fund.web.sheet import Sheet, posted

blueprint = Blueprint("eligibility", __name__)

PARTNERS_MOST = 50
CANDIDATES_MOST = 12
UNSAID: dict[Unsaid, Any] = {
    Unsaid.PLACE: _l("where the project takes place: the call has a territory;"),
    Unsaid.GRANT: _l("how much you ask: the call has a smallest and a largest grant;"),
    Unsaid.RATE: _l("what share of the budget the grant is: the call has a ceiling."),
}


class _AnswersInput(Schema):
    own = Choice(OrganisationKind, required=True)
    total_budget = Money(minimum=Decimal("0.01"))
    grant = Money(minimum=Decimal("0.01"))
    partners = fields.Dict(values=Whole(maximum=PARTNERS_MOST))


@blueprint.get("/appels/<reference>/eligibilite")
@access(PUBLIC)
def ask(reference: str) -> str:
    return _page(reference, Sheet({}))


@blueprint.post("/appels/<reference>/eligibilite")
@access(PUBLIC)
def check(reference: str) -> str | tuple[str, int]:
    """The answer, above the questions with what was answered: one of them may still change."""
    sheet = Sheet(posted(request.form))
    content = find_public(reference).content
    answers, candidates = _read(content, sheet)
    if answers is None:
        return _page(reference, sheet, candidates=candidates), 422
    return _page(reference, sheet, found=check_eligibility(content, answers))


def _read(content: CallContent, sheet: Sheet) -> tuple[Answers | None, list[tuple[str, str]]]:
    """The answers, or None: then the sheet bears the sentences; the communes that the name may mean are given."""
    sent = {name: sheet.at(name) for name in ("own", "total_budget", "grant")}
    given: dict[str, Any] = {name: text for name, text in sent.items() if str(text).strip()}
    counts = sheet.at("partners")
    counts = counts if isinstance(counts, Mapping) else {}
    given["partners"] = {
        kind.value: counts[kind.value].strip()
        for kind in OrganisationKind
        if isinstance(counts.get(kind.value), str) and counts[kind.value].strip()
    }
    loaded: dict[str, Any] = {}
    try:
        loaded = _AnswersInput().load(given)
    except ValidationError as error:
        sheet.show_problems(_flat(error.messages_dict))
    said = {question.key: sheet.at(f"said.{question.key}") for question in content.eligibility}
    unanswered = [key for key, text in said.items() if text not in ("yes", "no")]
    sheet.show_problems({f"said.{key}": [Problem("not_yes_or_no")] for key in unanswered})
    commune, candidates = _commune(content, sheet)
    if sheet.errors:
        return None, candidates
    partners = {OrganisationKind(kind): count for kind, count in loaded.pop("partners").items()}
    answers = Answers(
        **loaded, partners=partners, commune=commune, said={k: text == "yes" for k, text in said.items()}
    )
    return answers, []


def _commune(content: CallContent, sheet: Sheet) -> tuple[str | None, list[tuple[str, str]]]:
    """The commune that was typed, or chosen among those of that name."""
    text = str(sheet.at("chosen") or sheet.at("commune")).strip()[:200]
    if not content.alliance.territory or not text:
        return None, []
    code, candidates = resolve_commune(text)
    if code is not None:
        sheet.data["commune"] = commune_label(code)
        return code, []
    if not candidates:
        sheet.show_problems({"commune": [Problem("not_a_place", text=text)]})
        return None, []
    sheet.problems["commune"] = [gettext("Several communes have this name, or one like it. Choose one below.")]
    return None, [(found.code, commune_label(found.code)) for found in candidates[:CANDIDATES_MOST]]


def _flat(messages: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Problems by path; those of a dictionary's values stand under ``value``."""
    found: dict[str, list[Any]] = {}
    for name, problems in messages.items():
        if isinstance(problems, Mapping):
            found |= {f"{name}.{key}": inner["value"] for key, inner in problems.items()}
        else:
            found[name] = problems
    return found


def _page(
    reference: str,
    sheet: Sheet,
    *,
    found: Eligibility | None = None,
    candidates: list[tuple[str, str]] | None = None,
) -> str:
    call = find_public(reference)
    content = call.content
    sheet.names = _names(content)
    return render_template(
        "public/eligibility.html",
        shown=show_now(call),
        content=content,
        sheet=sheet,
        form=sheet,
        kinds=list(OrganisationKind),
        seats=_seats(content),
        candidates=candidates or [],
        found=found,
        sentences=[_sentence(ground) for ground in found.grounds] if found else [],
        unsaid=[str(UNSAID[name]) for name in found.unsaid] if found else [],
        is_signed_in=current_actor().person_id is not None,
        contact=current_app.config["FUND_SETTINGS"].contact_email,
    )


def _names(content: CallContent) -> dict[str, str]:
    """What each control asks, for the list of what must be corrected."""
    return {
        "own": gettext("Your organisation is"),
        "commune": gettext("Commune of the project"),
        "total_budget": gettext("Total budget"),
        "grant": gettext("Grant that you think of asking"),
        **{f"partners.{kind.value}": label(kind) for kind in OrganisationKind},
        **{f"said.{question.key}": question.question.of(current_language()) for question in content.eligibility},
    }


def _sentence(ground: Ground) -> str:
    return reason_sentence(ground.reason) if ground.reason else ground.words.of(current_language())


def _seats(content: CallContent) -> dict[OrganisationKind, str]:
    """Of the kinds that must sit somewhere, only those count that do."""
    return {
        OrganisationKind(line.kind): gettext(
            "Only those that sit or act here: %(places)s.", places=", ".join(map(territory_label, line.territory))
        )
        for line in content.alliance.members
        if line.territory
    }
