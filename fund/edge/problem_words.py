"""What is wrong with what was sent: one sentence a code."""

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
    "account_without_charges": _l("Write at least what the project has cost."),
    "account_products_short": _l(
        "The products are %(difference)s below the charges. Add what paid for the rest, own resources included."
    ),
    "account_products_above": _l(
        "The products are %(difference)s above the charges. On the line of this fund, count only the part of the "
        "grant that the project needed: the rest is unspent."
    ),
    "account_without_fund_line": _l("Mark the line of the products that is the grant of this fund."),
    "iban_malformed": _l(
        "This is no IBAN. A French one has 27 characters and begins with FR: copy it from the bank’s paper (RIB)."
    ),
    "iban_checksum": _l("A sign of this IBAN is wrong. Compare it with the bank’s paper (RIB), one by one."),
    "iban_not_sepa": _l("The fund pays in euros within the SEPA area only, which does not reach this country."),
    "bic_malformed": _l("A BIC has 8 or 11 letters and digits. It stands on the bank’s paper (RIB)."),
    "bic_not_of_iban": _l("This BIC is that of a bank of another country than the IBAN. Check both."),
    "bic_needed": _l(
        "The bank of this IBAN is not known here. Give its BIC: it stands on the bank’s paper (RIB)."
    ),
    "no_tranche_chosen": _l("Tick at least one tranche."),
    "execution_day_out_of_range": _l("Choose a day from today to %(last)s."),
    "execution_day_closed": _l(
        "Banks carry out no transfers on that day: it is a Saturday, a Sunday or a day on which TARGET is closed. "
        "Choose another."
    ),
    "transfer_unwritable": _l(
        "The transfer %(reference)s cannot be written into a file for the bank. %(problem)s"
    ),
    "reference_malformed": _l("Its reference has signs that banks do not take."),
    "reference_twice": _l("Another transfer of the file has the same reference."),
    "name_missing": _l(
        "The account holder’s name has no letter that banks can read. Have the bank details entered again."
    ),
    "amount_not_in_cents": _l("Its amount is not in whole cents."),
    "amount_out_of_range": _l("Its amount is above what one transfer can move (999,999,999.99 euros)."),
    "statement_too_large": _l(
        "This file is larger than 5 MB or has more than 20,000 movements. Ask the bank for a shorter period."
    ),
    "statement_xml_malformed": _l(
        "This file is no readable XML: it is damaged, cut off or of another kind. Ask the bank for the camt.053 "
        "file again."
    ),
    "statement_xml_forbidden": _l(
        "This file declares entities, which no bank statement does and which can harm a program. It was not read. "
        "Fetch it again from the bank’s own site."
    ),
    "statement_not_camt053": _l(
        "This is no statement in the form camt.053. Banks offer it as “camt.053”, “ISO 20022” or “relevé XML”."
    ),
    "statement_account_missing": _l("The file does not say of which account (IBAN) the statement %(about)s is."),
    "statement_currency_not_euro": _l("The file has amounts in %(about)s. Only statements in euros are read."),
    "statement_amount_malformed": _l(
        "The file has an amount that cannot be read: “%(about)s”. Nothing was taken."
    ),
    "statement_date_malformed": _l("The file has a date that cannot be read: “%(about)s”. Nothing was taken."),
    "statement_sums_differ": _l(
        "The movements of the statement %(about)s do not lead from its opening balance to its closing balance: "
        "the file is incomplete or was changed. Nothing was taken."
    ),
    "amount_not_reducible": _l(
        "The award can come down to %(committed)s at the least, which is ordered or paid already, and must stay "
        "below %(award)s."
    ),
    "amount_below_ordered": _l(
        "The award cannot come below %(committed)s, which is ordered or paid already, and must be above zero."
    ),
    "amount_beyond_request": _l("The alliance asked for %(requested)s: no more can be granted."),
    "amount_beyond_envelope": _l("The envelope of the call has only %(available)s left."),
    "tranche_ordered": _l("A tranche was ordered meanwhile and cannot change any more. Look at the schedule."),
    "reports_missing": _l("Ask for at least one report: the last one is the final report."),
    "reports_disordered": _l("The days of the reports must follow each other, each later than the one before."),
    "report_handed_in": _l(
        "A report that was handed in keeps its place and its day, and nothing comes after the final one."
    ),
    "condition_report_unknown": _l("A tranche waits for a report that is not in the list below. Choose another."),
    "condition_kind_missing": _l("Choose what the tranche waits for, or take the words beside it away."),
    "share_and_amount": _l("Give an amount or a share of the award, not both."),
    "share_out_of_range": _l("Give a share between 0.01 and 100 %%, for instance 33.33 or 1/3."),
    "signer_address_missing": _l("Give the address of everybody who signs: nobody can be asked without one."),
    "contract_not_accepted": _l("Tick the box: without this commitment the grant cannot be paid."),
    "reading_not_confirmed": _l("Tick the box: nobody signs what they have not read."),
    "signed_on_out_of_range": _l("Give the day of the last signature: none before it was sent, none ahead."),
    "terms_of_award": _l("The terms of the agreement itself are those of the award."),
    "repayment_beyond_paid": _l("At most %(maximum)s can be asked back: what was paid and is not asked back yet."),
    "day_past": _l("This day is past. Give today or a later one."),
    "explanation_missing": _l("Explain this difference in a few words."),
    "dissent_missing": _l("Say what speaks against the report: the committee reads it beside the report."),
}
