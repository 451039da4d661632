"""The alliance of a file, for those who write it.

/mes-dossiers/<ref>/alliance                          who is in it, against the rule of the call
/mes-dossiers/<ref>/alliance/demander                 ask members for their confirmation
/mes-dossiers/<ref>/alliance/reprendre                take a request back
/mes-dossiers/<ref>/alliance/catalyseurs              ask a territorial catalyst for a word
/mes-dossiers/<ref>/alliance/membres/nouveau          add a member
/mes-dossiers/<ref>/alliance/membres/<id>             edit one
/mes-dossiers/<ref>/alliance/membres/<id>/retirer     take one out
/mes-dossiers/<ref>/equipe                            who writes the file: rights, invitations
"""

from fund.web.alliance import asking, members, page, team
from fund.web.alliance.blueprint import blueprint

__all__ = ["asking", "blueprint", "members", "page", "team"]
