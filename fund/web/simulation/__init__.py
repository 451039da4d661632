"""Simulations: the best portfolio for a session under its constraints, and its adoption as what is proposed.

GET, POST /comite/<ref>/simulation              the constraints, and the latest portfolio; have another computed
GET       /comite/<ref>/simulation/<n>          one of them, with its constraints to begin from
POST      /comite/<ref>/simulation/<n>/adoption propose it to the committee
"""

from fund.web.simulation import pages
from fund.web.simulation.pages import blueprint

__all__ = ["blueprint", "pages"]
