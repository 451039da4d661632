"""An officer's test file is in no list of the API, and exists for nobody else."""

from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.models import Call, Organisation
from fund.services import call_versions
from tests.api.conftest import Api
from tests.scenario import World


def test_a_test_file_is_in_no_list(api: Api, factory: SessionFactory, world: World) -> None:
    def begin(session: Session) -> str:
        call, lead = session.get_one(Call, world.call_id), session.get_one(Organisation, world.lead_id)
        return call_versions.begin_trial(session, world["officer"], call, lead).reference

    with unit_of_work(factory) as session:
        file = begin(session)
    for name in ("officer", "officer2", "auditor", "applicant"):
        listed = api.get(name, "/applications")
        assert listed.status_code == 200
        assert listed.json["items"] == [], name
    assert api.get("officer", f"/applications/{file}").status_code == 200
    assert api.get("officer2", f"/applications/{file}").status_code == 404
    assert api.get("applicant", f"/applications/{file}").status_code == 404
