"""What the fund publishes of the awards that it, or a funder of imported history, signed."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from fund.models import Award, Call
from fund.models.award import SIGNED_STATES

BATCH = 500


def signed_awards(session: Session) -> Iterator[Award]:
    """Every award whose agreement stands, the oldest first, with all that a published row tells.

    Reads by stream, so that memory does not grow with the number of awards.
    """
    query = (
        select(Award)
        .where(Award.state.in_(SIGNED_STATES), Award.signed_on.is_not(None))
        .options(
            joinedload(Award.beneficiary),
            joinedload(Award.call).joinedload(Call.funder),
            selectinload(Award.disbursements),
        )
        .order_by(Award.signed_on, Award.id)
    )
    yield from session.scalars(query, execution_options={"yield_per": BATCH})
