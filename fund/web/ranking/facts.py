"""From what the services found to the facts of pictures and tables, in the reader's language.

Places, scores and bounds are kept within 0 to 100 where people read them; the order of the files is made before.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from config.territories import territory_label
from config.vocabularies import levers, sdgs
from fund.analysis.severity import on_scale
from fund.documents.charts import facts
from fund.documents.tables import Column, Kind, Table, Value
from fund.edge.formats import number
from fund.edge.i18n import current_language
from fund.edge.labels import label
from fund.models import Call, Discussion
from fund.services.assessment import Agreement, Assessment, Reader, Verdict
from fund.services.coverage import CoverageLine, Dimension, Total
from fund.services.ranking import RankedFile, Ranking
from workflows.review import ReviewState

VERDICTS: Mapping[Verdict, Any] = {
    Verdict.RELIABLE: _l("Reliable: alpha is 0.800 or more, so the scores can be relied on."),
    Verdict.TENTATIVE: _l(
        "Tentative: alpha lies between 0.667 and 0.800. The scores allow cautious conclusions; discuss the files "
        "on which the reviewers lie apart."
    ),
    Verdict.UNRELIABLE: _l(
        "Not reliable: alpha is below 0.667. The scores alone do not carry a decision: read the comments, and "
        "discuss the files on which the reviewers lie apart."
    ),
    Verdict.UNKNOWN: _l("Cannot be told yet: no file was read twice, or all the scores are the same."),
}
DIMENSIONS: Mapping[Dimension, tuple[Any, Any, Any]] = {
    Dimension.TERRITORY: (_l("By département"), _l("Département"), _l("Commune not known")),
    Dimension.SDG: (_l("By goal (SDG)"), _l("Goal"), _l("No goal named")),
    Dimension.LEVER: (_l("By lever"), _l("Lever"), _l("No lever named")),
}


def ranking_facts(ranking: Ranking) -> facts.Ranking:
    """For the picture: a file that is ranked by an agreed score says so before its title."""
    return facts.Ranking(
        title=gettext("Ranking of the files"),
        files=tuple(_file(file) for file in ranking.files),
        minimum=None if ranking.minimum is None else float(ranking.minimum),
    )


def _file(file: RankedFile) -> facts.RankedFile:
    application, score = file.application, file.score
    title = application.title or application.reference
    if score is None:
        return facts.RankedFile(application.reference, title, (), None, None, None, None)
    if score.agreed is not None:
        title = gettext(
            "[consensus %(score)s] %(title)s", score=number(Decimal(str(score.agreed)).normalize()), title=title
        )
    return facts.RankedFile(
        reference=application.reference,
        title=title,
        scores=file.scores,
        mean=score.raw,
        adjusted=on_scale(score.adjusted),
        low=_held(score.low),
        high=_held(score.high),
    )


def ranking_table(ranking: Ranking) -> Table:
    """Every figure of the ranking, with the mean mark on each criterion, for a spreadsheet."""
    locale = current_language()
    columns = [
        Column(gettext("Rank"), Kind.COUNT),
        Column(gettext("Reference")),
        Column(gettext("File")),
        Column(gettext("State")),
        Column(gettext("Reviews"), Kind.COUNT),
        Column(gettext("Raw mean"), Kind.POINTS),
        Column(gettext("Adjusted score"), Kind.POINTS),
        Column(gettext("Lower bound (95%)"), Kind.POINTS),
        Column(gettext("Upper bound (95%)"), Kind.POINTS),
        Column(gettext("Agreed score"), Kind.POINTS),
        Column(gettext("Ranked by"), Kind.POINTS),
        Column(gettext("Lowest review"), Kind.POINTS),
        Column(gettext("Highest review"), Kind.POINTS),
        Column(gettext("To be known")),
    ]
    columns += [
        Column(
            gettext("%(criterion)s (mean mark, of %(most)s)", criterion=c.label(locale), most=c.scale_max),
            Kind.POINTS,
        )
        for c in ranking.criteria
    ]
    rows = [_ranking_row(place, file, ranking) for place, file in enumerate(ranking.files, 1)]
    return Table(gettext("Ranking of the files"), tuple(columns), tuple(rows))


def _ranking_row(place: int, file: RankedFile, ranking: Ranking) -> tuple[Value, ...]:
    score, application = file.score, file.application
    figures: tuple[Value, ...] = (None,) * 6
    if score is not None:
        figures = (score.raw, on_scale(score.adjusted), _held(score.low), _held(score.high))
        figures += (score.agreed, score.shown)
    return (
        *(place if score is not None else None, application.reference, application.title),
        *(label(application.state), len(file.scores), *figures),
        *(file.scores[0] if file.scores else None, file.scores[-1] if file.scores else None),
        "; ".join(remarks_on(file)),
        *(file.means.get(criterion.id) for criterion in ranking.criteria),
    )


def remarks_on(file: RankedFile) -> list[str]:
    """What is to be known of a file beside its score."""
    found: list[str] = []
    if file.diverges:
        found.append(gettext("reviews far apart"))
    names = [criterion.label(current_language()) for criterion in file.below]
    if names:
        found.append(gettext("below the threshold: %(criteria)s", criteria=", ".join(names)))
    if file.discussion is not None:
        found.append(discussion_words(file.discussion))
    return found


def discussion_words(discussion: Discussion) -> str:
    if discussion.outcome is None:
        return str(gettext("discussion open"))
    if discussion.score is not None:
        return str(gettext("consensus %(score)s", score=number(discussion.score.normalize())))
    return str(gettext("discussed: %(outcome)s", outcome=label(discussion.outcome)))


def severity_facts(assessment: Assessment) -> facts.Severities:
    """Severity counts what a reviewer gives less; the picture shows what she gives more: signs and bounds turn."""
    return facts.Severities(
        title=gettext("Severity of the reviewers"),
        reviewers=tuple(
            facts.ReviewerSeverity(
                reviewer=reader_name(one.reader),
                effect=-one.points,
                low=None if one.high is None else -one.high,
                high=None if one.low is None else -one.low,
                reviews=one.files,
            )
            for one in assessment.severities
        ),
    )


def progress_facts(assessment: Assessment) -> facts.Progress:
    return facts.Progress(
        title=gettext("Progress of the reviews"),
        reviewers=tuple(
            facts.ReviewerProgress(
                reviewer=reader_name(one.reader),
                assigned=one.counts.get(ReviewState.ASSIGNED, 0),
                accepted=one.counts.get(ReviewState.ACCEPTED, 0),
                submitted=one.counts.get(ReviewState.SUBMITTED, 0),
                declined=one.counts.get(ReviewState.DECLINED, 0),
                recused=one.counts.get(ReviewState.RECUSED, 0),
            )
            for one in assessment.progress
        ),
    )


def reader_name(reader: Reader) -> str:
    return reader.name or gettext("Reviewer %(letter)s", letter=reader.code)


def agreement_table(assessment: Assessment) -> Table:
    columns = (
        Column(gettext("What is compared")),
        Column(gettext("Alpha"), Kind.COEFFICIENT),
        Column(gettext("Lower bound (95%)"), Kind.COEFFICIENT),
        Column(gettext("Upper bound (95%)"), Kind.COEFFICIENT),
        Column(gettext("Files read twice or more"), Kind.COUNT),
    )
    rows = [_agreement_row(gettext("Scores out of 100"), assessment.overall)]
    rows += [_agreement_row(c.label(current_language()), found) for c, found in assessment.by_criterion]
    return Table(gettext("Agreement between reviewers"), columns, tuple(rows))


def _agreement_row(name: str, found: Agreement) -> tuple[Value, ...]:
    return (name, found.alpha, found.low, found.high, found.files)


def coverage_facts(kind: Dimension, lines: tuple[CoverageLine, ...]) -> facts.Coverage:
    title, dimension, nothing = DIMENSIONS[kind]
    return facts.Coverage(
        title=str(title),
        dimension=str(dimension),
        lines=tuple(
            facts.CoverageLine(
                label=_code_name(kind, line.code) if line.code else str(nothing),
                asked=_amount(line.asked),
                proposed=_amount(line.proposed),
                awarded=_amount(line.awarded),
            )
            for line in lines
        ),
    )


def document_title(call: Call) -> str:
    return f"{call.title(current_language())} – {call.reference}"


def groups_sentence(assessment: Assessment) -> str:
    """What has to be said of reviewers whom no shared file compares; nothing where all can be compared."""
    if assessment.groups < 2:
        return ""
    return str(
        gettext(
            "The reviewers fall into %(count)s groups that share no file with one another: between groups, scores "
            "cannot be compared, and the intervals are wider for it.",
            count=assessment.groups,
        )
    )


def _code_name(kind: Dimension, code: str) -> str:
    match kind:
        case Dimension.TERRITORY:
            return territory_label(code)
        case Dimension.SDG:
            return f"{code}. {sdgs()[code].of(current_language())}"
        case Dimension.LEVER:
            return f"{code}. {levers()[code].of(current_language())}"


def _amount(total: Total) -> facts.Amount:
    return facts.Amount(total.files, total.euros)


def _held(points: float | None) -> float | None:
    return None if points is None else on_scale(points)
