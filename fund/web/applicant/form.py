"""The form of a draft: the project, and a row per member of the alliance."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request
from flask_babel import gettext
from markupsafe import Markup, escape
from werkzeug.datastructures import MultiDict

from config.communes import commune_label
from fund.edge.fields import field_label
from fund.edge.sentences import problem_sentence
from fund.models import Application, Member
from fund.schemas.forms import ApplicationInput, MemberInput
from fund.web.applicant.communes import choose_commune, offered
from fund.web.forms import SchemaForm, form_of, read_rows, written

IDENTITY = ("name", "kind", "siret", "rna")
SHARE = ("part", "contribution")
COLUMNS = (*IDENTITY, *SHARE)
Row = dict[str, str]


class ProjectForm(SchemaForm):
    """Keeps the problems of the members apart: each belongs beside a control of its row."""

    member_problems: Mapping[Any, Any] = {}

    def show_problems(self, problems: Mapping[str, Any]) -> None:
        rest = dict(problems)
        members = rest.pop("members", {})
        if isinstance(members, Mapping):
            self.member_problems = members
        else:
            rest["members"] = members
        super().show_problems(rest)


class DraftForm:
    """``project`` draws the simple fields, ``lead`` the lead's share, ``members`` a form per other member."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.project: Any = type("ProjectForm", (ProjectForm, form_of(ApplicationInput)), {})()
        self.communes: list[tuple[str, str]] = []
        if request.method == "POST":
            self._lead_row = {name: request.form.get(f"lead-{name}", "") for name in SHARE}
            self._rows = _typed_rows(request.form)
        else:
            self.project.fill(application)
            self.project.commune_code.data = _commune_of(application)
            lead, *others = _members_of(application)
            self._lead_row, self._rows = _share(lead), [_row(member) for member in others]
        self._draw_rows()

    def read(self) -> dict[str, Any] | None:
        """The fields as ``edit_application`` takes them, members as rows, the lead's first; None: see errors."""
        code, communes = choose_commune(request.form)
        is_lost = code is None and bool(request.form.get("commune_code", "").strip())
        lead = {**_identity(self.application), **self._lead_row}
        rows = [{name: value for name, value in row.items() if value} for row in (lead, *self._rows)]
        inputs: dict[str, Any] | None = self.project.read({"commune_code": code, "members": rows})
        self._show_member_problems(self.project.member_problems)
        if is_lost:
            self.show_communes(communes)
            self.project.commune_code.errors = [
                gettext("Choose one of the communes below.") if communes else problem_sentence("not_a_commune")
            ]
        return None if is_lost else inputs

    def search_commune(self) -> None:
        """Show what the written name may mean; the one commune that it does mean is written out."""
        code, communes = choose_commune(request.form)
        if code:
            self.project.commune_code.data = commune_label(code)
        elif communes:
            self.show_communes(communes)
        else:
            self.project.commune_code.errors = [problem_sentence("not_a_commune")]

    def show_communes(self, communes: Sequence[Any]) -> None:
        self.communes = offered(list(communes))

    def show_service_problems(self, errors: Mapping[str, list[Any]]) -> None:
        """Problems found by the service, at paths such as ``members.2.siret``."""
        for path, problems in errors.items():
            parts = path.split(".")
            if len(parts) == 3 and parts[0] == "members":
                self._show_member_problems({int(parts[1]): {parts[2]: problems}})
            else:
                self.project.show_problems({path: problems})

    def show_recorded(self) -> None:
        """Beside each field that now differs from what is typed, say what is recorded."""
        for name, control in self.project.drawn().items():
            known = ApplicationInput().fields[name]
            recorded = written(getattr(self.application, name), known)
            if name == "commune_code":
                recorded = _commune_of(self.application)
            if recorded != (control.data or ""):
                control.description = gettext("Recorded now: %(value)s", value=recorded or gettext("nothing"))

    def _draw_rows(self) -> None:
        self.lead = _row_form("lead", self._lead_row, SHARE)
        # One empty row always: it is how a member is added without JavaScript.
        rows = [*self._rows, dict.fromkeys(COLUMNS, "")]
        self.members = [_row_form(f"members-{index}", row, COLUMNS) for index, row in enumerate(rows)]

    def _show_member_problems(self, problems: Mapping[Any, Any]) -> None:
        """Row 0 is the lead's; each problem stands beside its control and, as a link, above the form."""
        for index, found in problems.items():
            form = self.lead if index == 0 else self.members[index - 1]
            for name, messages in found.items():
                sentence = problem_sentence(messages[0])
                control = form[name] if name in form else form["name"]
                control.errors = [sentence]
                text = gettext("%(field)s: %(sentence)s", field=field_label(name), sentence=sentence)
                self.project.form_errors.append(Markup('<a href="#{}">{}</a>').format(control.id, escape(text)))


def _row_form(prefix: str, row: Mapping[str, str], names: Sequence[str]) -> Any:
    # No token of its own: the form around the row has one.
    return form_of(MemberInput, only=names)(formdata=None, prefix=f"{prefix}-", data=row, meta={"csrf": False})


def _typed_rows(sent: MultiDict[str, str]) -> list[Row]:
    """The rows in which more than a kind was chosen, without the one that is to be removed."""
    removed = sent.get("remove", "")
    kept = MultiDict((key, value) for key, value in sent.items() if not key.startswith(f"members-{removed}-"))
    rows = read_rows(kept, "members", COLUMNS)
    return [row for row in rows if any(value for name, value in row.items() if name != "kind")]


def _members_of(application: Application) -> list[Member]:
    """The lead first."""
    return sorted(application.members, key=lambda member: member.organisation_id != application.lead_id)


def _identity(application: Application) -> Row:
    lead = application.lead
    return {"name": lead.name, "kind": lead.kind.value, "siret": lead.siret or "", "rna": lead.rna or ""}


def _share(member: Member) -> Row:
    return {name: written(getattr(member, name), MemberInput().fields[name]) for name in SHARE}


def _row(member: Member) -> Row:
    organisation = member.organisation
    identity = {name: written(getattr(organisation, name), MemberInput().fields[name]) for name in IDENTITY}
    return {**identity, **_share(member)}


def _commune_of(application: Application) -> str:
    return commune_label(application.commune_code) if application.commune_code else ""
