"""Schemathesis reads the OpenAPI document and asks everything in it, well formed and not, as several people."""

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi import checks

from tests.api.conftest import Api, Made
from tests.scenario import World

# What is well formed may still be refused by a check digit, a guard or a deadline, which no schema can say.
EXCLUDED = [checks.positive_data_acceptance]
# A malformed request for a subject that exists is mended by naming it: no longer one that must be refused.
EXCLUDED_FOR_REAL = [*EXCLUDED, checks.negative_data_rejection]
EXAMPLES = {schemathesis.GenerationMode.POSITIVE: 4, schemathesis.GenerationMode.NEGATIVE: 3}
REFUSALS = ["400", "401", "403", "404", "409", "412", "415", "422", "428"]
CONFIG = {"checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}}}


@pytest.mark.parametrize("who", ["officer", "applicant", None])
def test_nothing_that_the_document_allows_or_forbids_breaks_the_api(
    api: Api, world: World, made: Made, who: str | None
) -> None:
    made(lambda s: [world.active_award(s), world.draft(s), world.in_review(s)])
    document = schemathesis.openapi.from_wsgi(
        "/api/v1/openapi.json", api.app, config=schemathesis.Config.from_dict(CONFIG)
    )
    asked = 0
    for result in document.get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr]  # an invalid operation fails the test here
        for mode, examples in EXAMPLES.items():
            run = asking(api, who, operation, mode, examples)
            run()
            asked += 1
    assert asked > 60


def asking(api: Api, who: str | None, operation: Any, mode: Any, examples: int) -> Callable[[], None]:
    """A run of examples of one operation. ``real`` ones name a subject that exists and its present version."""
    headers = {"Authorization": f"Bearer {api.tokens[who]}"} if who else {}

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), real=st.booleans())
    def run(case: Any, real: bool) -> None:
        sent = dict(headers)
        if real and "reference" in case.path_parameters:
            subject = newest(api, case.operation.path.split("/")[3])
            case.path_parameters["reference"] = subject["reference"]
            if "If-Match" in (case.headers or {}):
                sent["If-Match"] = f'"{subject["version"]}"'
        case.call_and_validate(headers=sent, excluded_checks=EXCLUDED_FOR_REAL if real else EXCLUDED)

    return run


def newest(api: Api, path: str) -> dict[str, Any]:
    subject: dict[str, Any] = api.get("officer", f"/{path}?limit=1").json["items"][0]
    return subject
