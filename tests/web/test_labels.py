"""Every state, step, role and kind has a name, and pages can be read in both languages."""

from flask.testing import FlaskClient
from flask_babel import force_locale

from fund.edge.labels import label, tone
from fund.edge.step_labels import DESTRUCTIVE, STEPS, event_label, step_label
from fund.forms.definition import OrganisationKind
from workflows import WORKFLOWS
from workflows.permissions import Role


def test_every_state_step_role_and_kind_has_a_name_in_both_languages(shell: FlaskClient) -> None:
    states = [state for workflow in WORKFLOWS.values() for state in workflow.states]
    steps = [step.name for workflow in WORKFLOWS.values() for step in workflow.steps.values()]
    with shell.application.test_request_context():
        for locale in ("fr", "en"):
            with force_locale(locale):
                names = [label(member) for member in (*states, *Role, *OrganisationKind)]
                names += [step_label(step) for step in steps] + [event_label(step) for step in steps]
                assert all(names)
        with force_locale("fr"):
            assert label(WORKFLOWS["committee"].states("cancelled")) == "Annulée"
            assert label(WORKFLOWS["application"].states("cancelled")) == "Annulé"
    assert {tone(state) for state in states} == {"neutral", "info", "progress", "success", "danger"}


def test_no_name_is_left_of_a_step_that_is_gone() -> None:
    steps = {step.name for workflow in WORKFLOWS.values() for step in workflow.steps.values()}
    assert set(STEPS) == steps
    assert steps >= DESTRUCTIVE
