"""The committee in session, for tests of its room."""

import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from fund.db import SessionFactory, unit_of_work
from fund.models import AgendaItem, Application, CommitteeSession, Person
from fund.services import committee
from tests.scenario import World
from tests.services.sitting import Committee
from tests.web.conftest import Browser

SignIn = Callable[[str], Browser]
REGION = re.compile(r'data-region="(\w+)" data-key="([^"]*)"')


class RoomAt:
    """The committee in session, and the addresses of its room."""

    def __init__(self, factory: SessionFactory, sat: Committee) -> None:
        self.factory = factory
        self.sat = sat
        with factory() as session:
            self.reference = sat.sitting(session).reference
            self.files = [sat.file(session, number).reference for number in range(len(sat.items))]

    @property
    def here(self) -> str:
        return f"/comite/{self.reference}/seance"

    def vote_of(self, number: int = 0, motion: int = 1) -> str:
        return f"{self.here}/dossiers/{self.files[number]}/vote/{motion}"

    def enter(self, browser: Browser) -> str:
        browser.client.set_cookie("fund_language", "en")
        answer = browser.get(self.here)
        assert answer.status_code == 200
        return answer.text

    def do(self, act: Callable[[Session], object]) -> None:
        with unit_of_work(self.factory) as session:
            act(session)

    def open(self, number: int = 0, **fields: Any) -> None:
        self.do(lambda session: self.sat.open(session, number, **fields))

    def item(self, session: Session, number: int = 0) -> AgendaItem:
        return self.sat.item(session, number)


def make_room(factory: SessionFactory, world: World) -> RoomAt:
    with unit_of_work(factory) as session:
        sat = Committee.make(session, world, files=2)
        committee.call_item(session, sat["chair"], sat.sitting(session), 1)
    return RoomAt(factory, sat)


def state_of(browser: Browser, room: RoomAt, tag: str = "") -> TestResponse:
    headers = {"If-None-Match": tag} if tag else {}
    return browser.client.get(f"{room.here}/etat", headers=headers)


def post(browser: Browser, room: RoomAt, path: str, **form: object) -> TestResponse:
    browser.client.set_cookie("fund_language", "en")
    return browser.post(f"{room.here}{path}", form, on=room.here)


def sitting_of(session: Session, reference: str) -> CommitteeSession:
    return session.scalars(select(CommitteeSession).where(CommitteeSession.reference == reference)).one()


def file_of(session: Session, reference: str) -> Application:
    return session.scalars(select(Application).where(Application.reference == reference)).one()


def person_of(session: Session, world: World, name: str) -> str:
    return session.get_one(Person, world.people[name]).reference
