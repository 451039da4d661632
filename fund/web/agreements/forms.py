"""The forms about an agreement: how it is signed, who signs for a member, a signature, a refusal."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from fund.forms.fields import Input
from fund.schemas.agreements import (
    AddressInput,
    AgreementSettingsInput,
    CopyInput,
    RefusalByLinkInput,
    RefusalInput,
    SignatureInput,
    SignerInput,
)
from fund.web.forms import SchemaForm, form_of

SETTINGS = {
    "fund_signatory": _l("Who signs for the fund"),
    "fund_function": _l("Function"),
    "every_member": _l("Every member of the alliance signs, not the lead alone"),
    "locale": _l("Language of the messages to those who sign"),
}
SIGNER = {
    "name": _l("Name of the person who signs"),
    "function": _l("Function"),
    "email": _l("Address to which the link is sent"),
}
SIGNATURE = {
    "name": _l("Your name"),
    "function": _l("Your function"),
    "accepts_contract": _l(
        "For this organisation I subscribe to the republican commitment contract (contrat d’engagement "
        "républicain) named in the annexes, and undertake to make it known to its members."
    ),
    "has_read": _l("I have read this text with its annexes. I am entitled to commit this organisation."),
}
REFUSAL = {"name": _l("Your name"), "reason": _l("Why you do not sign")}
COPY = {"signed_on": _l("Day of the last signature on it")}


def settings_form() -> SchemaForm:
    return _form(AgreementSettingsInput, SETTINGS)


def signer_form() -> SchemaForm:
    return _form(SignerInput, SIGNER)


def address_form() -> SchemaForm:
    return _form(AddressInput, SIGNER)


def copy_form() -> SchemaForm:
    return _form(CopyInput, COPY)


def signature_form(*, asks_contract: bool) -> SchemaForm:
    """Who signs, and what is said with it; the page bears the hash of the text that it shows."""
    names = ("name", "function", *(("accepts_contract",) if asks_contract else ()), "has_read")
    return _form(SignatureInput, SIGNATURE, names)


def refusal_form(*, by_link: bool) -> SchemaForm:
    return _form(RefusalByLinkInput if by_link else RefusalInput, REFUSAL)


def _form(schema: type[Input], labels: Mapping[str, Any], only: Iterable[str] | None = None) -> SchemaForm:
    form = form_of(schema, only)()
    for name, field in form.drawn().items():
        if name in labels:
            field.label.text = labels[name]
    return form
