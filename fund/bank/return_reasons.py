"""Why a bank sent money back or refused a transfer: the external reason codes of ISO 20022, in words."""

from typing import Final

from config.vocabularies import Term

_REASONS: Final = {
    "AC01": ("L’IBAN n’est pas un numéro de compte valable.", "The IBAN is not a valid account number."),
    "AC04": ("Le compte est clos.", "The account is closed."),
    "AC06": ("Le compte est bloqué.", "The account is blocked."),
    "AG01": (
        "Ce type de compte ne peut pas recevoir de virement.",
        "This type of account cannot receive transfers.",
    ),
    "AG02": ("La banque ne connaît pas ce type d’opération.", "The bank does not know this type of operation."),
    "AM05": ("La banque y voit un doublon.", "The bank takes it for a duplicate."),
    "BE04": (
        "L’adresse du bénéficiaire manque ou n’est pas correcte.",
        "The beneficiary’s address is missing or wrong.",
    ),
    "CNOR": (
        "La banque du bénéficiaire n’est pas joignable par ce moyen de paiement.",
        "The beneficiary’s bank cannot be reached by this means of payment.",
    ),
    "CUST": ("Le client l’a demandé.", "The customer asked for it."),
    "DNOR": (
        "La banque du fonds n’est pas enregistrée pour ce moyen de paiement.",
        "The fund’s bank is not registered for this means of payment.",
    ),
    "FF01": ("Le fichier n’est pas au format attendu.", "The file is not in the expected format."),
    "FOCR": (
        "Les fonds reviennent à la suite d’une demande d’annulation.",
        "The money comes back because its cancellation was asked for.",
    ),
    "MD07": ("Le titulaire du compte est décédé.", "The holder of the account has died."),
    "MS02": ("Le bénéficiaire l’a refusé, sans dire pourquoi.", "The beneficiary refused it without saying why."),
    "MS03": ("La banque ne dit pas pourquoi.", "The bank does not say why."),
    "NARR": ("La banque l’explique sur le relevé.", "The bank explains it on the statement."),
    "RC01": ("Le code de la banque (BIC) est faux.", "The bank’s code (BIC) is wrong."),
    "RR01": ("Il manque le compte ou l’identité du payeur.", "The payer’s account or identification is missing."),
    "RR02": ("Il manque le nom ou l’adresse du payeur.", "The payer’s name or address is missing."),
    "RR03": ("Il manque le nom ou l’adresse du bénéficiaire.", "The beneficiary’s name or address is missing."),
    "RR04": ("La réglementation s’y oppose.", "Regulations stand against it."),
    "TM01": ("L’ordre est arrivé après l’heure limite.", "The order came after the cut-off time."),
}
_CLOSING: Final = frozenset({"AC01", "AC04", "AG01", "MD07", "RC01"})


def return_reason(code: str) -> Term:
    """What the code means, a sentence in French and in English; one that names the code where it is not known."""
    if not code:
        return Term(code, "La banque ne donne pas de motif.", "The bank gives no reason.")
    unknown = f"La banque donne pour motif le code {code}.", f"The bank gives the reason code {code}."
    return Term(code, *_REASONS.get(code, unknown))


def closes_account(code: str) -> bool:
    """Whether the reason says that no later transfer to these bank details can arrive: they must be given anew.

    A blocked account (AC06) may be released, so it is not one of them.
    """
    return code in _CLOSING
