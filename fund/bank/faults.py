"""What can be wrong with what is typed about an account, written to a bank, or read from one."""

from enum import StrEnum


class FaultCode(StrEnum):
    """Each names a sentence at the edge."""

    IBAN_MALFORMED = "iban_malformed"
    IBAN_CHECKSUM = "iban_checksum"
    IBAN_NOT_SEPA = "iban_not_sepa"
    BIC_MALFORMED = "bic_malformed"
    BIC_NOT_OF_IBAN = "bic_not_of_iban"

    NO_TRANSFERS = "no_transfers"
    REFERENCE_MALFORMED = "reference_malformed"
    REFERENCE_TWICE = "reference_twice"
    NAME_MISSING = "name_missing"
    AMOUNT_NOT_IN_CENTS = "amount_not_in_cents"
    AMOUNT_OUT_OF_RANGE = "amount_out_of_range"

    TOO_LARGE = "too_large"
    XML_MALFORMED = "xml_malformed"
    XML_FORBIDDEN = "xml_forbidden"
    NOT_CAMT053 = "not_camt053"
    ACCOUNT_MISSING = "account_missing"
    CURRENCY_NOT_EURO = "currency_not_euro"
    AMOUNT_MALFORMED = "amount_malformed"
    DATE_MALFORMED = "date_malformed"
    SUMS_DIFFER = "sums_differ"


class BankFault(ValueError):
    """Refused; ``code`` says why, ``about`` which transfer, amount, date or statement (empty: the whole)."""

    def __init__(self, code: FaultCode, about: str = "") -> None:
        super().__init__(f"{code}: {about}" if about else code)
        self.code = code
        self.about = about
