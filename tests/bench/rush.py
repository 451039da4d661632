"""(h) The last minutes before a deadline: 500 alliances submit through the pages, and each gets an answer.

Every alliance has its own signatory and a complete file for the example call (answers, budget, consents and
documents), and does what a browser does: opens the page, reads its form, sends it. All come at once, as fast as 24
clients can send, which is harder than five minutes. Then the call closes, and more come too late.
"""

import http.client
import json
import re
import statistics
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import func, select, update

from fund.app import create_app
from fund.db import unit_of_work
from fund.models import Application, Call, OutboxRow, Person, PersonRole, Receipt
from fund.models.base import utc_now
from fund.services.references import new_reference
from tests.bench.ground import Ground, break_ground, timed
from tests.bench.http import serving
from tests.filling import DECLARED, complete_draft, open_call
from tests.scenario import World
from workflows.application import ApplicationState
from workflows.permissions import Role

ALLIANCES = 500
LATE = 25
CLIENTS = 24
PROCESSES = 2
INPUT = re.compile(r"<input\b[^>]*>")
ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')


@dataclass
class Answers:
    """What came back: statuses of the submissions, and how long each alliance waited, in seconds."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, status: int, seconds: float) -> None:
        with self.lock:
            self.statuses[status] += 1
            self.seconds.append(seconds)


def measure(ground: Ground) -> dict[str, Any]:
    url = ground.database("rush")
    files = _prepare(ground, url)
    app = create_app(ground.settings(url))
    cookies = {reference: _cookie(app, person_id, epoch) for reference, person_id, epoch in files}
    in_time, late = files[:ALLIANCES], files[ALLIANCES:]
    with serving(ground, url, PROCESSES) as (port, _):
        answers = Answers()
        seconds = timed(lambda: _submit_all(port, [(ref, cookies[ref]) for ref, _, _ in in_time], answers))
        _close(ground, url)
        too_late = Answers()
        _submit_all(port, [(ref, cookies[ref]) for ref, _, _ in late], too_late)
    return {**_figures(answers, seconds), "late_statuses": _named(too_late), **_count(ground, url)}


def _figures(answers: Answers, seconds: float) -> dict[str, Any]:
    waits = sorted(answers.seconds)
    return {
        "alliances": ALLIANCES,
        "clients": CLIENTS,
        "web_processes": PROCESSES,
        "answered": sum(answers.statuses.values()),
        "statuses": _named(answers),
        "deposits_per_second": answers.statuses[303] / seconds,
        "seconds_in_all": seconds,
        "wait_median_s": statistics.median(waits),
        "wait_95_percent_s": waits[int(len(waits) * 0.95)],
        "wait_longest_s": waits[-1],
    }


def _named(answers: Answers) -> dict[str, int]:
    return {str(status): count for status, count in sorted(answers.statuses.items())}


def _count(ground: Ground, url: str) -> dict[str, int]:
    """What the database holds: raises RuntimeError where receipts, deposits and messages do not agree."""
    with unit_of_work(ground.sessions(url)) as session:
        deposits = session.scalar(select(func.count()).where(Application.state == ApplicationState.SUBMITTED))
        receipts = session.scalar(select(func.count()).select_from(Receipt))
        told = session.scalar(select(func.count()).where(OutboxRow.topic == "application.submitted"))
    if not deposits == receipts == told == ALLIANCES:
        raise RuntimeError(f"{deposits} deposits, {receipts} receipts, {told} messages to authors")
    return {"deposits": deposits, "receipts": receipts, "messages_to_authors": told}


def _prepare(ground: Ground, url: str) -> list[tuple[str, int, int]]:
    """Complete files, each with a signatory of its own: reference, person, session epoch."""
    with unit_of_work(ground.sessions(url)) as session:
        world = World.make(session)
        call = open_call(session, world)
        made = []
        for number in range(ALLIANCES + LATE):
            person = Person(
                reference=new_reference("PE"),
                email=f"alliance{number}@essai.example",
                name=f"Alliance {number}",
                password_hash="-",
                role_rows=[PersonRole(role=Role.APPLICANT)],
            )
            session.add(person)
            session.flush()
            world.actors["applicant"] = person.as_actor()
            file = complete_draft(session, world, call)
            made.append((file.reference, person.id, person.session_epoch))
            if number % 50 == 49:
                session.commit()
        return made


def _cookie(app: Flask, person_id: int, epoch: int) -> str:
    """The session of somebody who has signed in."""
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    if signer is None:
        raise RuntimeError("the application has no secret key")
    session = {"_user_id": f"{person_id}:{epoch}", "_fresh": True}
    return f"{app.config['SESSION_COOKIE_NAME']}={signer.dumps(session)}"


def _submit_all(port: int, files: list[tuple[str, str]], answers: Answers) -> None:
    threads = [threading.Thread(target=_submit, args=(port, files[n::CLIENTS], answers)) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _submit(port: int, files: list[tuple[str, str]], answers: Answers) -> None:
    for reference, cookie in files:
        start = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        path = f"/mes-dossiers/{reference}/depot"
        connection.request("GET", path, headers={"Cookie": cookie})
        answer = connection.getresponse()
        sent = {**_hidden(answer.read().decode()), **_written()}
        cookie = _renewed(cookie, answer)
        headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", path, urlencode(sent), headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        answers.note(answer.status, time.perf_counter() - start)


def _hidden(page: str) -> dict[str, str]:
    """The hidden fields of the page's form."""
    found = {}
    for tag in INPUT.findall(page):
        attributes = dict(ATTRIBUTE.findall(tag))
        if attributes.get("type") == "hidden" and "name" in attributes:
            found[attributes["name"]] = unescape(attributes.get("value", ""))
    return found


def _written() -> dict[str, str]:
    return {name: "y" if value is True else str(value) for name, value in DECLARED.items()}


def _renewed(cookie: str, answer: http.client.HTTPResponse) -> str:
    given = answer.getheader("Set-Cookie")
    return given.partition(";")[0] if given else cookie


def _close(ground: Ground, url: str) -> None:
    """The deadline passes, the grace with it."""
    with unit_of_work(ground.sessions(url)) as session:
        past = utc_now() - timedelta(hours=2)
        session.execute(update(Call).where(Call.title_fr.like("Alliances d%")).values(closes_at=past))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, break_ground(Path(folder)) as ground:
        print(json.dumps(measure(ground), indent=2))  # noqa: T201 - what the command is for


if __name__ == "__main__":
    main()
