"""GET and POST /mes-dossiers/<ref>/copier: copying an earlier file of one's own into this one."""

from collections.abc import Iterable

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from fund.edge.access import SIGNED_IN, access
from fund.edge.requests import current_actor, current_session, writing
from fund.models import Application
from fund.services.copying import ALLIANCE, Copied, copy_file, list_sources
from fund.web.applicant.own import blueprint, own_file, writable_file
from fund.web.applicant.parts import title_of
from fund.web.reading import place_label


@blueprint.get("/mes-dossiers/<reference>/copier")
@access(SIGNED_IN)
def choose_source(reference: str) -> str:
    """Which of one's earlier files."""
    return _page(writable_file(reference))


@blueprint.post("/mes-dossiers/<reference>/copier")
@access(SIGNED_IN)
def copy(reference: str) -> Response | tuple[str, int]:
    """Copy into the parts that are still empty, and say what was copied."""
    application = writable_file(reference)
    chosen = request.form.get("copie", "")
    if not chosen:
        flash(gettext("Choose the file to copy from."), "danger")
        return _page(application), 422
    source = own_file(chosen)
    with writing() as session:
        done = copy_file(session, current_actor(), source, application)
    say_copied(source, application, done)
    return redirect(url_for("applicant.show", reference=application.reference), 303)


def say_copied(source: Application, target: Application, done: Iterable[Copied]) -> None:
    """Say, part by part, what was copied and what not."""
    copied = [_copied(target, part) for part in done if part.copied]
    if copied:
        name = source.title or source.reference
        parts = gettext(", ").join(copied)
        flash(gettext("Copied from “%(name)s”: %(parts)s. Read it over.", name=name, parts=parts), "success")
    else:
        flash(gettext("Nothing could be copied from that file."), "warning")
    written = [title_of(target, part.key) for part in done if part.was_written]
    if written:
        parts = gettext(", ").join(written)
        flash(gettext("Left as they are, because you wrote there already: %(parts)s.", parts=parts), "info")
    left = [place_label(source, f"{part.key}.{name}") for part in done for name in part.left]
    if left:
        fields = gettext(", ").join(left)
        flash(gettext("Not copied, because this call asks for it otherwise: %(fields)s.", fields=fields), "info")


def _copied(target: Application, part: Copied) -> str:
    title, count = title_of(target, part.key), len(part.copied)
    if part.key == ALLIANCE:
        told = ngettext("%(num)s member", "%(num)s members", count)
    elif part.key == "budget":
        return title
    else:
        told = ngettext("%(num)s answer", "%(num)s answers", count)
    return str(gettext("%(part)s (%(count)s)", part=title, count=told))


def _page(application: Application) -> str:
    sources = list_sources(current_session(), current_actor(), application)
    return render_template("applicant/copy.html", application=application, sources=sources)
