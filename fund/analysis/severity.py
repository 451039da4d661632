"""Reviewers' severity, and what a file's score would be had every reviewer of the call read it.

The model, argued in docs/decisions/0010: a score is the file's merit, less its reviewer's severity, plus chance,

    score = merit(file) - severity(reviewer) + error,    severity ~ N(0, tau²),    error ~ N(0, sigma² / weight)

with the merits as fixed unknowns. So severities are learned only from files that several reviewers read, and it is
of no consequence whether one reviewer was handed better files than another. The variances are those of restricted
maximum likelihood (Patterson and Thompson, Biometrika 58, 1971); given them, severities are best linear unbiased
predictions, drawn towards 0 the more, the less is known, and merits are generalised least squares (Henderson's
equations), not drawn anywhere. Errors take the variances as known, as is usual.

Severity is 0 for everybody, and adjusted and raw scores are the same, where

- fewer than ``LEAST_COMPARED`` comparisons between reviewers can be made through shared files (a group linked by
  shared files allows one less than it has reviewers), or
- fewer than ``LEAST_SPARE`` scores are left over, beyond one per file and one per comparison, to tell chance from
  severity, or
- the reviewers differ no more than chance explains (tau is estimated as 0).

Groups of reviewers that share no file cannot be compared: the severities of each group are 0 on average, and what
is unknown of the groups widens the intervals of all files.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.stats import t as student

Floats = NDArray[np.float64]

LEVEL = 0.95
# With less, tau would be guesswork. What is just admitted gains more than it loses: tests/bench/severity.py.
LEAST_COMPARED = 2
LEAST_SPARE = 4
# tau² / sigma², where its likelihood is looked at: below, nothing would be adjusted; above, nothing is shrunk.
RATIOS = np.logspace(-4, 4, 81)
NOTHING = 1e-12  # points²: what rounding leaves where scores do not vary at all


@dataclass(frozen=True, slots=True)
class Score:
    """What one reviewer gave to one file, in points of 0 to 100; a weight of 0.5 counts as half a review."""

    file: Hashable
    reviewer: Hashable
    points: float
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Severity:
    """How many points a reviewer gives less than the mean of the call's reviewers would; negative for generous."""

    points: float
    standard_error: float | None
    """In points. None where severity is 0 for everybody: that is no finding about this reviewer."""
    files: int


@dataclass(frozen=True, slots=True)
class Merit:
    """What the scores of a file say, in points. Rank by `adjusted` as it is; show what `on_scale` makes of it.

    The adjusted score can lie outside 0 to 100 (severe readers and a full score): cut there, files at the end of
    the scale would tie that are not equal.
    """

    raw: float
    """The weighted mean of the scores as given."""
    adjusted: float
    low: float | None
    """With `high`, the 95 % interval of the adjusted score. None where no file was read twice."""
    high: float | None
    reviews: int


@dataclass(frozen=True, slots=True)
class Estimate:
    reviewers: Mapping[Hashable, Severity]
    files: Mapping[Hashable, Merit]
    sigma: float | None
    """Standard deviation of chance in one review, in points; where tau is None or 0, of all that makes reviewers
    differ on one file. None where no file was read twice."""
    tau: float | None
    """Standard deviation of the severities, in points; 0 where they differ no more than by chance. None where data
    are too few to tell."""
    groups: int
    """In how many groups the reviewers fall that share no file with one another. 1 is what one wants."""


def on_scale(points: float) -> float:
    """The same, kept within 0 to 100, for showing."""
    return min(max(points, 0.0), 100.0)


def estimate_severity(scores: Iterable[Score]) -> Estimate:
    """Severities and adjusted scores of one call, in one pass of linear algebra over its reviewers.

    Files and reviewers come in the order of their first score. Without any score the estimate is empty.

    :raises ValueError: a reviewer scored one file twice, points are not finite, or a weight is not positive.
    """
    given = list(scores)
    _refuse_nonsense(given)
    if not given:
        return Estimate(reviewers={}, files={}, sigma=None, tau=None, groups=0)
    design = _arrange(given)
    spread = _separate(design)
    return Estimate(
        reviewers=_describe_reviewers(design, spread),
        files=_describe_files(design, spread),
        sigma=None if spread.error is None else float(np.sqrt(spread.error)),
        tau=None if spread.ratio is None or spread.error is None else float(np.sqrt(spread.ratio * spread.error)),
        groups=int(np.sum(~design.compared)),
    )


def _refuse_nonsense(scores: Sequence[Score]) -> None:
    if len({(score.file, score.reviewer) for score in scores}) < len(scores):
        raise ValueError("a reviewer scored one file twice")
    if not np.isfinite([score.points for score in scores]).all():
        raise ValueError("points are not a finite number")
    if not all(0 < score.weight < np.inf for score in scores):
        raise ValueError("a weight is not a positive number")


@dataclass(frozen=True, slots=True)
class _Design:
    """Who read what, and what is left for the reviewers once each file has its own mean."""

    files: Mapping[Hashable, int]
    reviewers: Mapping[Hashable, int]
    shares: Floats
    """Per file and reviewer, the reviewer's part in the weight of the file; each line sums up to 1."""
    weights: Floats
    """Per file."""
    read: NDArray[np.bool_]
    """Per file and reviewer, whether there is a review."""
    raw: Floats
    """Per file, the weighted mean."""
    spare: int
    """Scores beyond the first of each file."""
    squares: float
    """Weighted squares of the scores around the means of their files."""
    levels: Floats
    """How firmly each independent comparison of reviewers is known (eigenvalues of the reviewers' Laplacian)."""
    axes: Floats
    """The comparisons, as columns over reviewers; those with level 0 are the groups, which nothing compares."""
    compared: NDArray[np.bool_]
    """Which comparisons the files allow."""
    moments: Floats
    """Per comparison, the severity seen in the scores, times its level."""


def _arrange(scores: Sequence[Score]) -> _Design:
    files = {file: place for place, file in enumerate(dict.fromkeys(score.file for score in scores))}
    reviewers = {who: place for place, who in enumerate(dict.fromkeys(score.reviewer for score in scores))}
    rows = np.array([files[score.file] for score in scores])
    columns = np.array([reviewers[score.reviewer] for score in scores])
    points = np.array([score.points for score in scores], dtype=np.float64)
    weights = np.zeros((len(files), len(reviewers)))
    weights[rows, columns] = [score.weight for score in scores]
    totals = weights.sum(axis=1)
    shares = weights / totals[:, np.newaxis]
    table = np.zeros_like(weights)
    table[rows, columns] = points
    raw = (shares * table).sum(axis=1)
    short = weights * (raw[:, np.newaxis] - table)  # a severe reviewer stays below the mean of the file
    laplacian = np.diag(weights.sum(axis=0)) - shares.T @ weights
    levels, axes = np.linalg.eigh(laplacian)
    compared = levels > 1e-9 * max(levels[-1], weights.max())
    return _Design(
        files=files,
        reviewers=reviewers,
        shares=shares,
        weights=totals,
        read=weights > 0,
        raw=raw,
        spare=len(scores) - len(files),
        squares=float(np.sum(short * (raw[:, np.newaxis] - table))),
        levels=levels,
        axes=axes,
        compared=compared,
        moments=np.where(compared, axes.T @ short.sum(axis=0), 0),
    )


@dataclass(frozen=True, slots=True)
class _Spread:
    """The variances: of chance (None where no file was read twice), and of severities in units of it."""

    error: float | None
    ratio: float | None
    freedom: int


def _separate(design: _Design) -> _Spread:
    """Tell severity from chance by restricted likelihood, which needs the comparisons and what they leave over.

    Along a comparison of level l, the sum of squares is chance with variance sigma² + l tau²; what no comparison
    explains is chance with variance sigma². The means of files, being fixed, have no part in either.
    """
    if not design.spare:
        return _Spread(error=None, ratio=None, freedom=0)
    levels, moments = design.levels[design.compared], design.moments[design.compared]
    seen = moments**2 / levels
    rest = max(design.squares - float(seen.sum()), 0.0)
    left = design.spare - len(levels)

    def error(ratio: float) -> float:
        return (rest + float(np.sum(seen / (1 + ratio * levels)))) / design.spare

    def unlikelihood(ratio: float) -> float:
        return design.spare * float(np.log(error(ratio))) + float(np.sum(np.log1p(ratio * levels)))

    if len(levels) < LEAST_COMPARED or left < LEAST_SPARE:
        return _Spread(error=error(0), ratio=None, freedom=design.spare)
    if error(0) <= NOTHING:
        return _Spread(error=0.0, ratio=0.0, freedom=left)
    near = int(np.argmin([unlikelihood(ratio) for ratio in RATIOS]))
    found = minimize_scalar(
        lambda power: unlikelihood(10**power),
        bounds=tuple(np.log10(RATIOS[[max(near - 1, 0), min(near + 1, len(RATIOS) - 1)]])),
        method="bounded",
    )
    ratio = 10 ** float(found.x) if found.fun < unlikelihood(0) else 0.0
    return _Spread(error=error(ratio), ratio=ratio, freedom=left)


def _severities(design: _Design, spread: _Spread) -> Floats:
    """Best linear unbiased predictions: along each comparison, what was seen, shrunk by how little is known."""
    ratio = spread.ratio or 0.0
    return design.axes @ (design.moments * ratio / (1 + ratio * design.levels))


def _unknown(design: _Design, spread: _Spread, mixes: Floats) -> Floats:
    """Error variance of mixes of severities (one per line), against the mean of all reviewers of the call."""
    if spread.ratio is None or spread.error is None:
        return np.zeros(len(mixes))
    along = (mixes - 1 / len(design.reviewers)) @ design.axes
    return along**2 @ (spread.error * spread.ratio / (1 + spread.ratio * design.levels))


def _describe_reviewers(design: _Design, spread: _Spread) -> dict[Hashable, Severity]:
    points = _severities(design, spread)
    errors = np.sqrt(_unknown(design, spread, np.eye(len(design.reviewers))))
    counts = design.read.sum(axis=0)
    return {
        who: Severity(
            points=float(points[place]),
            standard_error=float(errors[place]) if spread.ratio else None,
            files=int(counts[place]),
        )
        for who, place in design.reviewers.items()
    }


def _describe_files(design: _Design, spread: _Spread) -> dict[Hashable, Merit]:
    adjusted = design.raw + design.shares @ _severities(design, spread)
    counts = design.read.sum(axis=1)
    margins: Floats | None = None
    if spread.error is not None:
        reach = float(student.ppf((1 + LEVEL) / 2, spread.freedom))
        margins = reach * np.sqrt(spread.error / design.weights + _unknown(design, spread, design.shares))
    return {
        file: Merit(
            raw=float(design.raw[place]),
            adjusted=float(adjusted[place]),
            low=None if margins is None else float(adjusted[place] - margins[place]),
            high=None if margins is None else float(adjusted[place] + margins[place]),
            reviews=int(counts[place]),
        )
        for file, place in design.files.items()
    }
