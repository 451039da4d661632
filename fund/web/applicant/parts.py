"""The parts of a file: their names, their order, where each is written, and how far it is."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from flask import url_for
from flask_babel import gettext, ngettext

from fund.edge.i18n import current_language
from fund.forms.project import BUDGET, PROJECT
from fund.models import Application
from fund.services.copying import ALLIANCE, is_empty
from fund.services.writing import is_open_to_writing, part_of, section_form

DOCUMENTS = "documents"


class PartState(StrEnum):
    EMPTY = "empty"
    BEGUN = "begun"
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True)
class PartLink:
    """One part in the list of parts. ``missing`` counts what speaks against submitting it."""

    key: str
    title: str
    url: str
    state: PartState
    missing: int
    is_open: bool

    @property
    def text(self) -> str:
        """How far the part is, in words."""
        if self.state is PartState.COMPLETE:
            return str(gettext("complete"))
        if self.state is PartState.EMPTY:
            return str(gettext("empty"))
        return str(ngettext("%(num)s thing to settle", "%(num)s things to settle", self.missing))

    @property
    def tone(self) -> str:
        tones = {PartState.COMPLETE: "success", PartState.EMPTY: "neutral", PartState.BEGUN: "progress"}
        return tones[self.state]


def keys_of(application: Application) -> list[str]:
    """The parts that this file has, in the order in which they are written."""
    rules = application.rules
    shown = application.judge_form(complete=False).shown
    keys = [PROJECT, ALLIANCE, *(section.key for section in rules.form.sections if section.key in shown)]
    keys += [BUDGET] if rules.budget is not None else []
    return keys + ([DOCUMENTS] if rules.documents else [])


def parts_of(application: Application, missing: Iterable[str]) -> list[PartLink]:
    """The list of parts; ``missing`` names the part of each thing that is missing."""
    counted = Counter(missing)
    return [
        PartLink(
            key=key,
            title=title_of(application, key),
            url=url_of(application, key),
            state=_state_of(application, key, counted[key]),
            missing=counted[key],
            is_open=is_open_to_writing(application, key),
        )
        for key in keys_of(application)
    ]


def _state_of(application: Application, key: str, missing: int) -> PartState:
    match key:
        case _ if missing and key == ALLIANCE:
            is_begun = len(application.members) > 1
        case _ if key == ALLIANCE:
            is_begun = True
        case _ if key == DOCUMENTS:
            is_begun = not missing or any(document.is_present for document in application.documents)
        case _:
            is_begun = not is_empty(application, key)
    if not is_begun:
        return PartState.EMPTY
    return PartState.BEGUN if missing else PartState.COMPLETE


def title_of(application: Application, key: str) -> str:
    """The name of a part on screen."""
    match key:
        case "alliance":
            return str(gettext("Members of the alliance"))
        case "budget":
            return str(gettext("The budget"))
        case "documents":
            return str(gettext("The documents"))
    form = section_form(application, key)
    return form.title.of(current_language()) if form is not None else key


def url_of(application: Application, key: str, anchor: str | None = None, *, shows_missing: bool = False) -> str:
    """Where a part is written; ``shows_missing``: with what is missing in it."""
    reference, manques = application.reference, "1" if shows_missing else None
    match key:
        case "alliance":
            return url_for("alliance.show", reference=reference, _anchor=anchor)
        case "documents":
            return url_for("documents.index", reference=reference, _anchor=anchor)
        case "budget":
            return url_for("applicant.budget", reference=reference, _anchor=anchor, manques=manques)
    return url_for("applicant.write", reference=reference, part=key, _anchor=anchor, manques=manques)


def anchor_of(path: str) -> str | None:
    """The id of the control at a path such as ``impact.partners.2.name``; None for a whole part."""
    head, dot, rest = path.partition(".")
    return f"q-{rest.replace('.', '-')}" if dot else (f"q-{head}" if part_of(path) == PROJECT else None)
