"""``fund people``: accounts, where no account can open the first one yet."""

import click

from config.settings import DEFAULT_LOCALE, LOCALES, Settings
from fund.cli.db import ready_database
from fund.db import make_session_factory, unit_of_work
from fund.errors import Conflict, EngineAway, InvalidInput
from fund.services.people import PASSWORD_MAXIMUM, PASSWORD_MINIMUM, create_person
from workflows.permissions import PEOPLE_ROLES, Role


@click.group()
def people() -> None:
    """Accounts."""


@people.command()
@click.option("--email", prompt=True, help="The address to sign in with.")
@click.option("--name", prompt=True, help="The name that others see.")
@click.option(
    "--role",
    "roles",
    type=click.Choice([role.value for role in PEOPLE_ROLES]),
    multiple=True,
    required=True,
    help="A role; may be given several times.",
)
@click.option("--language", type=click.Choice(LOCALES), default=DEFAULT_LOCALE, show_default=True)
@click.password_option(help="Better typed at the prompt than written here, where others may read it.")
@click.pass_obj
def create(
    settings: Settings, email: str, name: str, roles: tuple[str, ...], language: str, password: str
) -> None:
    """Open an account."""
    if "@" not in email.strip("@ "):
        raise click.BadParameter("an address looks like name@example.org", param_hint="--email")
    with ready_database(settings) as engine:
        try:
            with unit_of_work(make_session_factory(engine)) as session:
                person = create_person(
                    session,
                    email=email,
                    name=name,
                    password=password,
                    roles=[Role(role) for role in dict.fromkeys(roles)],
                    locale=language,
                )
        except InvalidInput as error:
            raise click.ClickException(
                f"A password has {PASSWORD_MINIMUM} to {PASSWORD_MAXIMUM} characters. No account was opened."
            ) from error
        except Conflict as error:
            raise click.ClickException(
                f"{email.strip()} has an account already. No account was opened."
            ) from error
        except EngineAway as error:
            raise click.ClickException("The database does not answer. No account was opened.") from error
    click.echo(f"Account {person.reference} opened for {person.email}.")
