"""``fund workflow``: the machines as tables and diagrams, drawn from the declarations themselves."""

from collections.abc import Iterator

import click
from rich.console import Console
from rich.table import Table

from workflows import WORKFLOWS, Workflow
from workflows.engine import Guard, Step
from workflows.permissions import GRANTS, Grant

COLUMNS = ("Step", "From", "To", "Who", "Conditions", "Tells")
PIPED_WIDTH = 700  # a line stays a line: whoever greps it wants the whole


@click.group()
def workflow() -> None:
    """The state machines: their steps, who takes them, under which conditions."""


@workflow.command()
@click.argument("name", type=click.Choice(list(WORKFLOWS)))
@click.option(
    "--format", "form", type=click.Choice(["table", "mermaid"]), default="table", show_default=True, help="How."
)
def show(name: str, form: str) -> None:
    """Show the machine of that NAME: one line per step, or a diagram to paste where Mermaid is drawn."""
    if form == "mermaid":
        click.echo(draw(WORKFLOWS[name]))
        return
    table = Table(*COLUMNS, box=None, show_edge=False, pad_edge=False)
    for step in WORKFLOWS[name].steps.values():
        table.add_row(*describe(step))
    console = Console()
    if not console.is_terminal:
        console = Console(width=PIPED_WIDTH)
    console.print(table)


@workflow.command()
def docs() -> None:
    """Print the page of all machines, which is kept as docs/workflows.md."""
    click.echo(write_page(), nl=False)


def describe(step: Step) -> tuple[str, ...]:
    """One line of the table, in the order of its columns."""
    conditions = [name_of(guard) for guard in (*step.guards, *step.checks)]
    if step.needs_reason:
        conditions.append("a reason is given")
    return (
        str(step.name),
        ", ".join(step.sources),
        str(step.target),
        ", ".join(_holder(grant) for grant in GRANTS[step.permission]),
        "; ".join(conditions),
        ", ".join(f"{told.audience}: {told.topic}" for told in step.notifies),
    )


def name_of(guard: Guard) -> str:
    return guard.__name__.replace("_", " ")


def _holder(grant: Grant) -> str:
    return f"{grant.role} ({grant.relation})" if grant.relation else str(grant.role)


def draw(machine: Workflow) -> str:
    """The machine as a Mermaid state diagram."""
    arrows = [f"    [*] --> {machine.initial}"]
    for step in machine.steps.values():
        label = str(step.name).removeprefix(f"{machine.name}.")
        arrows.extend(f"    {source} --> {step.target}: {label}" for source in step.sources)
    arrows.extend(f"    {state} --> [*]" for state in machine.finals)
    return "\n".join(["stateDiagram-v2", *arrows])


def write_page() -> str:
    """The page of all machines, in Markdown."""
    return "\n".join(
        (
            "# The state machines",
            "",
            "Written by `fund workflow docs > docs/workflows.md`; a test fails when it differs from the code.",
            "",
            "A step is taken from one of the states in *From*, by whoever *Who* names (in brackets: what must tie",
            "that person to the file), when every condition holds. *Tells* names whom a message reaches, and",
            "which one.",
            "",
            *(line for machine in WORKFLOWS.values() for line in _section(machine)),
        )
    )


def _section(machine: Workflow) -> Iterator[str]:
    yield from (f"## {machine.name}", "", "```mermaid", draw(machine), "```", "")
    yield _row(COLUMNS)
    yield _row(["---"] * len(COLUMNS))
    for step in machine.steps.values():
        yield _row(describe(step))
    yield ""
    explained = _explained(machine)
    if explained:
        yield from ("Where a condition's name does not say it all:", "")
        yield from (f"- *{name_of(guard)}*: {text}" for guard, text in explained.items())
        yield ""


def _row(cells: tuple[str, ...] | list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _explained(machine: Workflow) -> dict[Guard, str]:
    """The conditions that have a docstring, and its first line."""
    guards = (guard for step in machine.steps.values() for guard in (*step.guards, *step.checks))
    return {guard: guard.__doc__.strip().splitlines()[0] for guard in guards if guard.__doc__}
