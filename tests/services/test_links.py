"""Personal links: signed, expiring, revocable, some of them for one use."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import text
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.errors import NotFound
from fund.models import LinkPurpose, PersonalLink
from fund.models.base import utc_now
from fund.services.links import (
    LIFE,
    LinkExpired,
    LinkRevoked,
    LinkUsed,
    follow_link,
    list_living,
    make_link,
    revoke_links,
    text_of,
    use_link,
)
from tests.scenario import World
from tests.services.racing import race

SECRET = "un secret d’essai"
REGISTER = LinkPurpose.REGISTER


@pytest.fixture
def link(session: Session) -> PersonalLink:
    return make_link(session, REGISTER, email=" nouvelle@essai.example ", now=utc_now(), name="Nouvelle")


def test_a_link_leads_back_to_its_row(session: Session, link: PersonalLink) -> None:
    assert follow_link(session, text_of(link, SECRET), SECRET, REGISTER) is link
    assert link.email == "nouvelle@essai.example"


@pytest.mark.parametrize(
    "change",
    [
        lambda _: "",
        lambda _: "x",
        lambda given: given[:-5] + ("A" if given[-5] != "A" else "B") + given[-4:],
        lambda given: "A" + given,
        lambda given: given.partition(".")[0],
        lambda given: given + "\n",
        lambda _: "é" * 40,
    ],
)
def test_a_forged_text_is_not_found(session: Session, link: PersonalLink, change: Any) -> None:
    with pytest.raises(NotFound):
        follow_link(session, change(text_of(link, SECRET)), SECRET, REGISTER)


def test_the_secret_and_the_nonce_both_count(session: Session, link: PersonalLink) -> None:
    with pytest.raises(NotFound):
        follow_link(session, text_of(link, "un autre secret"), SECRET, REGISTER)
    made = text_of(link, SECRET)
    link.nonce = "another"
    session.flush()
    with pytest.raises(NotFound):
        follow_link(session, made, SECRET, REGISTER)


def test_a_link_is_good_for_its_purpose_alone(session: Session, link: PersonalLink) -> None:
    with pytest.raises(NotFound):
        follow_link(session, text_of(link, SECRET), SECRET, LinkPurpose.PASSWORD, LinkPurpose.CONSENT)


def test_nothing_in_the_database_is_the_link(session: Session, link: PersonalLink) -> None:
    row = session.execute(text("SELECT * FROM personal_links")).one()
    assert text_of(link, SECRET) not in str(row)


def test_a_link_expires(session: Session, link: PersonalLink) -> None:
    given = text_of(link, SECRET)
    with time_machine.travel(utc_now() + LIFE[REGISTER] - timedelta(seconds=5), tick=False):
        assert follow_link(session, given, SECRET, REGISTER) is link
    with time_machine.travel(link.expires_at, tick=False), pytest.raises(LinkExpired):
        follow_link(session, given, SECRET, REGISTER)


def test_a_link_is_revoked_once(session: Session, link: PersonalLink) -> None:
    assert revoke_links(session, utc_now(), email=link.email) == 1
    assert revoke_links(session, utc_now(), email=link.email) == 0
    with pytest.raises(LinkRevoked) as caught:
        follow_link(session, text_of(link, SECRET), SECRET, REGISTER)
    assert caught.value.purpose is REGISTER


def test_a_link_is_used_once(session: Session, link: PersonalLink) -> None:
    use_link(session, link, utc_now())
    with pytest.raises(LinkUsed):
        follow_link(session, text_of(link, SECRET), SECRET, REGISTER)
    with pytest.raises(LinkUsed):
        use_link(session, link, utc_now())


def test_a_revoked_link_cannot_be_used(session: Session, link: PersonalLink) -> None:
    revoke_links(session, utc_now(), id=link.id)
    with pytest.raises(LinkRevoked):
        use_link(session, link, utc_now())


def test_two_at_once_use_it_once(factory: SessionFactory) -> None:
    with unit_of_work(factory) as session:
        number = make_link(session, REGISTER, email="nouvelle@essai.example", now=utc_now()).id

    def use(session: Session, barrier: Any) -> str:
        link = session.get_one(PersonalLink, number)
        barrier.wait()
        use_link(session, link, utc_now())
        return "used"

    outcomes = race(factory, use, use)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LinkUsed", "str"]


def test_only_living_links_are_listed(session: Session, world: World) -> None:
    application = world.draft(session)
    given = {"application_id": application.id, "right": "read"}
    links = [
        make_link(session, LinkPurpose.CO_AUTHOR, email=f"{n}@essai.example", now=utc_now(), **given)
        for n in range(4)
    ]
    revoke_links(session, utc_now(), id=links[0].id)
    use_link(session, links[1], utc_now())
    links[2].expires_at = utc_now()
    session.flush()
    assert list_living(session, LinkPurpose.CO_AUTHOR, application_id=application.id) == [links[3]]
