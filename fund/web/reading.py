"""A file in words, to be read and never changed: for who signs it, who judges it, and to compare two deposits.

What is read is a file as ``fund.services.receipts.describe_file`` gives it, or as a receipt keeps it: both have
one shape, so that a deposit of last month is shown by the same means as the draft of today.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from flask import url_for
from flask_babel import gettext, pgettext
from marshmallow import ValidationError

from config.communes import commune_label, find_commune
from config.territories import territory_label
from fund.documents.receipt_facts import consent_words
from fund.documents.words import choice_label
from fund.edge.formats import day, money, number
from fund.edge.i18n import current_language
from fund.edge.labels import label
from fund.forms.accounts import Side, plan
from fund.forms.answers import is_whole_address
from fund.forms.budget import BudgetLine, Status, financing_of, load_budget
from fund.forms.compiler import judge, schema_of, slot_of
from fund.forms.definition import CallContent, FieldType, OrganisationKind, Question, Section, Words
from fund.forms.project import BUDGET, COMMUNE, PROJECT, project_section
from fund.models import Application, Receipt
from fund.services.receipts import describe_file
from fund.web.readings import (
    Answer,
    BudgetReading,
    FileLink,
    Line,
    LineReading,
    MemberReading,
    Passage,
    Reading,
)
from workflows.application import ApplicationState

_T = FieldType
CONTACT: Final = ("contact_name", "contact_email")
LISTS: Final = (_T.CHOICES, _T.SDGS, _T.LEVERS, _T.MEASURES, _T.TERRITORY)
WITHOUT_LOADING: Final = (_T.ROWS, _T.FILE, _T.NOTE)


def read_now(application: Application, *, with_contact: bool = True) -> Reading:
    """The file as it stands, also what is typed and cannot be used yet."""
    described = describe_file(application)
    typed = application.section(PROJECT)
    project = {**described["project"], **(typed.answers if typed is not None else {})}
    return read_file(application.rules, {**described, "project": project}, with_contact=with_contact)


def read_deposited(
    application: Application, receipt: Receipt | None = None, *, with_contact: bool = False
) -> Reading:
    """The file as it was handed in, last or with that receipt.

    While it is being corrected, what is typed is the alliance's own. Imported history has no receipt, and stands
    as it is.
    """
    chosen = receipt or (application.receipts[-1] if application.receipts else None)
    if chosen is None or application.state is ApplicationState.DRAFT:
        return read_now(application, with_contact=with_contact)
    return read_file(application.rules, chosen.deposited, with_contact=with_contact)


def read_file(content: CallContent, described: Mapping[str, Any], *, with_contact: bool) -> Reading:
    """A described file in the reader's language, by the rules of its call."""
    files = _files_by_slot(described["documents"])
    answers = described["sections"]
    shown = judge(content.form, answers, complete=False).shown
    return Reading(
        project=_project(content, described["project"], with_contact=with_contact),
        members=tuple(map(_member, described["members"])),
        sections=tuple(
            passage_of(section, answers.get(section.key) or {}, shown, files)
            for section in content.form.sections
            if section.key in shown
        ),
        budget=_budget(content, described),
        documents=tuple(_asked(content, described, files)),
        endorsements=tuple((given["name"], given["words"]) for given in described["endorsements"]),
    )


def lines_of(reading: Reading) -> dict[str, Line]:
    """Everything in the file that can be compared, by its place."""
    answers = [*reading.project.answers, *(a for passage in reading.sections for a in passage.answers)]
    lines = {answer.path: Line(answer.label, answer.text, answer.substance) for answer in answers}
    lines |= {member.path: Line(member.name, member.text, member.text) for member in reading.members}
    if reading.budget is not None:
        for side, rows in ((Side.CHARGES, reading.budget.charges), (Side.PRODUCTS, reading.budget.products)):
            text = "\n".join(row.text for row in rows)
            proofs = "\n".join(row.evidence.sha256 for row in rows if row.evidence)
            lines[f"{BUDGET}.{side}"] = Line(_side_name(side), text, f"{text}\n{proofs}")
    lines |= {answer.path: Line(answer.label, answer.text, answer.substance) for answer in reading.documents}
    for name, words in reading.endorsements:
        lines[f"endorsement.{name}"] = Line(gettext("Word of %(name)s", name=name), words, words)
    return lines


def place_label(application: Application, path: str) -> str:
    """The name on screen of a place of the file, also of one that it has no more."""
    rules, locale = application.rules, current_language()
    head, _, rest = path.partition(".")
    match head:
        case "members" if rest:
            names = (m.organisation.name for m in application.members if str(m.id) == rest)
            return next(names, str(gettext("A member who left the alliance")))
        case "members":
            return str(gettext("Members of the alliance"))
        case "budget":
            return _side_name(Side(rest)) if rest in set(Side) else str(gettext("The budget"))
        case "asked":
            key, _, member_id = rest.partition(".")
            words = next((rule.label.of(locale) for rule in rules.documents if rule.key == key), key)
            member = next((m.organisation.name for m in application.members if str(m.id) == member_id), "")
            return f"{words} – {member}" if member else words
        case "form":
            head, _, rest = rest.partition(".")
        case _ if not rest:
            head, rest = PROJECT, head
    section = _project_section(rules) if head == PROJECT else rules.form.find(head)
    fields = section.fields if section is not None else ()
    return next((question.label.of(locale) for question in fields if question.key == rest), path)


def say(question: Question, raw: Any) -> str:
    """One answer in words; what cannot be read is given as it was typed."""
    return _say(question, _loaded((question,), {question.key: raw}).get(question.key), raw)


def _side_name(side: Side) -> str:
    return str(gettext("The budget: charges") if side is Side.CHARGES else gettext("The budget: products"))


def _project(content: CallContent, columns: Mapping[str, Any], *, with_contact: bool) -> Passage:
    section = _project_section(content)
    raw = dict(columns)
    if isinstance(raw.get(COMMUNE), str):
        raw[COMMUNE] = [f"com:{raw[COMMUNE]}"]
    questions = (question for question in section.fields if with_contact or question.key not in CONTACT)
    answers = (_answer(question, raw, question.key) for question in questions)
    return Passage(PROJECT, section.title.of(current_language()), tuple(answers))


def _project_section(content: CallContent) -> Section:
    """All of the project, with the amounts that its form leaves to the budget where the call asks for one."""
    return project_section(replace(content, budget=None))


def passage_of(
    section: Section, raw: Mapping[str, Any], shown: AbstractSet[str], files: Mapping[str, tuple[FileLink, ...]]
) -> Passage:
    """The raw answers of a section in words: those that are ``shown``; ``files`` by their place in the form."""
    answers = _answers(section, raw, shown, files)
    return Passage(section.key, section.title.of(current_language()), tuple(answers))


def _answers(
    section: Section, raw: Mapping[str, Any], shown: AbstractSet[str], files: Mapping[str, tuple[FileLink, ...]]
) -> Iterator[Answer]:
    for question in section.fields:
        path = f"{section.key}.{question.key}"
        if path not in shown or question.type is _T.NOTE:
            continue
        if question.type is _T.FILE:
            slot = slot_of(section.key, question.key)
            yield _file_answer(slot, question.label.of(current_language()), files.get(slot, ()))
        elif question.type is _T.ROWS:
            yield _rows_answer(question, raw.get(question.key), path, shown)
        else:
            yield _answer(question, raw, path)


def _answer(question: Question, raw: Mapping[str, Any], path: str) -> Answer:
    typed = raw.get(question.key)
    value = _loaded((question,), {question.key: typed}).get(question.key)
    items: tuple[str, ...] = ()
    if question.type in LISTS:
        chosen = value if value is not None else typed if isinstance(typed, list) else [typed] if typed else []
        items = tuple(choice_label(question, str(item), current_language()) for item in chosen)
    text = ", ".join(items) if items else _say(question, value, typed)
    return Answer(path, question.label.of(current_language()), question.type.value, text, items=items)


def _rows_answer(question: Question, raw: Any, path: str, shown: AbstractSet[str]) -> Answer:
    typed = [
        (place, row)
        for place, row in enumerate(raw if isinstance(raw, list) else [])
        if isinstance(row, Mapping) and any(row.values())
    ]
    columns = [c for c in question.fields if any(f"{path}.{place}.{c.key}" in shown for place, _ in typed)]
    rows = tuple(
        tuple(
            say(column, row.get(column.key)) if f"{path}.{place}.{column.key}" in shown else ""
            for column in columns
        )
        for place, row in typed
    )
    locale = current_language()
    return Answer(
        path,
        question.label.of(locale),
        question.type.value,
        "\n".join(" · ".join(filter(None, row)) for row in rows),
        columns=tuple(column.label.of(locale) for column in columns),
        rows=rows,
    )


def _file_answer(slot: str, name: str, files: tuple[FileLink, ...]) -> Answer:
    return Answer(slot, name, _T.FILE.value, ", ".join(file.name for file in files), files=files)


def _loaded(questions: tuple[Question, ...], raw: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that can be read, as values."""
    loadable = tuple(question for question in questions if question.type not in WITHOUT_LOADING)
    schema = schema_of(Section("reading", Words(), fields=loadable))()
    typed = {question.key: raw[question.key] for question in loadable if raw.get(question.key) is not None}
    try:
        return dict(schema.load(typed))
    except ValidationError as error:
        return dict(error.valid_data) if isinstance(error.valid_data, dict) else {}


def _say(question: Question, value: Any, typed: Any) -> str:
    match question.type, value:
        case (_, None | "" | []) | (_T.TELEPHONE, _):  # a number is read best as its owner groups it
            return _typed_words(typed)
        case _T.YES_NO, _:
            return str(gettext("Yes") if value else gettext("No"))
        case _T.AMOUNT, Decimal():
            return money(value)
        case _T.NUMBER, Decimal():
            return number(value)
        case _T.DATE, _:
            return day(value)
        case _T.ADDRESS, dict():
            return _address(value)
        case _T.CHOICE, str():
            return choice_label(question, value, current_language())
        case _, list():
            return ", ".join(choice_label(question, str(item), current_language()) for item in value)
    return str(value)


def _address(value: Mapping[str, Any]) -> str:
    code = value.get("commune_code") or ""
    town = commune_label(code) if code and find_commune(code) else code
    joint = "\n" if is_whole_address(value) else " "
    return joint.join(filter(None, (value.get("street"), " ".join(filter(None, (value.get("postcode"), town))))))


def _typed_words(typed: Any) -> str:
    match typed:
        case None:
            return ""
        case Mapping():
            return ", ".join(str(part) for part in typed.values() if part)
        case list():
            return ", ".join(str(part) for part in typed if part)
    return str(typed)


def _member(member: Mapping[str, Any]) -> MemberReading:
    number_of = f"SIRET {member['siret']}" if member["siret"] else f"RNA {member['rna']}" if member["rna"] else ""
    representative = ", ".join(filter(None, (member["representative"], member["function"])))
    return MemberReading(
        path=f"members.{member['id']}",
        name=member["organisation"],
        kind=label(OrganisationKind(member["kind"])),
        identity=number_of,
        is_lead=member["is_lead"],
        representative=representative,
        part=member["part"],
        contribution=Decimal(member["contribution"]),
        in_kind=Decimal(member["in_kind"]),
        skills=Decimal(member["skills"]),
        skills_note=member["skills_note"],
        territory=territory_label(member["territory"]) if member["territory"] else "",
        consent=consent_words(member, current_language()),
    )


def _budget(content: CallContent, described: Mapping[str, Any]) -> BudgetReading | None:
    if content.budget is None:
        return None
    totals = load_budget(described["budget"] or {}, content.budget, content.grant, complete=False)
    proofs = {document["reference"]: _file(document) for document in described["documents"]}
    lines = [(line, _line(line, proofs)) for line in totals.lines]
    return BudgetReading(
        totals=totals,
        charges=tuple(said for line, said in lines if line.side is Side.CHARGES),
        products=tuple(said for line, said in lines if line.side is Side.PRODUCTS),
        financing=tuple(financing_of(totals)),
    )


def _line(line: BudgetLine, proofs: Mapping[str, FileLink]) -> LineReading:
    account = plan().get(line.account)
    name = f"{account.code} {account.label.of(current_language())}" if account else line.account
    standing = ""
    if line.fund:
        standing = gettext("asked from this fund")
    elif line.standing is not None:
        granted, asked = pgettext("budget", "granted"), pgettext("budget", "asked")
        standing = granted if line.standing is Status.GRANTED else asked
    return LineReading(name, line.label, line.amount, standing, proofs.get(line.evidence))


def _asked(
    content: CallContent, described: Mapping[str, Any], files: Mapping[str, tuple[FileLink, ...]]
) -> Iterator[Answer]:
    """The documents that the call asks for, also those that are not there; of an optional one only what is."""
    locale = current_language()
    for rule in content.documents:
        slots = [(f"asked.{rule.key}", rule.label.of(locale))]
        if rule.per_member:
            slots = [
                (f"asked.{rule.key}.{member['id']}", f"{rule.label.of(locale)} – {member['organisation']}")
                for member in described["members"]
            ]
        for slot, name in slots:
            if slot in files or (rule.required and not rule.show_if):
                yield _file_answer(slot, name, files.get(slot, ()))


def _files_by_slot(documents: Iterable[Mapping[str, Any]]) -> dict[str, tuple[FileLink, ...]]:
    found: dict[str, tuple[FileLink, ...]] = {}
    for document in documents:
        found[document["slot"]] = (*found.get(document["slot"], ()), _file(document))
    return found


def _file(document: Mapping[str, Any]) -> FileLink:
    url = url_for("documents.download", reference=document["reference"])
    return FileLink(document["name"], document["size"], document["sha256"], url)
