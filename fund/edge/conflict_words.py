"""Why an act was refused that nobody wrote wrongly, by the program or by the database: one sentence a code."""

from typing import Any

from flask_babel import lazy_gettext as _l

CONFLICTS: dict[str, Any] = {
    "document_infected": _l(
        "A virus was found in this document, so nobody can open it. Hand in a clean version of it."
    ),
    "place_closed": _l(
        "Corrections were asked for elsewhere in the file: this document can no longer be changed."
    ),
    "busy": _l("Somebody else is working on this at the same moment. Try again."),
    "account_waits": _l(
        "Bank details of this organisation wait to be verified already. If they are wrong, write to the fund: "
        "once they are rejected, others can be entered."
    ),
    "uq_bank_accounts_proposed": _l(
        "Somebody entered bank details of this organisation at the same moment. Reload the page to see them."
    ),
    "uq_bank_accounts_in_force": _l(
        "Other bank details of this organisation were verified at the same moment. Reload the page to see them."
    ),
    "account_unchanged": _l("These are the bank details in force: there is nothing to change."),
    "ck_bank_accounts_two_people": _l("Whoever entered bank details cannot verify them."),
    "ck_disbursements_approved_by_two": _l("A payment needs two people: one orders it, another approves it."),
    "condition_met": _l("This condition is met already, or is met by a report alone."),
    "constraint": _l("The database refused this, because it would contradict what is recorded."),
    "award_not_amendable": _l("Only an award in force can be amended."),
    "amendment_open": _l("An amendment is being prepared or signed already. Finish or drop that one first."),
    "uq_agreements_open": _l("Somebody began an amendment at the same moment. Reload the page to see it."),
    "agreement_not_sent": _l("This is not awaiting signatures any more. Nothing was recorded."),
    "agreement_changed": _l(
        "The text changed since you read it, so nothing was recorded. It stands here as it is now: read it again."
    ),
    "already_signed": _l("This is signed already. There is nothing more to do."),
    "agreement_is_signed": _l("What was sent for signature cannot be changed. Take it back first."),
    "tranche_ordered": _l(
        "A payment was ordered while the amendment went round, so it cannot come into force as it stands. The "
        "fund has to take it back and correct it."
    ),
    "terms_changed": _l(
        "The award changed while the amendment went round, so it cannot come into force as it stands. The fund "
        "has to take it back and correct it."
    ),
    "report_handed_in": _l(
        "The final report was handed in while the amendment went round, so it cannot come into force as it "
        "stands. The fund has to take it back and correct it."
    ),
    "nothing_overdue": _l("No overdue report keeps this file from a grant: there is nothing to waive."),
    "no_revision": _l("No changes wait to be published: somebody else has just published or discarded them."),
    "revision_waits": _l("Changes of this call wait to be published. Publish or discard them first."),
    "call_version_frozen": _l("A published version of a call cannot be changed."),
    "call_closed": _l("This call no longer takes applications."),
    "grant_within_request": _l("More would be granted than was asked for."),
    "simulation_outdated": _l(
        "Scores, amounts or decisions changed since this simulation. Compute it again, then adopt the new one."
    ),
    "simulation_without_answer": _l("This simulation proposes no files, so there is nothing to adopt."),
    "minutes_changed": _l("The minutes changed since you read them. Read them again before you sign."),
    "notes_changed": _l("Somebody else wrote notes on this file meanwhile. Theirs are shown; add yours to them."),
    "minutes_frozen": _l("Signed minutes cannot be changed."),
    "invitation_taken": _l("This person has taken up the invitation already."),
    "uq_assignment_plans_running": _l(
        "A proposal for this call is being computed or sent at this moment. Wait until it is done, or stop it."
    ),
    "plan_not_ready": _l("This proposal was sent or put aside meanwhile. Nothing more was done."),
    "plan_empty": _l("Nothing is left of this proposal to be sent. Compute another."),
    "advice_awaited": _l(
        "This expert was asked already and has not answered yet. Send the link again, or withdraw it."
    ),
    "advice_over": _l("This question was answered or withdrawn meanwhile."),
    "advice_too_late": _l(
        "The fund has gone on with this file meanwhile: advice can no longer be given. Thank you for your time."
    ),
    "kept_off": _l("You have an interest in this file, so you do not act on it."),
    "uq_discussions_open": _l("A discussion of this file is open already."),
    "discussion_closed": _l("This discussion was closed meanwhile. What was said in it is shown below."),
    "report_changed": _l(
        "Somebody changed the report meanwhile, so nothing was recorded. It stands below as it is now: read it, "
        "then send your answer again."
    ),
    "report_missing": _l("The discussion has no report yet. Write one first."),
    "positions_changed": _l(
        "A reviewer answered meanwhile, and the discussion would end otherwise than you read. Look at the "
        "answers, then close it."
    ),
    "uq_motions_open": _l("A vote on this file is open already."),
    "pk_ballots": _l("You have voted already. A vote cannot be changed."),
    "uq_agenda_items_rank": _l("This rank of the waiting list is taken in this session."),
    "awards_within_envelope": _l("The envelope of the call would be exceeded."),
    "tranches_equal_award": _l("The tranches must add up exactly to the award."),
    "journal_append_only": _l("The journal cannot be changed."),
    "several_funders": _l(
        "The tranches are of several funders: make a file for each, as each debits its own account."
    ),
    "funder_without_account": _l(
        "The funder has no verified bank account to pay from. Have its bank details entered and verified first."
    ),
    "uq_payment_orders_open": _l(
        "One of these tranches was put into another file at this moment. Look at the list."
    ),
    "statement_known": _l("This file was read before, byte for byte. Nothing was taken from it again."),
    "uq_bank_statements_file": _l("This file was read before, byte for byte. Nothing was taken from it again."),
    "uq_bank_lines_movement": _l(
        "Somebody else is reading a statement with the same movements at this moment. Wait a little, then send "
        "it again."
    ),
    "statement_account_unknown": _l(
        "This statement is of no verified account of the fund. Check that it is the right file; a new account "
        "must be entered and verified first."
    ),
    "line_settled": _l("Somebody settled this movement meanwhile. It stands below as it is now."),
    "line_misfit": _l("This movement cannot be that: choose one of those offered."),
    "ck_disbursements_two_people": _l("Whoever ordered a payment cannot approve it."),
    "ck_disbursements_paid_within_ordered": _l("More would be paid than was ordered."),
    "uq_reviews_once": _l("This file is already with this reviewer."),
    "uq_agenda_items_open": _l("This file already awaits its decision in a session."),
    "uq_agenda_items_once": _l("This file is already on this agenda."),
    "uq_applications_waitlist_rank": _l("Somebody else put a file on the waiting list at this moment. Try again."),
    "uq_members_once": _l("This organisation is already a member."),
    "uq_people_email": _l("An account with this address exists already."),
    "part_changed": _l(
        "The part of your organisation was changed while you were reading. It stands below as it is now: read it, "
        "then answer again. Nothing was recorded."
    ),
    "file_deposited": _l("The file is no longer open to changes: your answer cannot be recorded any more."),
    "already_answered": _l("This answer is recorded already. There is nothing more to do."),
    "member_removed": _l("The organisation is no longer a member of this alliance."),
    "member_changed": _l(
        "Somebody else changed this member meanwhile, so nothing was saved. What you typed is kept below, beside "
        "what is recorded now: send it again if it still holds."
    ),
    "alliance_full": _l("An alliance has at most 50 members."),
    "lead_stays": _l("The organisation that leads cannot be taken out of its own alliance."),
    "last_signatory": _l("Somebody must be able to sign the file: give that right to another person first."),
    "trial_is_own": _l("This is the trial of a call: it is yours alone, and nobody else is asked or invited."),
    "too_many_invitations": _l("Twenty invitations are open already. Take some back first."),
    "invited_elsewhere": _l(
        "The invitation was sent to another address than that of your account. Sign in with the account of that "
        "address, or ask for an invitation to yours."
    ),
    "endorsement_asked": _l("This catalyst was asked already."),
    "endorsement_answered": _l("You answered already: what was said stands."),
}
