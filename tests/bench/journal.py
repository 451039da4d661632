"""(e) Events of the journal verified per second."""

from typing import Any

from fund.db import unit_of_work
from fund.services.journal import verify
from tests.bench.ground import Ground, timed
from tests.scenario import World

FILES = 150


def measure(ground: Ground) -> dict[str, Any]:
    factory = ground.sessions(ground.database("journal"))
    with unit_of_work(factory) as session:
        world = World.make(session)
        for _ in range(FILES):
            world.reviewed(session)
    with factory() as session:
        verified = verify(session)
        seconds = timed(lambda: verify(session))
    if verified.broken:
        raise RuntimeError("the journal of the measurement does not verify")
    return {"events": verified.events, "chains": verified.chains, "events_per_second": verified.events / seconds}
