"""The balance of a period (bilan), for the fund and its committees.

GET  /bilan               every figure, pictures and tables; ?du= ?au= (days) ?importes=y (imported history too)
GET  /bilan.pdf           the same on paper
GET  /bilan.xlsx          the same as a spreadsheet, a sheet for each view
GET  /bilan/lignes        the rows behind one figure; ?figure= and, of a part, ?par= (the axis) ?valeur= (the code)
GET  /bilan/lignes.xlsx   all of them
"""

from fund.web.balance import pages, rows
from fund.web.balance.blueprint import blueprint

__all__ = ["blueprint", "pages", "rows"]
