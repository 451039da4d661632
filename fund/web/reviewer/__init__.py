"""The reviewer's desk: the files to read, each beside its grid. Officers and the committee read reviews here too.

GET  /evaluations                    what is to be read, and what was
GET  /evaluations/<ref>              the file beside the grid
POST /evaluations/<ref>              keep what was typed, complete or not (JSON for the page's script); and submit
GET  /evaluations/<ref>/versions     what the review said before, and what changed
POST /evaluations/<ref>/echeance     move the date until which it is expected (officers)
"""

from fund.web.reviewer import dates, desk, scoring, versions
from fund.web.reviewer.blueprint import blueprint

__all__ = ["blueprint", "dates", "desk", "scoring", "versions"]
