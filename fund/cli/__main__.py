"""``python -m fund.cli``: the ``fund`` command, for child processes that must use the same Python."""

from fund.cli.main import cli

cli(prog_name="fund")
