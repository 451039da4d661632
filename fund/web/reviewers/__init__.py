"""Reviewers and members of the committee: the officers' list and invitations, and each one's profile.

GET       /evaluateurs                              the list; ?role=committee, ?texte=
GET, POST /evaluateurs/inviter                      invite somebody by mail
GET       /evaluations/profil                       one's own profile
GET, POST /evaluateurs/<ref>                        a profile: competences, load, absence
POST      /evaluateurs/<ref>/territoires            add a territory that is known, or take one away
POST      /evaluateurs/<ref>/organisation           for whom the person works
POST      /evaluateurs/<ref>/liens                  declare a past link
POST      /evaluateurs/<ref>/liens/<n>/retirer      take one away (officers)
POST      /evaluateurs/<ref>/relancer               send the invitation again (officers)
POST      /evaluateurs/<ref>/fin                    take off the reviewers (officers)
"""

from fund.web.reviewers import desk, profile
from fund.web.reviewers.own import blueprint

__all__ = ["blueprint", "desk", "profile"]
