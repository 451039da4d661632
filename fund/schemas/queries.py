"""What the query string of a list may hold: the page wanted, and filters."""

from fund.forms.fields import Choice, Input, Text, Whole
from fund.services.listing import PAGE_MAXIMUM, PAGE_SIZE
from workflows.application import ApplicationState
from workflows.award import AwardState
from workflows.call import CallState
from workflows.committee import CommitteeState
from workflows.disbursement import DisbursementState
from workflows.report import ReportState
from workflows.review import ReviewState


class ListQuery(Input):
    """``cursor`` is what a page's ``next`` or ``previous`` gave out; ``limit`` the number of rows."""

    cursor = Text(maximum=400)
    limit = Whole(minimum=1, maximum=PAGE_MAXIMUM, load_default=PAGE_SIZE)


class CallsQuery(ListQuery):
    state = Choice(CallState)


class ApplicationsQuery(ListQuery):
    state = Choice(ApplicationState)
    call = Text(maximum=20)


class ReviewsQuery(ListQuery):
    state = Choice(ReviewState)
    application = Text(maximum=20)


class SessionsQuery(ListQuery):
    state = Choice(CommitteeState)
    call = Text(maximum=20)


class AwardsQuery(ListQuery):
    state = Choice(AwardState)
    call = Text(maximum=20)
    application = Text(maximum=20)


class DisbursementsQuery(ListQuery):
    state = Choice(DisbursementState)
    award = Text(maximum=20)


class ReportsQuery(ListQuery):
    state = Choice(ReportState)
    award = Text(maximum=20)
