"""What is wrong with what was sent, and why the database refused it: one sentence a code."""

from typing import Any

from flask_babel import lazy_gettext as _l

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
    "not_a_siren": _l("This is no SIREN: it has 9 digits, the last one a check digit. Look for a typing error."),
    "role_missing": _l("Say what the person is invited to: to read files, to decide on them, or both."),
    "roles_held": _l("This person has an account with these roles already."),
    "own_account": _l("This is your own account: somebody else of the fund must give you a role."),
    "account_closed": _l("The account of this address is closed. The administration can open it again."),
    "absence_begins_missing": _l("Give the first day of the absence too."),
    "no_reader_chosen": _l("Choose at least one reviewer."),
    "no_file_chosen": _l("Tick at least one file."),
    "too_many_pairs": _l(
        "%(count)s files and reviewers at a time are too many: at most %(maximum)s. Do it in parts."
    ),
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
    "expert_interested": _l(
        "This address belongs to the alliance, or to somebody who has an interest in the file. Ask another expert."
    ),
    "advice_due_too_late": _l("The expert's link is good for 30 days: give a date no later than %(last)s."),
    "not_a_reviewer": _l("This person is no reviewer."),
    "not_a_chair": _l("This person does not preside over the committee."),
    "deputy_is_chair": _l("The chair cannot be her own deputy. Choose somebody else, or nobody."),
    "not_of_the_committee": _l("This person is not of the committee."),
    "quorum_above_members": _l("The quorum is above the number of members, which is %(members)s."),
    "percent_above_hundred": _l("A share of the members is at most 100 %%."),
    "above_available": _l("No more than %(available)s is left for this session, its own decisions included."),
    "floor_above_ceiling": _l("The floor is above the ceiling. Change one of the two."),
    "bound_is_empty": _l("Give a floor, a ceiling or both, or choose nothing on this row."),
    "bound_of_nothing": _l("Choose what this floor or ceiling is for."),
    "above_request": _l("The alliance asked for less: no more can be granted."),
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
    "anchors_misfit": _l("The marks go from 0 to %(scale)s: put these into words, each in its place, no others."),
    "threshold_above_scale": _l("The highest mark here is %(scale)s: take that or less."),
    "rubric_in_use": _l(
        "Files are being scored with this rubric: its criteria, weights, highest marks and thresholds stay as "
        "they are. Put those back; the wording can still be corrected."
    ),
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
    "dissent_missing": _l("Say what speaks against the report: the committee reads it beside the report."),
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
