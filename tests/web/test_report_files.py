"""The files of a report: documents handed in, the account as a spreadsheet, all of it on paper."""

from io import BytesIO

from openpyxl import load_workbook

from fund.db import SessionFactory
from tests.documented import PDF
from tests.documents.reading import Paper
from tests.scenario import World
from tests.web.reading import sent_of
from tests.web.report_pages import SignIn, hand_in, here, made, planned, send_file, whole


def test_documents_are_handed_in_and_taken_back(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    reference = made(factory, world, planned)
    applicant, path = sign_in("applicant"), here(reference, "documents")
    slot = sent_of(applicant.get(path).text)["slot"][0]
    answer = send_file(applicant, path, slot=slot, file=(BytesIO(PDF), "Photos.pdf"))
    assert answer.status_code == 303
    page = applicant.get(path).text
    assert "Photos.pdf" in page
    assert "Photos.pdf" in applicant.get(here(reference, "ecrire/results")).text
    unfit = send_file(applicant, path, slot=slot, file=(BytesIO(b"MZ\x90\x00"), "Photos.pdf"))
    assert unfit.status_code == 422
    document = sent_of(page)["document"][0]
    assert applicant.post(f"{path}/retirer", {"document": document}, on=path).status_code == 303
    assert "Choisir un fichier" in applicant.get(path).text


def test_the_table_is_a_spreadsheet(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    reference = made(factory, world, whole)
    answer = sign_in("applicant").get(here(reference, "compte.xlsx"))
    sheet = load_workbook(BytesIO(answer.data)).active
    assert sheet is not None
    rows = {(row[0], row[1]): row[2:] for row in sheet.iter_rows(values_only=True)}
    assert rows[("64", "Charges de personnel")] == (
        30000,
        22500,
        -7500,
        -25,
        "oui",
        "Le poste a été pourvu en avril.",
    )
    assert rows[("", "Total des charges")][:2] == (40000, 32500)


def test_the_report_is_a_paper_too(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    reference = made(factory, world, whole)
    draft = Paper(sign_in("applicant").get(here(reference, "papier.pdf")).data)
    assert "Brouillon" in draft.text
    assert hand_in(sign_in("applicant"), reference, signatory_function="Présidente")[0] == 303
    text = Paper(sign_in("officer").get(here(reference, "papier.pdf")).data).text
    for said in (
        "64 – Charges de personnel 30 000,00 € 22 500,00 €",
        "Le poste a été pourvu en avril.",
        "Leçons Commencer par le terrain.",
        "Personnes touchées 1 250",
        "Camille Essai (Présidente) certifie exactes",
    ):
        assert said in text, said
    assert "Brouillon" not in text


def test_what_is_being_written_is_the_alliances_own(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    reference = made(factory, world, whole)
    officer = sign_in("officer")
    assert "Tout est fait." not in officer.get(here(reference)).text
    for page in ("compte.xlsx", "papier.pdf"):
        assert officer.get(here(reference, page)).status_code == 404
        assert sign_in("applicant").get(here(reference, page)).status_code == 200
