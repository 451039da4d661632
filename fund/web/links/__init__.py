"""The pages behind personal links, and those that ask for one. None needs an account.

/membre/<text>           a member reads its part, and answers
/invitation/<text>       a co-author joins a file
/inscription             ask for an account
/inscription/<text>      open it
/mot-de-passe-oublie     ask for a new password
/mot-de-passe/<text>     choose it
"""

from fund.web.links import account, invitation, member
from fund.web.links.blueprint import blueprint

__all__ = ["account", "blueprint", "invitation", "member"]
