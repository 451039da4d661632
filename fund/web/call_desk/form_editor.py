"""The editor of a call's two forms, the application's (``formulaire``) and the report's (``compte-rendu``).

GET        /gestion/appels/<ref>/modifier/<form>/plan              its sections, fields and columns
GET, POST  /gestion/appels/<ref>/modifier/<form>/ajouter           a new one (``inside``: where; else a section)
GET, POST  /gestion/appels/<ref>/modifier/<form>/plan/<place>      one of them; ``place`` is its keys (need/people)
POST       /gestion/appels/<ref>/modifier/<form>/deplacer          one place up or down
POST       /gestion/appels/<ref>/modifier/<form>/retirer           with all that stands in it
"""

from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from fund.edge.access import access, only
from fund.edge.i18n import current_language
from fund.edge.requests import current_actor
from fund.edge.sentences import LEVELS, problem_sentence
from fund.forms import editing
from fund.forms.compiler import WITHOUT_VALUE
from fund.forms.content import dump_content
from fund.forms.definition import FieldType, Form, Question
from fund.forms.form_rules import SETTINGS
from fund.models import Call
from fund.services import call_versions
from fund.storage.kinds import Group
from fund.web.call_desk.own import blueprint, find_call, find_editable
from fund.web.call_desk.parts import FORMS, Page, judge, saved_sentence
from fund.web.call_desk.reading import is_ticked
from fund.web.forms import sent_version
from fund.web.saving import UNUSABLE, save
from fund.web.sheet import Sheet, posted, typed
from workflows.permissions import Role

COLUMN_TYPES = tuple(kind for kind in FieldType if kind not in (FieldType.ROWS, *WITHOUT_VALUE))
TEXTS = ("title", "label", "help")
OWNED = ("key", "title", "label", "help", "required", "show_if", "type", *sorted(set().union(*SETTINGS.values())))


@blueprint.get("/gestion/appels/<reference>/modifier/<form_name>/plan")
@access(only(Role.OFFICER))
def outline(reference: str, form_name: str) -> Page:
    call, inner = find_editable(reference), _inner(form_name)
    form: Form = getattr(call_versions.revised_content(call), inner)
    return render_template(
        "call_desk/outline.html",
        call=call,
        form_name=form_name,
        title=FORMS[form_name][1],
        lead=_lead(form_name),
        sections=form.sections,
        types=list(FieldType),
        column_types=COLUMN_TYPES,
    )


def _lead(form_name: str) -> str:
    if form_name == "formulaire":
        return str(
            gettext(
                "The title of the project, its summary, commune, dates, amounts and contact are asked of all; "
                "here is what this call asks beyond them."
            )
        )
    return str(gettext("What an alliance that was funded answers when it reports."))


@blueprint.get("/gestion/appels/<reference>/modifier/<form_name>/ajouter")
@access(only(Role.OFFICER))
def new_element(reference: str, form_name: str) -> Page:
    call, inner = find_editable(reference), _inner(form_name)
    inside = _place(request.args.get("inside", ""))
    _siblings(dump_content(call_versions.revised_content(call))[inner], inside)
    kind = _kind(request.args.get("type", "")) if inside else None
    return _element_page(call, form_name, inside, kind, Sheet({}), is_new=True)


@blueprint.post("/gestion/appels/<reference>/modifier/<form_name>/ajouter")
@access(only(Role.OFFICER))
def add_element(reference: str, form_name: str) -> Page:
    call, inner = find_call(reference), _inner(form_name)
    inside = _place(request.form.get("inside", ""))
    kind = _kind(request.form.get("type", "")) if inside else None
    sheet = Sheet(posted(request.form))
    data = dump_content(call_versions.revised_content(call))
    siblings = _siblings(data[inner], inside)
    item, lines = _item_of(sheet, kind, siblings)
    siblings.append(item)
    status = _keep(call, sheet, data, f"{inner}.{editing.path_of(data[inner], (*inside, item['key']))}.", lines)
    if status:
        return _element_page(call, form_name, inside, kind, sheet, is_new=True), status
    return _back(call, form_name, "/".join((*inside, item["key"])))


@blueprint.get("/gestion/appels/<reference>/modifier/<form_name>/plan/<path:place>")
@access(only(Role.OFFICER))
def edit_element(reference: str, form_name: str, place: str) -> Page:
    """The element; with ``type`` in the address, with the settings of that type instead of its own."""
    call, inner = find_editable(reference), _inner(form_name)
    where = _place(place)
    data = dump_content(call_versions.revised_content(call))
    item = _known(lambda: editing.element(data[inner], where))
    drawn = typed({name: value for name, value in item.items() if name not in ("fields", "options")})
    drawn["options"] = editing.write_options(item.get("options", ()))
    kind = _kind(request.args.get("type") or item["type"]) if "type" in item else None
    return _element_page(call, form_name, where, kind, Sheet(drawn))


@blueprint.post("/gestion/appels/<reference>/modifier/<form_name>/plan/<path:place>")
@access(only(Role.OFFICER))
def save_element(reference: str, form_name: str, place: str) -> Page:
    call, inner = find_call(reference), _inner(form_name)
    where = _place(place)
    data = dump_content(call_versions.revised_content(call))
    item = _known(lambda: editing.element(data[inner], where))
    kind = _kind(request.form.get("type", "")) if "type" in item else None
    sheet = Sheet(posted(request.form))
    prefix = f"{inner}.{editing.path_of(data[inner], where)}."
    siblings = [other for other in editing.children(data[inner], where[:-1]) if other is not item]
    changed, lines = _item_of(sheet, kind, siblings)
    # Columns, and the fields of a section, have pages of their own.
    if kind in (None, FieldType.ROWS):
        changed["fields"] = item["fields"]
    item.clear()
    item.update(changed)
    if status := _keep(call, sheet, data, prefix, lines):
        return _element_page(call, form_name, where, kind, sheet), status
    return _back(call, form_name, "/".join((*where[:-1], changed["key"])))


@blueprint.post("/gestion/appels/<reference>/modifier/<form_name>/deplacer")
@access(only(Role.OFFICER))
def move_element(reference: str, form_name: str) -> Page:
    by = -1 if request.form.get("to") == "up" else 1
    return _alter(reference, form_name, lambda form, place: editing.move(form, place, by))


@blueprint.post("/gestion/appels/<reference>/modifier/<form_name>/retirer")
@access(only(Role.OFFICER))
def remove_element(reference: str, form_name: str) -> Page:
    return _alter(reference, form_name, editing.remove)


def _alter(reference: str, form_name: str, act: Callable[[Any, editing.Place], None]) -> Response:
    """Change the outline; what speaks against it is said above the outline, which stays as it was."""
    call, inner = find_call(reference), _inner(form_name)
    place = _place(request.form.get("place", ""))
    data = dump_content(call_versions.revised_content(call))
    _known(lambda: act(data[inner], place))
    sheet = Sheet({})
    _keep(call, sheet, data, "nowhere.", {}, told=False)
    for sentence in sheet.errors:
        flash(sentence, "danger")
    return _back(call, form_name, request.form.get("place", ""))


def _keep(
    call: Call, sheet: Sheet, data: dict[str, Any], prefix: str, lines: dict[int, int], *, told: bool = True
) -> int | None:
    """Write the call; else the status of the page that shows why not. ``lines`` are those of the options' text."""
    content, refused = judge(call_versions.revised_content(call), data)
    if content is None or refused:
        own = {path: found for path, found in refused.items() if path.startswith(f"{prefix}options.")}
        others = {path: found for path, found in refused.items() if path not in own}
        sheet.show_refusals(others, OWNED, data, prefix)
        for path, found in own.items():
            number = lines.get(int(path.removeprefix(prefix).split(".")[1]), 0)
            texts = [
                gettext("line %(number)s: %(sentence)s", number=number, sentence=problem_sentence(problem))
                for problem in found
            ]
            sheet.problems.setdefault("options", []).extend(texts)
        return UNUSABLE
    version = sent_version(request.form)

    def act(session: Session) -> object:
        return call_versions.save_content(session, current_actor(), call, content, expected_version=version)

    status = save(sheet, act)
    if status is None and told:
        flash(saved_sentence(call), "success")
    return status


def _item_of(
    sheet: Sheet, kind: FieldType | None, siblings: list[dict[str, Any]]
) -> tuple[dict[str, Any], dict[int, int]]:
    """The section (no ``kind``) or field that was sent, with its key, and the lines on which its options stand."""
    sent = sheet.data
    words = {name: sent[name] for name in TEXTS if isinstance(sent.get(name), dict)}
    name = "title" if kind is None else "label"
    item: dict[str, Any] = {
        **words,
        "show_if": str(sent.get("show_if", "")),
        "key": str(sent.get("key", "")).strip(),
    }
    if not item["key"]:
        item["key"] = editing.make_key(
            str(words.get(name, {}).get("fr", "")), [other["key"] for other in siblings]
        )
    if kind is None:
        item["fields"] = []
        return item, {}
    item |= {"type": kind.value, "required": is_ticked(sent, "required") and kind is not FieldType.NOTE}
    settings = SETTINGS.get(kind, set())
    for setting in settings & {"minimum", "maximum", "decimals"}:
        item[setting] = str(sent.get(setting, "")).strip() or None
    for setting in settings & {"levels", "files"}:
        item[setting] = [text for text in sent.get(setting) or [] if text]
    if "fields" in settings:
        item["fields"] = _first_column(sent)
    lines = editing.read_options(str(sent.get("options", ""))) if "options" in settings else []
    item["options"] = [line.option for line in lines]
    return item, {number: line.number for number, line in enumerate(lines)}


def _first_column(sent: dict[str, Any]) -> list[dict[str, Any]]:
    columns = sent.get("fields")
    words = columns[0].get("label") if isinstance(columns, list) and isinstance(columns[0], dict) else None
    if not isinstance(words, dict):
        return []
    return [{"key": editing.make_key(str(words.get("fr", "")), ()), "type": FieldType.TEXT.value, "label": words}]


def _element_page(
    call: Call, form_name: str, place: editing.Place, kind: FieldType | None, sheet: Sheet, *, is_new: bool = False
) -> str:
    form = getattr(call_versions.revised_content(call), _inner(form_name))
    inside = place if is_new else place[:-1]
    return render_template(
        "call_desk/element.html",
        call=call,
        form_name=form_name,
        form_title=FORMS[form_name][1],
        title=_title(place, kind, form, is_new=is_new),
        sheet=sheet,
        form=sheet,
        type=kind,
        types=COLUMN_TYPES if len(inside) == editing.DEPTH - 1 else list(FieldType),
        settings=SETTINGS.get(kind, set()) if kind else set(),
        limits=_limits(kind),
        levels=[(level, str(name)) for level, name in LEVELS.items()],
        file_kinds=list(Group),
        is_new=is_new,
        inside="/".join(inside),
        place="/".join(place),
        names=_names_before(form, place, is_new=is_new),
        version=call.version,
    )


def _title(place: editing.Place, kind: FieldType | None, form: Form, *, is_new: bool) -> str:
    if not is_new:
        return _called(form, place)
    if kind is None:
        return str(gettext("New section"))
    return str(gettext("New column") if len(place) == editing.DEPTH - 1 else gettext("New field"))


def _called(form: Form, place: editing.Place) -> str:
    """What the section, field or column of that place is called."""
    section = form.find(place[0])
    if section is None or len(place) == 1:
        return section.title.of(current_language()) if section else ""
    found: tuple[Question, ...] = section.fields
    question = None
    for key in place[1:]:
        question = next((one for one in found if one.key == key), None)
        found = question.fields if question else ()
    return question.label.of(current_language()) if question else ""


def _names_before(form: Form, place: editing.Place, *, is_new: bool) -> list[tuple[str, Question]]:
    """The fields that a condition at that place may name: those before it."""
    found: list[tuple[str, Question]] = []
    for section in form.sections:
        is_here = bool(place) and section.key == place[0]
        if is_here and len(place) == 1 and not is_new:
            break  # the condition of the section itself
        for question in section.fields:
            if is_here and len(place) > 1 and question.key == place[1]:
                return found + [(column.key, column) for column in question.fields if len(place) > 2 or is_new]
            found.append((f"{section.key}.{question.key}", question))
        if is_here:
            break
    return found


def _limits(kind: FieldType | None) -> tuple[str, str]:
    match kind:
        case FieldType.TEXT | FieldType.LONG_TEXT:
            return gettext("Characters at least"), gettext("Characters at most")
        case FieldType.ROWS:
            return gettext("Rows at least"), gettext("Rows at most")
        case FieldType.NUMBER | FieldType.AMOUNT:
            return gettext("Smallest value"), gettext("Largest value")
    return gettext("Choices at least"), gettext("Choices at most")


def _inner(form_name: str) -> str:
    if form_name not in FORMS:
        abort(404)
    return FORMS[form_name][0]


def _kind(text: str) -> FieldType:
    try:
        return FieldType(text)
    except ValueError:
        abort(404)


def _place(text: str) -> editing.Place:
    return tuple(key for key in text.split("/") if key)


def _siblings(form: dict[str, Any], inside: editing.Place) -> list[dict[str, Any]]:
    """What stands where a new one is to stand: among the sections, in a section, in a field of rows."""
    if len(inside) >= editing.DEPTH:
        abort(404)
    if len(inside) == editing.DEPTH - 1:
        rows = _known(lambda: editing.element(form, inside))
        if rows["type"] != FieldType.ROWS:
            abort(404)
    found: list[dict[str, Any]] = _known(lambda: editing.children(form, inside))
    return found


def _known(find: Callable[[], Any]) -> Any:
    """What is found at a place; a page of a place that is gone does not exist."""
    try:
        return find()
    except (KeyError, IndexError):
        abort(404)


def _back(call: Call, form_name: str, place: str) -> Response:
    address = url_for("call_desk.outline", reference=call.reference, form_name=form_name, _anchor=place or None)
    return redirect(address, 303)
