"""The house keeps its own rules: what the import contracts, the declarations and the source itself must show.

Rules of one room are tested beside that room (topics and their templates in tests/messages, access of every route
in tests/web and tests/api, dotted job paths in tests/jobs).
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from workflows import WORKFLOWS
from workflows.permissions import GRANTS, Permission
from workflows.reasons import ReasonCode

ROOT = Path(__file__).parent.parent
ROOMS = ("fund", "workflows", "config", "migrations")
LINES_MAXIMUM = 400
LONG_FILES = {
    "migrations/versions/2026_11_22_whole_path.py": "the first schema, as Alembic writes it",
    "migrations/versions/2026_11_23_applicants_desk.py": "fifteen tables, as Alembic writes them",
    "migrations/versions/2026_11_24_committee_room.py": "thirteen tables, as Alembic writes them, and triggers",
    "migrations/versions/2026_11_25_money.py": "thirteen tables, as Alembic writes them, and what is carried over",
    "tests/scenario.py": "one world, which takes a file from its draft to closed accounts by real steps",
    "tests/services/test_money_property.py": "one machine of rules: its steps, its checks and its invariants",
}


def sources(*rooms: str) -> Iterator[Path]:
    return (path for room in rooms for path in sorted((ROOT / room).rglob("*.py")))


def parsed(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(), filename=str(path)))


def place(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


def test_imports_point_down_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert lint_imports(no_cache=True, no_logo=True) == EXIT_STATUS_SUCCESS


def test_every_step_has_a_permission_and_every_permission_a_step_or_a_verb() -> None:
    steps = [step for workflow in WORKFLOWS.values() for step in workflow.steps.values()]
    assert [step.name for step in steps if step.permission not in GRANTS] == []
    assert set(GRANTS) == set(Permission)
    asked = {step.permission.name for step in steps} | named_members("Permission", "fund/services")
    assert {permission.name for permission in Permission} - asked == set()
    assert [permission for permission, grants in GRANTS.items() if not grants] == []


def test_names_of_steps_follow_the_grammar() -> None:
    for workflow in WORKFLOWS.values():
        for step in workflow.steps.values():
            machine, _, verb = str(step.name).partition(".")
            assert machine == workflow.name
            assert verb.replace("_", "").isalpha()
            assert verb == verb.lower()


def test_every_reason_code_is_given_somewhere() -> None:
    given = named_members("ReasonCode", "workflows", "fund/services", "fund/forms")
    assert {code.name for code in ReasonCode} - given == set()


def named_members(enum: str, *rooms: str) -> set[str]:
    """The members of the enum that the source of these rooms names."""
    return {
        node.attr
        for path in sources(*rooms)
        for node in parsed(path)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == enum
    }


# --- only the engine writes a state --------------------------------------------------------------------------


def assigned_states(path: Path) -> Iterator[ast.AST]:
    """Every assignment to an attribute ``state``, tuples unpacked, but for those of an outbox row's own states."""
    pairs: list[tuple[ast.expr, ast.expr | None]]
    for node in parsed(path):
        match node:
            case ast.Assign():
                pairs = [pair for target in node.targets for pair in unpacked(target, node.value)]
            case ast.AnnAssign() | ast.AugAssign():
                pairs = [(node.target, node.value)]
            case _:
                continue
        for target, value in pairs:
            if isinstance(target, ast.Attribute) and target.attr == "state" and not is_outbox_state(value):
                yield node


def unpacked(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    if not isinstance(target, ast.Tuple):
        yield target, value
    elif isinstance(value, ast.Tuple) and not any(
        isinstance(part, ast.Starred) for part in (*target.elts, *value.elts)
    ):
        yield from zip(target.elts, value.elts, strict=True)
    else:
        # Which value goes where is not seen here: none is taken for a state of the outbox.
        yield from ((part.value if isinstance(part, ast.Starred) else part, value) for part in target.elts)


def is_outbox_state(value: ast.expr | None) -> bool:
    """Or another state that no workflow has: that of a proposal of assignment, or of an interest."""
    match value:
        case ast.Attribute(value=ast.Name(id="OutboxState" | "PlanState" | "InterestState")):
            return True
    return False


def state_written_by_query(path: Path) -> Iterator[ast.AST]:
    """``update(…).values(state=…)``, ``setattr(…, "state", …)`` and UPDATE statements in SQL."""
    for node in parsed(path):
        match node:
            case ast.Call(func=ast.Attribute(attr="values"), keywords=keywords):
                if any(word.arg == "state" and not is_outbox_state(word.value) for word in keywords):
                    yield node
            case ast.Call(func=ast.Name(id="setattr"), args=[_, ast.Constant(value="state"), *_]):
                yield node
            case ast.Constant(value=str(text)) if "update " in text.lower() and " set state" in text.lower():
                yield node


def test_only_the_engine_writes_a_state() -> None:
    engine = ROOT / "workflows" / "engine.py"
    found = [
        place(path, node)
        for path in sources("fund", "workflows", "config")
        if path != engine
        for node in (*assigned_states(path), *state_written_by_query(path))
    ]
    assert found == []


def test_the_scan_would_see_a_state_written_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "meddling.py"
    path.write_text(
        "file.state = 'funded'\n"
        "file.a, file.state = 1, ApplicationState.FUNDED\n"
        "row.state = OutboxState.DONE\n"
        "update(Application).values(state='funded')\n"
        "update(OutboxRow).values(state=OutboxState.DONE)\n"
        "setattr(file, 'state', 'funded')\n"
        "session.execute(text('UPDATE applications SET state = 1'))\n"
    )
    lines = [getattr(node, "lineno", 0) for node in (*assigned_states(path), *state_written_by_query(path))]
    assert sorted(lines) == [1, 2, 4, 6, 7]


# --- the source ----------------------------------------------------------------------------------------------


def test_only_the_settings_read_the_environment() -> None:
    readers = {"environ", "getenv", "putenv", "environb"}
    found = [
        place(path, node)
        for path in sources(*ROOMS)
        if path != ROOT / "config" / "settings.py"
        for node in parsed(path)
        if (isinstance(node, ast.Attribute) and node.attr in readers)
        or (isinstance(node, ast.ImportFrom) and node.module == "os" and readers & {n.name for n in node.names})
    ]
    assert found == []


def test_no_file_is_long_without_a_stated_reason() -> None:
    long = {
        str(path.relative_to(ROOT))
        for path in sources(*ROOMS, "tests")
        if len(path.read_text().splitlines()) > LINES_MAXIMUM
    }
    assert long == set(LONG_FILES)
