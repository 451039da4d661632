"""What a portfolio says, in sentences for a committee: which constraint costs what, and what would change it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext, ngettext

from fund.analysis.portfolio import ClashCode, Dimension, LimitKind
from fund.edge.formats import money, number
from fund.edge.i18n import current_language
from fund.models import Application
from fund.services.portfolios import Wanted
from fund.web.simulation.constraints import value_label

Facts = Mapping[str, Any]
Name = Callable[[str], str]
"""From a file's reference to what people call it."""


def points_words(value: float) -> str:
    """« 1,4 point », « 3 points »: French counts in the plural from two on, English everything but one."""
    shown = Decimal(f"{value:.2f}").normalize()
    is_one = abs(shown) < 2 if current_language() == "fr" else shown == 1
    return str(ngettext("%(points)s point", "%(points)s points", 1 if is_one else 2, points=number(shown)))


def limit_words(limit: Facts, name: Name, decided: Iterable[str], minimum: Decimal | None) -> str:
    """« le plancher de 30 000,00 € pour Occitanie », to stand within a sentence."""
    match LimitKind(limit["kind"]):
        case LimitKind.ENVELOPE:
            return str(gettext("the limit of the envelope"))
        case LimitKind.FLOOR:
            told = _bound_words(limit["bound"], "floor")
            return str(gettext("the floor of %(amount)s for %(what)s", **told))
        case LimitKind.CEILING:
            return str(
                gettext("the ceiling of %(amount)s for %(what)s", **_bound_words(limit["bound"], "ceiling"))
            )
        case LimitKind.MINIMUM_SCORE:
            return str(
                gettext("the minimum score of %(score)s", score="—" if minimum is None else number(minimum))
            )
        case LimitKind.FIXED_OUT:
            return str(gettext("the choice to leave out %(file)s", file=name(limit["key"])))
        case LimitKind.FIXED_IN if limit["key"] in decided:
            return str(gettext("the decision already taken on %(file)s", file=name(limit["key"])))
        case LimitKind.FIXED_IN:
            return str(gettext("the choice to keep %(file)s", file=name(limit["key"])))


def binding_sentences(result: Facts, wanted: Wanted, name: Name) -> list[str]:
    """What each constraint that binds costs, the dearest first."""
    decided = decided_files(result)
    found = sorted(result["binding"], key=lambda line: -line["gain"])
    return [
        gettext(
            "Without %(limit)s, the sum of scores would gain %(points)s.",
            limit=limit_words(line, name, decided, wanted.minimum_score),
            points=points_words(line["gain"]),
        )
        for line in found
    ]


def next_sentence(result: Facts, name: Name) -> str | None:
    """What a little more money would change; None where that is not known."""
    more = result["next"]
    if more is None:
        return str(gettext("More money would change nothing.")) if result["complete"] else None
    told = {
        "extra": money(Decimal(more["extra"])),
        "coming": joined(map(name, more["comes_in"])),
        "points": points_words(more["gain"]),
    }
    if not more["goes_out"]:
        return str(
            ngettext(
                "With %(extra)s more, %(coming)s would come in. The sum of scores would gain %(points)s.",
                "With %(extra)s more, %(coming)s would come in together. The sum of scores would gain %(points)s.",
                len(more["comes_in"]),
                **told,
            )
        )
    return str(
        gettext(
            "With %(extra)s more, %(coming)s would come in and %(going)s would go out. The sum of scores would "
            "gain %(points)s.",
            going=joined(map(name, more["goes_out"])),
            **told,
        )
    )


def flip_words(points: float | None, *, is_chosen: bool) -> str:
    """How far the score of one file is from changing its fate."""
    if points is None:
        return str(gettext("no score would change this"))
    if is_chosen:
        return str(gettext("stays in as long as it loses no more than %(points)s", points=points_words(points)))
    if points == 0:
        return str(gettext("level with the chosen: the slightest gain brings it in"))
    return str(gettext("%(points)s short of coming in", points=points_words(points)))


def clash_sentence(result: Facts, wanted: Wanted, name: Name) -> str:
    """Why there is no portfolio, and what to change."""
    clash, decided = result["clash"], decided_files(result)
    limits = [limit_words(limit, name, decided, wanted.minimum_score) for limit in clash["limits"]]
    amount = money(Decimal(clash["amount"])) if clash["amount"] is not None else ""
    match ClashCode(clash["code"]):
        case ClashCode.FIXED_BOTH_WAYS:
            return str(gettext("The same file is kept and left out. Choose one of the two."))
        case ClashCode.FIXED_BEYOND_ENVELOPE:
            return str(
                gettext(
                    "The files kept or decided cost %(amount)s more than the amount to share out. Keep fewer of "
                    "them, or share out more.",
                    amount=amount,
                )
            )
        case ClashCode.FIXED_BEYOND_CEILING:
            return str(
                gettext(
                    "The files kept or decided go %(amount)s beyond %(limit)s. Raise it, or keep fewer of them.",
                    amount=amount,
                    limit=limits[0],
                )
            )
        case ClashCode.FLOOR_OUT_OF_REACH:
            return str(
                gettext(
                    "Nothing can satisfy %(limit)s: the files that may be chosen come to %(amount)s. Lower it.",
                    limit=limits[0],
                    amount=amount,
                )
            )
        case ClashCode.LIMITS_CLASH:
            return str(
                gettext(
                    "These constraints exclude each other: %(limits)s. Loosen any one of them.",
                    limits=joined(limits),
                )
            )


def wanted_sentences(wanted: Wanted, name: Name) -> list[str]:
    """The constraints of a simulation, for those who only read it."""
    found = []
    if wanted.envelope is not None:
        found.append(gettext("%(amount)s to share out at most", amount=money(wanted.envelope)))
    if wanted.minimum_score is not None:
        found.append(gettext("a score of %(score)s at least", score=number(wanted.minimum_score.normalize())))
    for bound in wanted.bounds:
        what = value_label(bound.dimension, bound.value)
        if bound.floor is not None:
            found.append(gettext("%(amount)s at least for %(what)s", amount=money(bound.floor), what=what))
        if bound.ceiling is not None:
            found.append(gettext("%(amount)s at most for %(what)s", amount=money(bound.ceiling), what=what))
    if wanted.fixed_in:
        found.append(gettext("kept: %(files)s", files=joined(map(name, sorted(wanted.fixed_in)))))
    if wanted.fixed_out:
        found.append(gettext("left out: %(files)s", files=joined(map(name, sorted(wanted.fixed_out)))))
    return found


def file_name(application: Application) -> str:
    return str(gettext("“%(title)s” (%(reference)s)", title=application.title, reference=application.reference))


def decided_files(result: Facts) -> list[str]:
    return [reference for reference, facts in result["files"].items() if facts["decided"]]


def joined(texts: Iterable[str]) -> str:
    """« a, b et c »."""
    found: Sequence[str] = list(texts)
    if len(found) < 2:
        return "".join(found)
    return str(gettext("%(first)s and %(last)s", first=gettext(", ").join(found[:-1]), last=found[-1]))


def _bound_words(bound: Facts, side: str) -> dict[str, str]:
    return {
        "amount": money(Decimal(bound[side])),
        "what": value_label(Dimension(bound["dimension"]), bound["value"]),
    }
