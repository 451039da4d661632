"""Opening accounts and bringing the database up to date, where no page can do it yet."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.cli.db import db
from fund.cli.people import people
from fund.models import Person
from fund.services.people import authenticate
from tests.cli.conftest import Command
from workflows.permissions import Role

SECRET = "un long mot de passe"
ACCOUNT = (
    "create",
    "--email",
    "admin@fonds.example",
    "--name",
    "Ada Essai",
    "--role",
    "admin",
    "--role",
    "officer",
)


def test_an_account_is_opened_with_its_roles(run: Command, session: Session) -> None:
    result = run(people, *ACCOUNT, answers=f"{SECRET}\n{SECRET}\n")
    assert result.exit_code == 0, result.output
    assert SECRET not in result.output
    person = authenticate(session, "admin@fonds.example", SECRET)
    assert person is not None
    assert person.roles == {Role.ADMIN, Role.OFFICER}
    assert person.reference in result.output


def test_a_short_password_and_a_known_address_open_nothing(run: Command, session: Session) -> None:
    short = run(people, *ACCOUNT, answers="court\ncourt\n")
    assert (short.exit_code, "12" in short.output) == (1, True)
    assert session.scalars(select(Person)).all() == []
    run(people, *ACCOUNT, answers=f"{SECRET}\n{SECRET}\n")
    again = run(people, *ACCOUNT, answers=f"{SECRET}\n{SECRET}\n")
    assert again.exit_code == 1
    assert "has an account already" in again.output
    session.rollback()
    assert len(session.scalars(select(Person)).all()) == 1


def test_an_address_must_look_like_one(run: Command) -> None:
    result = run(people, "create", "--email", "ada", "--name", "Ada", "--role", "admin", answers=f"{SECRET}\n" * 2)
    assert result.exit_code == 2


def test_an_upgraded_database_is_upgraded_again_without_harm(run: Command) -> None:
    assert run(db, "upgrade").output == run(db, "upgrade").output == "The database is up to date.\n"
