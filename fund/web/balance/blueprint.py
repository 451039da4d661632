"""The blueprint of the balance, and who reads it."""

from flask import Blueprint

from fund.edge.access import only
from workflows.permissions import STAFF_ROLES, Role

blueprint = Blueprint("balance", __name__)
READERS = only(*STAFF_ROLES, Role.COMMITTEE, Role.CHAIR)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
