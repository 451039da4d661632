"""What every subject of a workflow has by being one."""

import pytest

from fund.models import SUBJECTS, Application
from workflows.application import ApplicationState
from workflows.engine import StateIsTheEnginesOwn


def test_a_new_subject_starts_in_the_initial_state() -> None:
    for model in SUBJECTS.values():
        assert model().state is model.workflow.initial


def test_nobody_assigns_a_state_not_even_at_the_making() -> None:
    application = Application()
    with pytest.raises(StateIsTheEnginesOwn):
        application.state = ApplicationState.FUNDED
    assert application.state is ApplicationState.DRAFT
    with pytest.raises(StateIsTheEnginesOwn):
        Application(state=ApplicationState.FUNDED)
