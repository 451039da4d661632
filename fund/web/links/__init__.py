"""The pages behind personal links, and those that ask for one. None needs an account.

/membre/<text>           a member reads its part, and answers
/invitation/<text>       a co-author joins a file
/rejoindre/<text>        whoever is invited to read files or to decide opens the account
/avis/<text>             an expert answers the question that she is asked
/signature/<text>        whoever signs for a member reads the agreement, and signs or refuses it
/inscription             ask for an account
/inscription/<text>      open it
/mot-de-passe-oublie     ask for a new password
/mot-de-passe/<text>     choose it
"""

from fund.web.links import account, advice, agreement, invitation, joining, member
from fund.web.links.blueprint import blueprint

__all__ = ["account", "advice", "agreement", "blueprint", "invitation", "joining", "member"]
