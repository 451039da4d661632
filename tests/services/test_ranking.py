"""The ranking of a call: figures by hand, who sees which, and what an agreed score does."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial

import pytest
from sqlalchemy.orm import Session

from fund.analysis.agreement import Metric, Rating, krippendorff_alpha
from fund.errors import NotFound
from fund.models import Application, Call, Discussion, DiscussionOutcome, Interest, InterestKind, Person
from fund.models.base import utc_now
from fund.services import committee
from fund.services.assessment import Verdict, assess_reviewers, letters_of
from fund.services.coverage import Dimension, Total, cover_call
from fund.services.ranking import Ranking, adjusted_scores, rank_call
from fund.services.steps import take_step
from tests.scenario import World
from tests.services.readings import read_file
from tests.web.counting import count_statements
from workflows.voting import Outcome


def call_of(session: Session, world: World) -> Call:
    return session.get_one(Call, world.call_id)


def ranked(session: Session, world: World, name: str = "officer") -> Ranking:
    return rank_call(session, world[name], call_of(session, world))


def titles(ranking: Ranking) -> list[str]:
    return [file.application.title for file in ranking.files]


def agree_on(session: Session, world: World, application: Application, score: int | None) -> None:
    """A round that is over."""
    application.discussions.append(
        Discussion(
            opened_by_id=world.people["officer"],
            closed_at=utc_now(),
            outcome=DiscussionOutcome.CONSENSUS if score is not None else DiscussionOutcome.DISSENT,
            report="Un rapport.",
            score=score,
        )
    )
    session.flush()


def test_the_figures_of_one_file_by_hand(session: Session, world: World) -> None:
    # Weights 60 and 40, marks of 5: 100 × (0.6 × 4/5 + 0.4 × 5/5) = 88, and 100 × (0.6 × 2/5 + 0.4 × 3/5) = 48.
    application = read_file(session, world, {"reviewer": (4, 5), "reviewer2": (2, 3)})
    first, second = call_of(session, world).criteria
    first.threshold = 3
    (file,) = ranked(session, world).files
    assert file.score is not None
    assert file.application is application
    assert file.scores == (48.0, 88.0)
    assert (file.score.raw, file.score.adjusted, file.score.reviews) == (68.0, 68.0, 2)
    assert file.spread == 40
    assert file.means == {first.id: 3.0, second.id: 4.0}
    assert file.below == (first,)
    assert file.diverges
    assert file.awaits_discussion
    # One degree of freedom: sigma² = (20² + 20²) / 1; 12.7062 × √(800 / 2) on either side.
    assert file.score.low == pytest.approx(68 - 12.7062 * 20, abs=0.01)
    assert file.score.high == pytest.approx(68 + 12.7062 * 20, abs=0.01)


def test_reviews_diverge_from_the_gap_that_the_call_names_on(session: Session, world: World) -> None:
    read_file(session, world, {"reviewer": (5, 5), "reviewer2": (4, 4)})
    call = call_of(session, world)
    for gap, diverges in ((Decimal("20.00"), True), (Decimal("20.01"), False)):
        call.definition = {**call.definition, "scoring": {"divergence": str(gap)}}
        session.flush()
        assert ranked(session, world).files[0].diverges is diverges


def test_one_review_alone_has_no_spread_and_no_interval(session: Session, world: World) -> None:
    read_file(session, world, {"reviewer": (3, 3), "reviewer2": None})
    (file,) = ranked(session, world).files
    assert file.score is not None
    assert (file.scores, file.spread, file.diverges) == ((60.0,), None, False)
    assert (file.score.raw, file.score.low, file.score.high) == (60.0, None, None)


def test_a_severe_reviewer_costs_nobody_his_place(session: Session, world: World) -> None:
    """The third reviewer gives 20 points less than the others: who fell to her is not worth less for it."""
    for number in range(5):
        read_file(
            session, world, {"reviewer": (4, 4), "reviewer2": (4, 4), "reviewer3": (3, 3)}, title=f"Lu {number}"
        )
    read_file(session, world, {"reviewer": (4, 4), "reviewer2": (4, 4)}, title="Lu par les autres")
    read_file(session, world, {"reviewer2": (4, 4), "reviewer3": (3, 3)}, title="Lu par la sévère")
    found = {file.application.title: file.score for file in ranked(session, world).files}
    gentle, severe = found["Lu par les autres"], found["Lu par la sévère"]
    assert gentle is not None
    assert severe is not None
    assert gentle.raw - severe.raw == 10
    assert gentle.adjusted == pytest.approx(severe.adjusted, abs=0.5)
    assessment = assess_reviewers(session, world["officer"], call_of(session, world))
    assert assessment.severities[0].reader.name == "Reviewer3"
    assert assessment.severities[0].points > 10
    assert assessment.groups == 1


def test_an_agreed_score_is_what_the_file_is_ranked_by(session: Session, world: World) -> None:
    read_file(session, world, {"reviewer": (4, 4), "reviewer2": (4, 4)}, title="Sûr")
    split = read_file(session, world, {"reviewer": (5, 5), "reviewer2": (1, 1)}, title="Discuté")
    assert titles(ranked(session, world)) == ["Sûr", "Discuté"]
    agree_on(session, world, split, 91)
    ranking = ranked(session, world)
    assert titles(ranking) == ["Discuté", "Sûr"]
    score = ranking.files[0].score
    assert score is not None
    assert (score.raw, score.agreed, score.standing, score.shown) == (60.0, 91.0, 91.0, 91.0)
    assert not ranking.files[0].awaits_discussion
    assert adjusted_scores(session, world.call_id)[split.id] == score
    # A later round without a score takes the earlier one back.
    agree_on(session, world, split, None)
    assert titles(ranked(session, world)) == ["Sûr", "Discuté"]


def test_who_is_kept_off_a_file_does_not_meet_it_and_its_reviews_still_count(
    session: Session, world: World
) -> None:
    hidden = read_file(session, world, {"reviewer": (5, 5), "reviewer2": (1, 1)}, title="Caché")
    read_file(session, world, {"reviewer": (4, 4), "reviewer2": (3, 3)}, title="Ouvert")
    before = assess_reviewers(session, world["officer"], call_of(session, world))
    session.add(
        Interest(
            application_id=hidden.id,
            person_id=world.people["officer"],
            kind=InterestKind.DECLARED,
            detail="Une parente y travaille.",
        )
    )
    session.flush()
    assert titles(ranked(session, world)) == ["Ouvert"]
    assert titles(ranked(session, world, "auditor")) == ["Ouvert", "Caché"]
    after = assess_reviewers(session, world["officer"], call_of(session, world))
    assert after.overall == before.overall
    assert sum(sum(one.counts.values()) for one in after.progress) == 2
    covered = cover_call(session, world["officer"], call_of(session, world))
    assert covered[Dimension.TERRITORY][0].asked.files == 1


def test_the_committee_sees_the_files_of_its_agenda_and_letters_for_reviewers(
    session: Session, world: World
) -> None:
    on_agenda = world.before_committee(session, title="À l’ordre du jour")
    read_file(session, world, {"reviewer": (5, 5), "reviewer2": (4, 4)}, title="Ailleurs")
    assert titles(ranked(session, world, "member")) == [on_agenda.title]
    assessment = assess_reviewers(session, world["member"], call_of(session, world))
    readers = [one.reader for one in assessment.severities] + [one.reader for one in assessment.progress]
    assert {reader.name for reader in readers} == {None}
    assert {one.reader.code for one in assessment.progress} == {"A", "B"}
    seen_by_officer = assess_reviewers(session, world["officer"], call_of(session, world))
    assert {one.reader.name for one in seen_by_officer.severities} == {"Reviewer", "Reviewer2"}


def test_an_author_on_the_committee_does_not_see_what_is_said_of_her_file(session: Session, world: World) -> None:
    application = world.before_committee(session)
    application.collaborators[0].person_id = world.people["member"]
    session.flush()
    assert ranked(session, world, "member").files == ()


@pytest.mark.parametrize("name", ["applicant", "reviewer", "partner"])
@pytest.mark.parametrize("ask", [rank_call, assess_reviewers, cover_call])
def test_nobody_else_reads_the_scores(
    session: Session, world: World, name: str, ask: Callable[..., object]
) -> None:
    read_file(session, world, {"reviewer": (5, 5), "reviewer2": (4, 4)})
    with pytest.raises(NotFound):
        ask(session, world[name], call_of(session, world))


def test_a_call_without_files_is_empty(session: Session, world: World) -> None:
    assert ranked(session, world).files == ()
    assert adjusted_scores(session, world.call_id) == {}
    assessment = assess_reviewers(session, world["officer"], call_of(session, world))
    assert assessment.overall.verdict is Verdict.UNKNOWN
    assert (assessment.severities, assessment.progress, assessment.groups) == ((), (), 0)
    assert set(cover_call(session, world["officer"], call_of(session, world)).values()) == {()}


def test_files_without_a_score_come_last_and_those_taken_back_not_at_all(session: Session, world: World) -> None:
    read_file(session, world, {"reviewer": None, "reviewer2": None}, title="Pas encore lu")
    read_file(session, world, {"reviewer": (0, 0), "reviewer2": (0, 0)}, title="Lu")
    gone = read_file(session, world, {"reviewer": (5, 5), "reviewer2": (5, 5)}, title="Retiré")
    take_step(session, world["applicant"], gone, "withdraw", inputs={"reason": "Le projet change."})
    assert titles(ranked(session, world)) == ["Lu", "Pas encore lu"]


def test_alpha_of_full_agreement_and_of_its_absence(session: Session, world: World) -> None:
    for value in (1, 3, 5):
        read_file(session, world, {"reviewer": (value, 5), "reviewer2": (value, 5 - value)})
    ordinal = krippendorff_alpha(
        [Rating(value, who, mark) for value in (1, 3, 5) for who, mark in (("a", 5), ("b", 5 - value))],
        metric=Metric.ORDINAL,
    )
    found = assess_reviewers(session, world["officer"], call_of(session, world))
    first, second = found.by_criterion
    assert first[1].alpha == 1
    assert first[1].verdict is Verdict.RELIABLE
    assert second[1].alpha is not None
    assert ordinal is not None
    assert second[1].alpha == pytest.approx(ordinal)
    assert ordinal < 0
    assert second[1].verdict is Verdict.UNRELIABLE
    assert (found.overall.files, found.overall.is_rough) == (3, True)


def test_coverage_counts_euros_asked_proposed_and_awarded(session: Session, world: World) -> None:
    world.funded(session, amount=Decimal(15_000))
    pending = world.reviewed(session, commune_code="09122")
    sitting = world.sitting(session)
    committee.put_on_agenda(session, world["officer"], sitting, pending)
    committee.propose(session, world["officer"], pending.items[-1], outcome=Outcome.FUNDED, amount=Decimal(12_000))
    waiting = world.reviewed(session, commune_code="09122")
    committee.put_on_agenda(session, world["officer"], sitting, waiting)
    committee.propose(
        session, world["officer"], waiting.items[-1], outcome=Outcome.WAITLISTED, amount=Decimal(9_000)
    )
    covered = cover_call(session, world["officer"], call_of(session, world))
    lines = {line.code: line for line in covered[Dimension.TERRITORY]}
    asked = Total(1, Decimal(20_000))
    assert (lines["dep:31"].asked, lines["dep:31"].awarded) == (asked, Total(1, Decimal(15_000)))
    assert lines["dep:31"].proposed == Total()
    assert lines["dep:09"].asked == Total(2, Decimal(40_000))
    # A place on the waiting list is not money proposed.
    assert lines["dep:09"].proposed == Total(1, Decimal(12_000))
    assert [line.code for line in covered[Dimension.SDG]] == [""]


@pytest.mark.parametrize("ask", [rank_call, assess_reviewers, cover_call])
def test_no_more_statements_for_more_files(session: Session, world: World, ask: Callable[..., object]) -> None:
    counted = []
    for wanted in (2, 5):
        while len(ranked(session, world).files) < wanted:
            read_file(session, world, {"reviewer": (5, 5), "reviewer2": (4, 3)})
        session.commit()
        session.expunge_all()
        call, actor = call_of(session, world), session.get_one(Person, world.people["officer"]).as_actor()
        counted.append(count_statements(partial(ask, session, actor, call)))
    assert counted[0] == counted[1]


def test_letters_go_on_after_z() -> None:
    assert [letters_of(place) for place in (0, 25, 26, 51, 52, 702)] == ["A", "Z", "AA", "AZ", "BA", "AAA"]
