"""What the committee's room writes: proposals, counts, votes, notes."""

from fund.forms.fields import Choice, Input, Money, Text, Whole, YesNo
from fund.schemas.steps import REASON_LENGTH
from workflows.voting import Choice as Vote
from workflows.voting import Method, Outcome

NOTES_LENGTH = 20_000
COUNT_MAXIMUM = 1_000


class ProposalInput(Input):
    """What is put before the committee ahead of the session; nothing chosen takes the proposal back."""

    outcome = Choice(Outcome, allow_none=True, load_default=None)
    amount = Money(allow_none=True, load_default=None)


class MotionInput(Input):
    """What is put to the vote; amount in euros. ``rank`` is that of the waiting list: without one, the next."""

    outcome = Choice(Outcome, required=True)
    amount = Money(allow_none=True, load_default=None)
    rank = Whole(minimum=1, maximum=1_000, allow_none=True, load_default=None)
    conditions = Text(maximum=REASON_LENGTH, load_default="")
    motivation = Text(maximum=REASON_LENGTH, required=True, blank=False)
    method = Choice(Method, load_default=Method.BALLOT)
    secret = YesNo(load_default=False)


class VoteInput(Input):
    choice = Choice(Vote, required=True)


class ClosingInput(Input):
    """The counts of a show of hands, and the presiding vote where it breaks a tie."""

    votes_for = Whole(maximum=COUNT_MAXIMUM, load_default=0)
    votes_against = Whole(maximum=COUNT_MAXIMUM, load_default=0)
    votes_abstain = Whole(maximum=COUNT_MAXIMUM, load_default=0)
    casting = Choice(Vote, allow_none=True, load_default=None)


class NotesInput(Input):
    notes = Text(maximum=NOTES_LENGTH, load_default="")


class BecauseInput(Input):
    reason = Text(maximum=REASON_LENGTH, required=True, blank=False)
