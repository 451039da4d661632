"""What speaks against a step or an act, in words: one sentence a code of ``workflows.reasons``."""

from typing import Any

from flask_babel import lazy_gettext as _l

from workflows.reasons import ReasonCode

REASONS: dict[ReasonCode, Any] = {
    ReasonCode.WRONG_STATE: _l("The file is in the state “%(state)s”, from which this cannot be done."),
    ReasonCode.NOT_PERMITTED: _l("This is for: %(roles)s."),
    ReasonCode.PROGRAMS_OWN: _l("The program takes this step by itself when its time has come."),
    ReasonCode.REASON_MISSING: _l("Say why: this step needs a reason, which is kept in the journal."),
    ReasonCode.INTEREST_IS_DECLARED: _l(
        "This interest was declared by the person concerned: it stands, and is neither confirmed nor lifted."
    ),
    ReasonCode.INTEREST_IS_AUTHORS: _l(
        "This person writes the file. The alliance has to end that before the interest can be lifted."
    ),
    ReasonCode.INTEREST_AFTER_VOTE: _l(
        "You have voted on this file in a vote that is open. Ask the chair to take the proposal back, then "
        "declare your interest."
    ),
    ReasonCode.REVIEWER_INTERESTED: _l("This person has an interest in the file. Choose somebody else."),
    ReasonCode.CONFLICT_OF_INTEREST: _l(
        "You have an interest in this file (your organisation is part of the alliance, or you declared one). "
        "Somebody else must do this."
    ),
    ReasonCode.AGENDA_KEPT_OFF: _l(
        "You keep off a file of this agenda. A simulation is computed from all of them and would tell you what "
        "becomes of yours: somebody who keeps off none makes and adopts it."
    ),
    ReasonCode.CALL_DATES_DISORDERED: _l("The closing must come after the opening. Change one of the two dates."),
    ReasonCode.CALL_RUBRIC_WEIGHTS: _l("The weights of the rubric add up to %(weights)s; bring them to 100."),
    ReasonCode.CALL_NOT_YET_OPEN: _l("The call opens on %(instant)s."),
    ReasonCode.CALL_NOT_YET_CLOSED: _l("The call closes on %(instant)s, not before: applicants count on it."),
    ReasonCode.CALL_CLOSING_NOT_LATER: _l("Give a closing later than now and than %(instant)s."),
    ReasonCode.CALL_HAS_APPLICATIONS: _l("Alliances have already begun: %(count)s files."),
    ReasonCode.CALL_CONTENT_FAULTY: _l(
        "The call contradicts itself in %(count)s places. Its page “Edit the call” names them."
    ),
    ReasonCode.CALL_HAS_PENDING: _l("%(count)s files still await a decision."),
    ReasonCode.OPENING_AHEAD: _l("The call takes applications from %(instant)s."),
    ReasonCode.DEADLINE_PASSED: _l(
        "The deadline was %(instant)s. If something kept you from submitting in time, write to the fund's team."
    ),
    ReasonCode.CALL_CANCELLED: _l("The call was cancelled."),
    ReasonCode.FIELD_MISSING: _l("Still empty: %(field)s."),
    ReasonCode.PROJECT_DATES_DISORDERED: _l("The project ends before it starts. Correct one of the two dates."),
    ReasonCode.AMOUNT_OUT_OF_RANGE: _l(
        "The grant asked must be between %(minimum)s and %(maximum)s in this call."
    ),
    ReasonCode.RATE_TOO_HIGH: _l("The grant asked is above %(rate)s %% of the budget, the ceiling of this call."),
    ReasonCode.KIND_MISSING: _l("The alliance still needs a member of this kind: %(kind)s."),
    ReasonCode.KIND_TOO_FEW: _l(
        "The alliance needs %(needed)s members of this kind, and has %(present)s: %(kind)s."
    ),
    ReasonCode.KIND_TOO_FEW_THERE: _l(
        "The alliance needs %(needed)s members of this kind that sit or act in this territory, and has "
        "%(present)s: %(kind)s, %(territory)s."
    ),
    ReasonCode.MEMBERS_TOO_FEW: _l("Members of the alliance: %(count)s. At least %(minimum)s are needed."),
    ReasonCode.MEMBERS_TOO_MANY: _l("Members of the alliance: %(count)s. At most %(maximum)s are possible."),
    ReasonCode.OUTSIDE_TERRITORY: _l("The project must take place in this territory: %(territory)s."),
    ReasonCode.OWN_SEAT_UNKNOWN: _l(
        "Your organisation must sit or act in this territory: %(territory)s. Ask us if in doubt."
    ),
    ReasonCode.BUDGET_TOO_SMALL: _l(
        "With this budget, %(rate)s %% of it, the most that can be asked, is below the smallest grant "
        "(%(minimum)s)."
    ),
    ReasonCode.CONSENT_MISSING: _l("The confirmation of these members is still missing: %(names)s."),
    ReasonCode.ENDORSEMENT_MISSING: _l(
        "A territorial catalyst must give a word for the file. Ask one of your territory on the alliance’s page."
    ),
    ReasonCode.ANSWERS_INCOMPLETE: _l("Answers are missing or wrong in the call’s form: %(count)s in all."),
    ReasonCode.BUDGET_UNSOUND: _l("The budget is not right yet: %(count)s points to settle."),
    ReasonCode.DOCUMENTS_MISSING: _l("Documents are still missing: %(count)s in all."),
    ReasonCode.DECLARATION_MISSING: _l("Read the declaration, tick its box, and write your name below it."),
    ReasonCode.REPORT_OVERDUE: _l("The report %(reference)s on an earlier grant is overdue. Send it first."),
    ReasonCode.CORRECTION_DEADLINE_MISSING: _l("Give the corrections a deadline that is still ahead."),
    ReasonCode.CORRECTION_DEADLINE_PASSED: _l(
        "The corrections were due by %(instant)s. Ask the fund's team for more time."
    ),
    ReasonCode.REVIEWERS_TOO_FEW: _l("%(assigned)s of %(required)s reviewers are assigned. Assign more first."),
    ReasonCode.REVIEWS_PENDING: _l("%(count)s reviews are still awaited. Wait for them, or cancel them."),
    ReasonCode.REVIEWS_TOO_FEW: _l("%(submitted)s of %(required)s reviews are in. Assign another reviewer."),
    ReasonCode.NOT_ON_AGENDA: _l("The file is on no agenda. Put it on that of a session."),
    ReasonCode.SESSION_OPEN: _l("The session is open: the decision is made there."),
    ReasonCode.AMOUNT_MISSING: _l("Give the amount granted."),
    ReasonCode.AMOUNT_ABOVE_REQUEST: _l("The alliance asked for %(requested)s: no more can be granted."),
    ReasonCode.ENVELOPE_EXCEEDED: _l(
        "The envelope of the call has %(remaining)s left. Propose less, or the waiting list."
    ),
    ReasonCode.MOTIVATION_MISSING: _l("Give the motivation: the alliance reads it, and the minutes keep it."),
    ReasonCode.DECISION_NOT_RELEASED: _l(
        "A decision comes into force with the release of its session: there is none to bring into force now."
    ),
    ReasonCode.NOT_NEXT_ON_WAITLIST: _l("Another file stands before this one on the waiting list."),
    ReasonCode.DISCUSSION_OPEN: _l(
        "The reviewers’ discussion of this file is open. Close it with its report first."
    ),
    ReasonCode.VOTE_OPEN: _l("A vote is open. Close it first."),
    ReasonCode.VOTE_NOT_OPEN: _l("This vote is closed."),
    ReasonCode.VOTE_IS_BY_HANDS: _l("This vote is by show of hands: the chair counts it in the room."),
    ReasonCode.VOTED_ALREADY: _l("You have voted already. A vote cannot be changed."),
    ReasonCode.NOT_IN_THE_ROOM: _l("Only members who are noted as present can vote."),
    ReasonCode.RECUSED_FROM_ITEM: _l(
        "You have an interest in this file: you leave the room for it, and do not vote."
    ),
    ReasonCode.ITEM_DECIDED: _l("This file is decided already. Take the decision up again to vote anew."),
    ReasonCode.ITEM_UNDECIDED: _l("This file is not decided, so there is nothing to take up again."),
    ReasonCode.VOTE_POSSIBLE: _l(
        "The room has its quorum for this file and somebody to preside: put its deferral to the vote."
    ),
    ReasonCode.VOTER_RECUSED: _l(
        "Somebody who voted has declared an interest since. Withdraw this proposal and put it to the vote anew."
    ),
    ReasonCode.VOTES_MISCOUNTED: _l("%(votes)s votes were counted, but %(present)s people are in the room."),
    ReasonCode.VOTES_MISSING: _l("Nobody has voted yet."),
    ReasonCode.CASTING_VOTE_MISSING: _l("The votes are tied: the chair’s vote decides. Say for or against."),
    ReasonCode.ONLY_SCORERS_VOTED: _l(
        "Only people who scored this file would decide it. Somebody else of the committee has to vote too."
    ),
    ReasonCode.WAITLIST_RANK_TAKEN: _l("Rank %(rank)s of the waiting list is taken in this session."),
    ReasonCode.GRANTEE_REPORT_OVERDUE: _l(
        "An organisation that owes an overdue report receives no new grant: %(files)s. Wait for its report, or "
        "waive it with a reason on the page of the file."
    ),
    ReasonCode.LETTERS_UNCHECKED: _l("%(count)s letters are not checked yet."),
    ReasonCode.EMBARGO_AHEAD: _l("The decisions are released at the instant set for it: %(instant)s."),
    ReasonCode.AWARD_NOT_CLOSED: _l("The accounts of the award are not closed yet."),
    ReasonCode.AWARD_NOT_CANCELLED: _l("The award is in force: cancel it first."),
    ReasonCode.SCORES_MISSING: _l("%(count)s criteria have no mark yet."),
    ReasonCode.REVIEW_PHASE_OVER: _l("The file is in the state “%(state)s”: it is not being reviewed."),
    ReasonCode.AGENDA_EMPTY: _l("The agenda is empty. Put at least one reviewed file on it."),
    ReasonCode.CHAIR_MISSING: _l("The session has no chair yet."),
    ReasonCode.DATE_MISSING: _l("The date of the session must be ahead. Change it."),
    ReasonCode.QUORUM_MISSING: _l("%(present)s people are present; the quorum is %(quorum)s."),
    ReasonCode.ITEMS_OPEN: _l("%(count)s files of the agenda still await a decision."),
    ReasonCode.SCHEDULE_UNBALANCED: _l("The tranches add up to %(total)s for an award of %(amount)s."),
    ReasonCode.FINAL_REPORT_MISSING: _l("The final report is not accepted yet."),
    ReasonCode.TRANCHES_OPEN: _l("%(count)s tranches are not settled yet."),
    ReasonCode.MONEY_PAID_OUT: _l("%(amount)s have been paid: they must be repaid first."),
    ReasonCode.MONEY_ASKED_BACK: _l(
        "Of what was paid, %(left)s were not asked back: less than this payment. Give up the repayment first."
    ),
    ReasonCode.SIGNATURE_DATE_AHEAD: _l("The date of signature is ahead of today."),
    ReasonCode.AWARD_NOT_ACTIVE: _l("The agreement is not in force: payments wait for it."),
    ReasonCode.NOT_YET_DUE: _l("The tranche is due on %(date)s."),
    ReasonCode.REPORT_AWAITED: _l("The tranche waits for the report %(report)s, due on %(date)s, to be accepted."),
    ReasonCode.REPORT_LATE: _l("The report %(report)s was due on %(date)s: payments wait until it is handed in."),
    ReasonCode.COFINANCING_UNPROVEN: _l("The tranche waits for the proof of the co-financing: %(label)s."),
    ReasonCode.EVIDENCE_AWAITED: _l("The tranche waits for the evidence of the expenses: %(label)s."),
    ReasonCode.PAYMENT_EVIDENCE_MISSING: _l(
        "A payment by hand needs a document that proves it: hand it in first, or pay by a payment file."
    ),
    ReasonCode.AMOUNT_UNLIKE_TRANCHE: _l("The bank’s amount, %(found)s, is not that of the tranche, %(amount)s."),
    ReasonCode.BANK_DETAILS_MISSING: _l("The beneficiary has no verified bank details: payments wait for them."),
    ReasonCode.BANK_DETAILS_UNVERIFIED: _l(
        "The beneficiary’s bank details were changed and are not verified yet: payments are frozen until then."
    ),
    ReasonCode.BANK_DETAILS_REPLACED: _l(
        "The beneficiary’s bank details were replaced since: this transfer still goes to the former account."
    ),
    ReasonCode.BANK_DETAILS_OWN: _l("You entered these bank details: somebody else must verify them."),
    ReasonCode.BANK_CHANNEL_MISSING: _l("Say by which other channel you verified the details, and with whom."),
    ReasonCode.ORDERS_UNANSWERED: _l("The bank has not answered to %(count)s transfers of this file yet."),
    ReasonCode.ORDERS_ANSWERED: _l(
        "The bank has answered to transfers of this file: it can no longer be cancelled."
    ),
    ReasonCode.TRANCHES_NOT_PAYABLE: _l(
        "These tranches can no longer go into a file: %(references)s. The list below is as it stands now."
    ),
    ReasonCode.REPAYMENT_TOO_LARGE: _l("What is still due is %(outstanding)s: note it as the whole, or less."),
    ReasonCode.REPAYMENTS_OPEN: _l("%(count)s demands for repayment are still open."),
    ReasonCode.MONEY_UNDER_WAY: _l("%(amount)s are with the bank: wait for its answer first."),
    ReasonCode.AWARD_NOT_AGREEABLE: _l("This is not possible in the present state of the award."),
    ReasonCode.SIGNATURES_MISSING: _l("%(count)s signatures are still awaited."),
    ReasonCode.AMENDMENT_OPEN: _l("An amendment is under way. Drop its draft, or wait until it is signed."),
    ReasonCode.REPORT_INCOMPLETE: _l("The report has %(count)s places to complete."),
    ReasonCode.RESERVE_MISSING: _l("Say what the fund reserves: the alliance reads it."),
    ReasonCode.SAME_PERSON_TWICE: _l("You ordered this payment: somebody else must approve it."),
    ReasonCode.PAYMENT_DATE_MISSING: _l("Give the date."),
    ReasonCode.PAYMENT_DATE_AHEAD: _l("The date is ahead of today: note the payment once it is made."),
    ReasonCode.NARRATIVE_MISSING: _l("The account of the project is still empty."),
    ReasonCode.SPENT_AMOUNT_MISSING: _l("Say how much was spent."),
}
