"""What the scores of a call are worth, for the fund and the members of its committee.

GET /appels/<ref>/classement               the files in their order, with the spread of their scores; ?page=
GET /appels/<ref>/classement/evaluateurs   agreement, severities, progress of the reviews
GET /appels/<ref>/classement/couverture    money by département, goal and lever
GET /appels/<ref>/classement.xlsx          all of it, a sheet for each view
"""

from fund.web.ranking import pages
from fund.web.ranking.blueprint import blueprint

__all__ = ["blueprint", "pages"]
