"""Codes of refusals as sentences: what is the matter, and what would lift it.

Reasons come from the guards of the workflows, problems from the schemas and services, conflicts from the
database's constraints. English is the source.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from config.territories import territory_label
from fund.edge.fields import field_label
from fund.edge.formats import day, moment, money, number
from fund.edge.labels import label
from fund.models import OrganisationKind
from workflows.permissions import PEOPLE_ROLES
from workflows.reasons import Reason, ReasonCode

REASONS: dict[ReasonCode, Any] = {
    ReasonCode.WRONG_STATE: _l("The file is in the state “%(state)s”, from which this cannot be done."),
    ReasonCode.NOT_PERMITTED: _l("This is for: %(roles)s."),
    ReasonCode.REASON_MISSING: _l("Say why: this step needs a reason, which is kept in the journal."),
    ReasonCode.CONFLICT_OF_INTEREST: _l(
        "You have an interest in this file (your organisation is part of the alliance, or you declared one). "
        "Somebody else must do this."
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
    ReasonCode.SESSION_NOT_OPEN: _l("Decisions are made while the session is open."),
    ReasonCode.SESSION_OPEN: _l("The session is open: the decision is made there."),
    ReasonCode.AMOUNT_MISSING: _l("Give the amount granted."),
    ReasonCode.AMOUNT_ABOVE_REQUEST: _l("The alliance asked for %(requested)s: no more can be granted."),
    ReasonCode.ENVELOPE_EXCEEDED: _l("The envelope of the call has %(remaining)s left."),
    ReasonCode.MOTIVATION_MISSING: _l("Give the motivation: the alliance reads it, and the minutes keep it."),
    ReasonCode.SCORED_BY_CHAIR: _l("You scored this file: somebody else must preside over its decision."),
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
    ReasonCode.SIGNATURE_DATE_AHEAD: _l("The date of signature is ahead of today."),
    ReasonCode.AWARD_NOT_ACTIVE: _l("The agreement is not in force: payments wait for it."),
    ReasonCode.NOT_YET_DUE: _l("The tranche is due on %(date)s."),
    ReasonCode.REPORT_AWAITED: _l("The tranche waits for a report to be accepted."),
    ReasonCode.SAME_PERSON_TWICE: _l("You ordered this payment: somebody else must approve it."),
    ReasonCode.PAYMENT_DATE_MISSING: _l("Give the date."),
    ReasonCode.PAYMENT_DATE_AHEAD: _l("The date is ahead of today: note the payment once it is made."),
    ReasonCode.NARRATIVE_MISSING: _l("The account of the project is still empty."),
    ReasonCode.SPENT_AMOUNT_MISSING: _l("Say how much was spent."),
}

PROBLEMS: dict[str, Any] = {
    "answer_changed": _l("Somebody else changed this answer since you read it. Read the part again."),
    "required": _l("Fill in this field."),
    "invalid": _l("This value cannot be used."),
    "unknown_field": _l("There is no field of this name here."),
    "not_an_object": _l("An object with named fields is expected here."),
    "not_a_list": _l("A list is expected here."),
    "too_many_rows": _l("At most %(maximum)s rows."),
    "not_a_text": _l("A text is expected here."),
    "control_characters": _l("Some characters cannot be kept. Type the text, or paste it without formatting."),
    "too_long": _l("%(length)s characters: at most %(maximum)s fit here."),
    "not_an_email": _l("An address looks like name@example.org."),
    "not_an_amount": _l("Give an amount in euros, for instance 12450.50."),
    "too_many_decimals": _l("An amount has at most two decimals."),
    "amount_too_small": _l("The amount must be at least %(minimum)s."),
    "not_a_day": _l("Give a day of the calendar, as YYYY-MM-DD."),
    "not_an_instant": _l("Give a day and an hour, as YYYY-MM-DDTHH:MM."),
    "not_a_whole_number": _l("Give a whole number."),
    "out_of_range": _l("Give a number between %(minimum)s and %(maximum)s."),
    "not_yes_or_no": _l("Answer yes or no."),
    "not_a_choice": _l("Choose one of: %(allowed)s."),
    "not_a_siret": _l("This is no SIRET: it has 14 digits, the last one a check digit. Look for a typing error."),
    "siren_for_siret": _l("This is a SIREN. Give the SIRET: the SIREN and the five digits of the site."),
    "not_an_rna": _l("An RNA number is W and nine characters."),
    "siret_needed": _l("Give the SIRET of this organisation."),
    "not_a_commune": _l("No commune has this INSEE code (it is not the postal code)."),
    "request_above_budget": _l("The grant asked is above the whole budget."),
    "period_disordered": _l("The end comes before the start."),
    "grants_disordered": _l("The largest grant is below the smallest."),
    "member_twice": _l("This organisation is already a member."),
    "member_same_siren": _l(
        "“%(name)s”, already a member, has the same SIREN: this is the same organisation at another address."
    ),
    "lead_signs": _l("The organisation that leads confirms by signing the file: it is not asked."),
    "representative_missing": _l("Give the e-mail address of the person who answers for this member."),
    "representative_needed": _l("Give the name of the person to whom this address belongs."),
    "choose_a_place": _l("Several places have this name: choose one of those below."),
    "link_forwarded": _l(
        "This is not the address to which this link was sent. If it was forwarded to you, ask the organisation "
        "that leads the alliance for a link of your own."
    ),
    "mandate_missing": _l("Tick the box: without a mandate nobody can confirm for an organisation."),
    "note_missing": _l("Write a few words: the organisation that leads the alliance reads them."),
    "already_co_author": _l("This person is already on the file. Change her right in the list."),
    "not_a_catalyst_here": _l("This person cannot be asked for this file. Choose a catalyst from the list."),
    "not_a_territory": _l("One of these territories does not exist any more. Choose another."),
    "not_a_reviewer": _l("This person is no reviewer."),
    "not_a_chair": _l("This person does not preside over the committee."),
    "unknown_criterion": _l("The rubric has no such criterion."),
    "outside_scale": _l("The mark lies outside the scale of this criterion."),
    "other_call": _l("This file belongs to another call than the session."),
    "schedule_unbalanced": _l("The tranches must add up exactly to the award."),
    "deadline_behind": _l("Give a deadline that is still ahead."),
    "deadline_before_closing": _l("Give an instant still ahead, and later than the closing of the call."),
    "call_is_open": _l(
        "The call is open: its dates are moved by the step “Extend the deadline”, which tells all."
    ),
    "bad_cursor": _l("This page of the list does not exist. Start from the first page."),
    "password_wrong": _l("This is not your present password."),
    "passwords_differ": _l("The two new passwords differ. Type the same one twice."),
    "password_length": _l("A password has 12 to 200 characters."),
    "unknown_reference": _l("Nothing of this reference is open to you."),
    "unknown_account": _l("This call's budget has no such account here. Choose one of the list."),
    "fund_line_account": _l("The grant asked from this fund stands in chapter %(account)s. Change the account."),
    "fund_line_twice": _l("Another line is already the grant asked from this fund. Keep one."),
    "fund_line_missing": _l("Mark the line that is the grant asked from this fund."),
    "status_missing": _l("Say whether this money is asked or granted."),
    "evidence_missing": _l("Add the document that shows this grant, or say that it is only asked."),
    "products_short": _l("%(difference)s of products are missing: charges and products must be equal."),
    "charges_short": _l("%(difference)s of charges are missing: charges and products must be equal."),
    "in_kind_unequal": _l(
        "Contributions in kind are worth %(charges)s in account 86 and %(products)s in account 87: the two must "
        "be equal."
    ),
    "grant_out_of_range": _l("The grant asked must be between %(minimum)s and %(maximum)s in this call."),
    "grant_above_rate": _l(
        "The grant asked is above %(rate)s %% of the charges (without contributions in kind). For these charges, "
        "ask at most %(largest)s."
    ),
    "not_a_spreadsheet": _l("This file is no spreadsheet that can be read here. Give an XLSX or a CSV file."),
    "sheet_too_old": _l("This file is in the old XLS format. Open it and save it again as XLSX."),
    "sheet_encrypted": _l("This file has a password. Save a copy without it."),
    "sheet_too_large": _l("This file is too large once unpacked. Keep only the sheet of the budget."),
    "sheet_without_columns": _l(
        "No row names the columns “Compte” and “Montant”. Start from the file that this page lets you download."
    ),
    "formula_without_value": _l(
        "This formula comes without its result. Open the file in a spreadsheet program, save it and send it again."
    ),
    "amount_ambiguous": _l("This may mean thousands or thousandths. Write 1200 or 1.20, without other signs."),
    "not_a_number": _l("Give a number, for instance 1250.5."),
    "too_precise": _l("At most %(decimals)s digits after the decimal point."),
    "number_too_small": _l("Give a number of at least %(limit)s."),
    "number_too_large": _l("Give a number of at most %(limit)s."),
    "amount_too_large": _l("The amount must be at most %(maximum)s."),
    "not_a_telephone": _l("Give a telephone number such as 05 61 23 45 67, or +32 and so on from abroad."),
    "not_a_web_address": _l(
        "A web address begins with https:// or http://, for instance https://www.example.org."
    ),
    "not_an_option": _l("This choice is not among those offered. Choose again."),
    "choice_twice": _l("The same choice stands here twice. Take one away."),
    "too_many_choices": _l("%(count)s choices: at most %(maximum)s are possible."),
    "too_few_choices": _l("%(count)s choices: at least %(minimum)s are needed."),
    "territory_of_other_level": _l("Another kind of territory is asked for here: %(levels)s."),
    "not_a_place": _l("No territory is called “%(text)s”. Check the spelling, or choose one from the list."),
    "which_place": _l("Several have this name. Say which one: %(names)s."),
    "not_a_postcode": _l("A postal code has five digits."),
    "address_incomplete": _l("Give the street, the postal code and the commune."),
    "no_such_place": _l("The file has no such place. Reload the page: it shows the present ones."),
    "file_missing": _l("Add this document."),
    "too_short": _l("%(length)s characters: at least %(minimum)s are needed."),
    "too_few_rows": _l("Rows to fill in: at least %(minimum)s."),
    "not_a_key": _l("A key has small letters without accents, digits and underscores, and begins with a letter."),
    "key_reserved": _l("“%(text)s” has a meaning of its own here. Take another key."),
    "value_twice": _l("“%(text)s” stands here twice. Each must be different."),
    "setting_unused": _l("This setting means nothing for a field of the type “%(text)s”. Take it away."),
    "not_in_rows": _l("Repeating rows hold no rows, files or notes."),
    "limits_disordered": _l("The largest value is below the smallest."),
    "not_a_condition": _l("The condition cannot be read from character %(place)s on (“%(text)s”)."),
    "condition_of_unknown": _l("The condition names “%(text)s”, which is no field before this one."),
    "condition_misfit": _l("The condition asks of “%(text)s” what this field can never be."),
    "not_a_territory_code": _l("“%(text)s” is no territory. Codes look like com:31555, epci:…, dep:31 or reg:76."),
    "members_above_maximum": _l("More members are asked for than an alliance may have (%(maximum)s)."),
    "grace_misfit": _l("Grace needs a number of minutes; without grace there are none."),
    "weights_unbalanced": _l("The weights of the rubric add up to %(weights)s; bring them to 100."),
    "yaml_too_long": _l("The file is larger than %(maximum)s kilobytes."),
    "not_yaml": _l("The file is not readable as YAML at line %(line)s."),
    "yaml_reference": _l("Line %(line)s has an anchor, an alias or a tag. Write the text out instead."),
    "yaml_too_deep": _l("The file is nested too deep at line %(line)s."),
    "yaml_name_twice": _l("“%(text)s” stands twice in one place, the second time at line %(line)s."),
    "file_absent": _l("Choose a file first."),
    "file_too_large": _l("This file is larger than %(megabytes)s MB. Make it smaller, or cut it in two."),
    "file_kind": _l("This is a file of kind %(found)s. Expected here: %(groups)s."),
    "file_empty": _l("This file is empty. Look whether you chose the right one."),
    "file_executable": _l("This file is a program, whatever its name says. Programs are not taken."),
    "file_markup": _l("This file is a web page or a drawing with code in it. Export it as a PDF and send that."),
    "file_archive": _l("This file is an archive. Take out the documents and send each of them."),
    "file_macros": _l("This document holds macros. Save a copy without macros, or as a PDF, and send that."),
    "file_bomb": _l("This file unpacks to far more than it should. Export the document as a PDF and send that."),
    "file_encrypted": _l("This document has a password. Save a copy without it."),
    "file_active_pdf": _l("This PDF runs scripts or opens programs. Print it to a new PDF and send that."),
    "file_legacy": _l("This document is in a format older than 2007. Save it as DOCX, XLSX, PPTX or PDF."),
    "file_damaged": _l("This file is damaged or cut off. Open it, save it again and send the new one."),
    "file_unknown": _l("This kind of file is not known here. Export it as a PDF and send that."),
    "file_named": _l("“%(file)s”: %(problem)s"),
    "too_many_files": _l("At most %(maximum)s files fit one message. Send the others in a second one."),
    "message_empty": _l("Write a few words first."),
}

LEVELS: dict[str, Any] = {
    "com": _l("commune"),
    "epci": _l("group of communes (EPCI)"),
    "dep": _l("département"),
    "reg": _l("région"),
}

CONFLICTS: dict[str, Any] = {
    "document_infected": _l(
        "A virus was found in this document, so nobody can open it. Hand in a clean version of it."
    ),
    "place_closed": _l(
        "Corrections were asked for elsewhere in the file: this document can no longer be changed."
    ),
    "busy": _l("Somebody else is working on this at the same moment. Try again."),
    "constraint": _l("The database refused this, because it would contradict what is recorded."),
    "no_revision": _l("No changes wait to be published: somebody else has just published or discarded them."),
    "revision_waits": _l("Changes of this call wait to be published. Publish or discard them first."),
    "call_version_frozen": _l("A published version of a call cannot be changed."),
    "call_closed": _l("This call no longer takes applications."),
    "awards_within_envelope": _l("The envelope of the call would be exceeded."),
    "tranches_equal_award": _l("The tranches must add up exactly to the award."),
    "journal_append_only": _l("The journal cannot be changed."),
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


def reason_sentence(reason: Reason) -> str:
    """The sentence of a guard's reason."""
    return _fill(REASONS[reason.code], reason.params)


def problem_sentence(problem: object) -> str:
    """The sentence of a field's problem. What is no code of ours (a library's own text) is given as it is."""
    text = PROBLEMS.get(str(problem))
    return str(problem) if text is None else _fill(text, getattr(problem, "params", {}))


def conflict_sentence(code: str) -> str:
    """The sentence of a refusal by the database; a constraint without one of its own says so in general."""
    return str(CONFLICTS.get(code, CONFLICTS["constraint"]))


def _fill(text: Any, params: Mapping[str, Any]) -> str:
    values = {name: _written(name, value) for name, value in params.items()}
    # Filled even with nothing: "%%" in a sentence must come out as one sign.
    return str(text) % values


def _written(name: str, value: Any) -> str:  # noqa: C901 - a table: one line a kind of value
    match name, value:
        case "roles" | "levels", str():
            return str(gettext(", ")).join(_names(name, value.split(",")))
        case "field", str():
            return field_label(value)
        case "territory", str():
            return str(gettext(", ")).join(territory_label(code) for code in value.split(", ") if code)
        case "kind", str():
            return label(OrganisationKind(value))
        case "groups", tuple():
            return str(gettext(", ")).join(label(group) for group in value)
        case "problem", str():
            return problem_sentence(value)
        case "rate" | "weights" | "limit", Decimal():
            return number(value)
        case _, StrEnum():
            return label(value)
        case _, Decimal():
            return money(value)
        case _, datetime():
            return moment(value)
        case _, date():
            return day(value)
        case _, int():
            return number(value)
    return str(value)


def _names(name: str, codes: list[str]) -> list[str]:
    """Roles in the order of the house, levels of territory in the order given."""
    if name == "roles":
        return [label(role) for role in PEOPLE_ROLES if role.value in codes]
    return [str(LEVELS[level]) for level in codes]
