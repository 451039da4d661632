"""The machines of the fund, as declarations that a fund officer could check.

One file per state machine; ``engine`` gives them their meaning, ``permissions`` says who may, ``topics`` who is
told. Nothing here knows of a database, a request or a sentence for people.
"""

from workflows.agreement import AGREEMENT
from workflows.application import APPLICATION
from workflows.award import AWARD
from workflows.bank_account import BANK_ACCOUNT
from workflows.call import CALL
from workflows.committee import COMMITTEE
from workflows.disbursement import DISBURSEMENT
from workflows.engine import Workflow
from workflows.payment_file import PAYMENT_FILE
from workflows.repayment import REPAYMENT
from workflows.report import REPORT
from workflows.review import REVIEW

WORKFLOWS: dict[str, Workflow] = {
    workflow.name: workflow
    for workflow in (
        CALL,
        APPLICATION,
        REVIEW,
        COMMITTEE,
        AWARD,
        AGREEMENT,
        BANK_ACCOUNT,
        DISBURSEMENT,
        PAYMENT_FILE,
        REPAYMENT,
        REPORT,
    )
}

__all__ = ["WORKFLOWS", "Workflow"]
