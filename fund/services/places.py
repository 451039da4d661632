"""The places of a file that a document can fill, and which of them are open now."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fund.forms.accounts import COFINANCED, Side
from fund.forms.budget import BudgetLine, Status
from fund.forms.compiler import slot_of
from fund.forms.definition import FieldType, Words
from fund.forms.project import BUDGET
from fund.models import Application, Document, Member
from fund.services.writing import EDITABLE, is_open_to_writing
from fund.storage.kinds import Group
from workflows.application import ApplicationState

DOCUMENTS = "documents"
"""The part of a file in which the documents asked by the call are."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place. ``member``: of whom it is asked; ``line``: the co-financing that it is to show.

    ``part`` is the part of the file to which it belongs (a section's key, ``budget`` or ``documents``).
    """

    slot: str
    part: str
    label: Words
    help: Words
    required: bool
    groups: tuple[Group, ...]
    member: Member | None = None
    line: BudgetLine | None = None


def places_of(application: Application) -> list[Place]:
    """Every place that the file has now: asked documents, files of the form's shown sections, budget evidence."""
    return [*_asked(application), *_of_form(application), *_of_budget(application)]


def find_place(application: Application, slot: str) -> Place | None:
    return next((place for place in places_of(application) if place.slot == slot), None)


def is_open(application: Application, place: Place) -> bool:
    """Whether a document can be handed in there, as far as the file is concerned.

    Of a file returned with marks only what is marked can be changed: a section or the budget as a whole, of the
    documents just those named. What is required and missing can always be given: without it the file could not
    be deposited again.
    """
    if application.state not in EDITABLE:
        return False
    if application.state is not ApplicationState.RETURNED or not application.corrections:
        return True
    if is_open_to_writing(application, place.part) and place.part != DOCUMENTS:
        return True
    # The evidence of a co-financing is also written into the budget, which is open or is not.
    if place.required and place.part != BUDGET and place.slot not in application.present_slots():
        return True
    return place.slot in application.corrections


def leftovers_of(application: Application, places: Iterable[Place]) -> list[Document]:
    """Documents in places that the file has no more: a member left, a question is hidden, the call changed."""
    known = {place.slot for place in places}
    return [
        document
        for document in application.documents
        if document.is_present and document.slot not in known and document.is_of_deposit
    ]


def _asked(application: Application) -> Iterator[Place]:
    for slot, rule, member in application.asked_documents():
        yield Place(slot, DOCUMENTS, rule.label, rule.help, rule.required, groups_taken(rule.files), member=member)


def _of_form(application: Application) -> Iterator[Place]:
    shown = application.judge_form(complete=False).shown
    for section in application.rules.form.sections:
        for question in section.fields:
            if question.type is FieldType.FILE and f"{section.key}.{question.key}" in shown:
                slot = slot_of(section.key, question.key)
                groups = groups_taken(question.files)
                yield Place(slot, section.key, question.label, question.help, question.required, groups)


def _of_budget(application: Application) -> Iterator[Place]:
    """One for each co-financing that is said to be granted. A line names its evidence by the document's reference.

    The place of a line without evidence has the line's number. Lines move when others are taken out: a number
    under which a document already stands is passed over.
    """
    rule, budget = application.rules.budget, application.judge_budget(complete=False)
    if rule is None or budget is None:
        return
    lines = [line for line in budget.lines if _is_granted(line)]
    held = {
        document.reference: document.slot
        for document in application.documents
        if document.is_present and document.slot.startswith(f"{BUDGET}.")
    }
    taken = set(held.values())
    for line in lines:
        slot = held.get(line.evidence)
        if slot is None:
            slot = _free_slot(int(line.key.partition(".")[2]), taken)
            taken.add(slot)
        yield Place(slot, BUDGET, Words(), Words(), rule.evidence, tuple(Group), line=line)


def _is_granted(line: BudgetLine) -> bool:
    return line.side is Side.PRODUCTS and line.source in COFINANCED and line.status is Status.GRANTED


def _free_slot(number: int, taken: set[str]) -> str:
    while (slot := f"{BUDGET}.{number}") in taken:
        number += 1
    return slot


def groups_taken(files: tuple[str, ...]) -> tuple[Group, ...]:
    """The kinds of file that are taken, in the house's order; all where the call names none."""
    return tuple(group for group in Group if not files or group.value in files)
