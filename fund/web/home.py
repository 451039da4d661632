"""The home page: what the fund is, which calls are open, how an alliance gets there."""

from flask import Blueprint, render_template

from fund.edge.access import PUBLIC, access
from fund.web.calls import list_current

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@access(PUBLIC)
def show() -> str:
    return render_template("public/home.html", shown=list_current())
