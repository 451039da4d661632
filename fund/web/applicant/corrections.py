"""What is to be corrected while a file is returned: each mark in words, and where it is mended."""

from dataclasses import dataclass

from fund.edge.labels import label
from fund.forms.project import PROJECT
from fund.models import Application
from fund.services.corrections import list_marks
from fund.services.writing import part_of
from fund.web.applicant.parts import DOCUMENTS, anchor_of, url_of
from fund.web.reading import place_label
from workflows.application import ApplicationState, CorrectionKind


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark: the name of its place, what is the matter there, and the address of the field."""

    path: str
    label: str
    kind: CorrectionKind
    reason: str
    url: str

    @property
    def text(self) -> str:
        return f"{label(self.kind)} – {self.reason}"


def marks_of(application: Application) -> list[Mark]:
    """The marks of a file that awaits its corrections; none in any other state."""
    if application.state is not ApplicationState.RETURNED:
        return []
    return [
        Mark(
            path,
            place_label(application, path),
            CorrectionKind(mark["kind"]),
            mark["reason"],
            _url(application, path),
        )
        for path, mark in list_marks(application)
    ]


def corrections_by_place(application: Application) -> dict[str, str]:
    """« Erroné – Précisez le nombre… » by place, as a page looks for it; empty unless the file is returned.

    A field is ``section.field``, those of the project ``project.title``; the budget and its sides ``budget``,
    ``budget.charges``; a member ``members.12``; a document its slot, and one of a form also ``section.field``.
    """
    found: dict[str, str] = {}
    for mark in marks_of(application):
        found[mark.path] = mark.text
        head, _, rest = mark.path.partition(".")
        if head == "form":
            found[rest] = mark.text
        elif part_of(mark.path) == PROJECT:
            found[f"{PROJECT}.{mark.path}"] = mark.text
    return found


def _url(application: Application, path: str) -> str:
    part, (head, _, rest) = part_of(path), path.partition(".")
    if head in ("asked", "form"):
        return url_of(application, DOCUMENTS, anchor=path)
    if head == "members":
        return url_of(application, part, anchor=f"member-{rest}" if rest else "members")
    return url_of(application, part, anchor=anchor_of(path))
