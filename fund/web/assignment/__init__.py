"""Who reads what in a call: the overview, giving files by hand and in bulk, and the optimiser's proposals.

GET, POST /gestion/appels/<ref>/repartition                             files and their readers; give ticked files
GET, POST /gestion/appels/<ref>/repartition/proposer                    ask for a proposal
GET       /gestion/appels/<ref>/repartition/propositions/<n>            look at it; ?page=
GET       /gestion/appels/<ref>/repartition/propositions/<n>/etat       how far it is, for the page's script
POST      /gestion/appels/<ref>/repartition/propositions/<n>/rayer      strike a pair out, or put it back
POST      /gestion/appels/<ref>/repartition/propositions/<n>/envoyer    send it
POST      /gestion/appels/<ref>/repartition/propositions/<n>/abandonner put it aside, or stop it
"""

from fund.web.assignment import overview, plans
from fund.web.assignment.blueprint import blueprint

__all__ = ["blueprint", "overview", "plans"]
