"""The pages of a call's scores: who reads them, what stands in them, the spreadsheet, statements."""

import re
from collections.abc import Callable
from io import BytesIO

import openpyxl
import pytest

from fund.db import SessionFactory, unit_of_work
from fund.models import Application, Call, Interest, InterestKind
from tests.scenario import World
from tests.services.readings import Marks, read_file
from tests.web.conftest import Browser
from tests.web.counting import count_statements

SignIn = Callable[[str], Browser]
Read = Callable[..., str]
HOSTILE = '<script>alert("x")</script>=1+1 ]]>&'
VIEWS = ("classement", "classement/evaluateurs", "classement/couverture")


@pytest.fixture
def read(factory: SessionFactory, world: World) -> Read:
    """Make a file in review that was given these marks, and give its reference."""

    def run(first: Marks | None = (5, 5), second: Marks | None = (1, 2), **fields: object) -> str:
        with unit_of_work(factory) as session:
            return read_file(session, world, {"reviewer": first, "reviewer2": second}, **fields).reference

    return run


def text_of(page: str) -> str:
    """The page's words outside of its pictures."""
    return re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    ("name", "status"),
    [
        *(("officer", 200), ("auditor", 200), ("admin", 200), ("member", 404), ("chair", 404)),
        *(("reviewer", 403), ("applicant", 403), ("partner", 403), ("catalyst", 403)),
    ],
)
def test_the_scores_are_for_the_fund(
    sign_in: SignIn, call_reference: str, view: str, name: str, status: int
) -> None:
    assert sign_in(name).get(f"/appels/{call_reference}/{view}").status_code == status
    if view == "classement":
        assert sign_in(name).get(f"/appels/{call_reference}/classement.xlsx").status_code == status


def test_a_member_of_the_committee_sees_the_files_of_her_agenda_and_no_names(
    sign_in: SignIn, factory: SessionFactory, world: World, call_reference: str, read: Read
) -> None:
    read(title="Pas à l’ordre du jour")
    with unit_of_work(factory) as session:
        world.before_committee(session, title="Jardins du bassin")
    member = sign_in("member")
    page = member.get(f"/appels/{call_reference}/classement").text
    assert "Jardins du bassin" in page
    assert "Pas à l’ordre du jour" not in page
    readers = member.get(f"/appels/{call_reference}/classement/evaluateurs").text
    assert "Reviewer2" not in readers
    assert "Reviewer2" in sign_in("officer").get(f"/appels/{call_reference}/classement/evaluateurs").text
    sheet = openpyxl.load_workbook(BytesIO(member.get(f"/appels/{call_reference}/classement.xlsx").data))
    told = {str(cell) for page in sheet for row in page.iter_rows(values_only=True) for cell in row}
    assert "Jardins du bassin" in told
    assert not told & {"Reviewer", "Reviewer2", "Pas à l’ordre du jour"}


def test_the_ranking_shows_figures_picture_and_flag(sign_in: SignIn, call_reference: str, read: Read) -> None:
    apart, together = read(title="Écarté"), read((4, 4), (4, 4), title="Unanime")
    page = sign_in("officer").get(f"/appels/{call_reference}/classement").text
    assert page.count('<div class="picture" tabindex="0" role="group"') == 1
    assert "<svg" in page
    words = text_of(page)
    # 80 and 80 stand before 100 and 28.
    assert words.index("Unanime") < words.index("Écarté")
    row = words[words.index(apart) : words.index("</tr>", words.index(apart))]
    assert "28,0 · 100,0" in re.sub(r"<[^>]*>", "", row)
    assert "64,0" in row
    assert f"/dossiers/{apart}/discussion" in row
    assert f"/dossiers/{together}/discussion" not in words


def test_a_file_kept_from_the_officer_is_not_in_her_ranking(
    sign_in: SignIn, factory: SessionFactory, world: World, call_reference: str, read: Read
) -> None:
    reference = read(title="Caché")
    with unit_of_work(factory) as session:
        application = session.query(Application).filter_by(reference=reference).one()
        session.add(
            Interest(
                application_id=application.id,
                person_id=world.people["officer"],
                kind=InterestKind.DECLARED,
                detail="Un lien.",
            )
        )
    for view in (*VIEWS, "classement.xlsx"):
        assert reference.encode() not in sign_in("officer").get(f"/appels/{call_reference}/{view}").data
    assert reference in sign_in("auditor").get(f"/appels/{call_reference}/classement").text


def test_a_hostile_title_stays_text(sign_in: SignIn, call_reference: str, read: Read) -> None:
    read(title=HOSTILE)
    officer = sign_in("officer")
    page = officer.get(f"/appels/{call_reference}/classement").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    book = openpyxl.load_workbook(BytesIO(officer.get(f"/appels/{call_reference}/classement.xlsx").data))
    assert book.worksheets[0]["C2"].data_type == "s"
    assert HOSTILE in str(book.worksheets[0]["C2"].value)


def test_the_spreadsheet_has_a_sheet_for_each_view(sign_in: SignIn, call_reference: str, read: Read) -> None:
    reference = read(title="Jardins")
    answer = sign_in("officer").get(f"/appels/{call_reference}/classement.xlsx")
    assert "attachment" in answer.headers["Content-Disposition"]
    book = openpyxl.load_workbook(BytesIO(answer.data))
    assert len(book.worksheets) == 7
    head, row = list(book.worksheets[0].iter_rows(values_only=True))
    assert row[:3] == (1, reference, "Jardins")
    assert row[5] == 64
    assert (row[11], row[12]) == (28, 100)
    assert len(head) == 14 + 2  # and a column for each criterion


@pytest.mark.parametrize("view", VIEWS)
def test_a_call_without_files_says_so(sign_in: SignIn, call_reference: str, view: str) -> None:
    page = sign_in("officer").get(f"/appels/{call_reference}/{view}")
    assert page.status_code == 200
    assert "<table" not in text_of(page.text) or view != "classement"


def test_one_review_only(sign_in: SignIn, call_reference: str, read: Read) -> None:
    read((3, 3), None, title="Une seule lecture")
    officer = sign_in("officer")
    words = text_of(officer.get(f"/appels/{call_reference}/classement").text)
    assert "60,0" in words
    assert officer.get(f"/appels/{call_reference}/classement/evaluateurs").status_code == 200


def test_a_page_that_does_not_exist_shows_the_nearest(sign_in: SignIn, call_reference: str, read: Read) -> None:
    read(title="Jardins")
    for page in ("0", "99", "-1", "x", "9" * 30):
        assert "Jardins" in sign_in("officer").get(f"/appels/{call_reference}/classement", page=page).text


@pytest.mark.parametrize("view", VIEWS)
def test_no_more_statements_for_more_files(sign_in: SignIn, call_reference: str, read: Read, view: str) -> None:
    officer, address = sign_in("officer"), f"/appels/{call_reference}/{view}"
    counted = []
    for _ in range(2):
        read()
        read((4, 4), (3, 3))
        counted.append(count_statements(lambda: officer.get(address)))
    assert counted[0] == counted[1]


def test_the_desks_lead_to_the_ranking(
    sign_in: SignIn, factory: SessionFactory, world: World, call_reference: str
) -> None:
    with unit_of_work(factory) as session:
        sitting = world.sitting(session)
        assert session.get_one(Call, world.call_id).reference == call_reference
        reference = sitting.reference
    link = f"/appels/{call_reference}/classement"
    assert link in sign_in("officer").get(f"/gestion/appels/{call_reference}").text
    assert link in sign_in("member").get(f"/comite/{reference}").text
