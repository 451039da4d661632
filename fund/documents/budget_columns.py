"""The words of a budget's spreadsheet: what its columns are called, and by what other words they are known."""

from collections.abc import Mapping
from typing import Final

from config.communes import folded
from fund.forms.definition import Words

COLUMNS: Final[Mapping[str, Words]] = {
    "account": Words("Compte", "Account"),
    "label": Words("Précision", "Detail"),
    "amount": Words("Montant", "Amount"),
    "status": Words("État", "Status"),
    "evidence": Words("Pièce", "Document"),
    "fund": Words("Demandé au fonds", "Asked from this fund"),
}
SYNONYMS: Final[Mapping[str, str]] = {
    folded(word): field for field, words in COLUMNS.items() for word in (words.fr, words.en)
} | {"n compte": "account", "libelle": "label", "label": "label", "montant en euros": "amount", "statut": "status"}

ASKED: Final = Words("demandé", "asked")
GRANTED: Final = Words("accordé", "granted")
YES: Final = Words("oui", "yes")
STATUSES: Final[Mapping[str, str]] = {
    "demande": "asked",
    "demandee": "asked",
    "asked": "asked",
    "accorde": "granted",
    "accordee": "granted",
    "granted": "granted",
}
YES_WORDS: Final = ("oui", "yes", "x")
NO_WORDS: Final = ("", "non", "no")

TITLE: Final = Words("Budget prévisionnel", "Budget")
HOW: Final = Words(
    "Une ligne par dépense ou par recette. Les comptes possibles sont dans l’onglet «\u00a0Plan\u00a0».",
    "One row for each expense or income. The accounts to choose from are on the sheet “Plan”.",
)
NAME: Final = Words("Intitulé du compte", "Name of the account")
SIDES: Final[Mapping[str, Words]] = {
    "charges": Words("Charges", "Charges"),
    "products": Words("Produits", "Products"),
}
TOTALS: Final[Mapping[str, Words]] = {
    "charges": Words("Total des charges", "Total of charges"),
    "products": Words("Total des produits", "Total of products"),
}
IN_KIND: Final[Mapping[str, Words]] = {
    "charges": Words("Total des contributions en nature (86)", "Total of contributions in kind (86)"),
    "products": Words("Total des contributions en nature (87)", "Total of contributions in kind (87)"),
}
BALANCE: Final = Words("Solde (produits moins charges)", "Balance (products less charges)")
SUM_WORDS: Final = ("total", "solde", "balance", "sous total")
"""How a row that repeats other rows begins, folded."""
