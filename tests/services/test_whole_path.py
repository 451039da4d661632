"""One file from an open call to a closed report, through the services, and the journal of it all."""

from sqlalchemy.orm import Session

from fund.services import journal
from tests.scenario import World
from workflows.application import ApplicationState
from workflows.award import AwardState


def test_an_alliance_goes_from_draft_to_reported_and_the_journal_verifies(session: Session, world: World) -> None:
    application = world.reported(session)
    session.commit()
    assert application.state is ApplicationState.REPORTED
    assert application.award is not None
    assert application.award.state is AwardState.CLOSED
    result = journal.verify(session)
    assert result.broken == []
    assert (
        result.chains == 11
    )  # call, application, 2 reviews, session, award, agreement, bank account, 2 tranches, report
    assert result.events > 40
