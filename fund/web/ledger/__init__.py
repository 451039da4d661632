"""The ledger, for those who keep it and those who check it.

GET       /comptes                      where the fund's euros lie, now or at the end of a past day (?jour=)
GET       /comptes/appels/<ref>         the same for the awards of one call
GET       /comptes/ecritures            the entries; ?appel= ?attribution= ?compte= ?du= ?au=
GET       /comptes/ecritures.<form>     the same for the accountant: fec, xlsx
GET, POST /comptes/controle             the last checks, and what they found; run one now
"""

from fund.web.ledger import balances, checks, entries
from fund.web.ledger.blueprint import blueprint

__all__ = ["balances", "blueprint", "checks", "entries"]
