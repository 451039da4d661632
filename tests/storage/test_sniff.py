"""A file is what its bytes say, whatever its name; what could harm is refused and says why."""

import tracemalloc
import zlib
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fund.storage.kinds import KINDS, Group, Unfit, UnfitFile
from fund.storage.sniff import identify
from tests.storage import samples
from tests.storage.samples import odf, ooxml, packed, pdf

MACRO = {"word/vbaProject.bin": b"\xd0\xcf\x11\xe0"}


def refusal(content: bytes) -> Unfit:
    with pytest.raises(UnfitFile) as caught:
        identify(BytesIO(content))
    return caught.value.code


@pytest.mark.parametrize(
    ("extension", "content"),
    [
        ("pdf", pdf()),
        ("pdf", pdf(object_streams=True)),
        *samples.PICTURES.items(),
        ("docx", ooxml("docx")),
        ("pptx", ooxml("pptx")),
        ("xlsx", ooxml("xlsx")),
        ("xlsx", samples.workbook()),
        ("odt", odf("text")),
        ("odp", odf("presentation")),
        ("ods", odf("spreadsheet")),
        ("csv", "compte;montant\r\n601;12,50\r\n".encode("utf-8-sig")),
        ("csv", "libellé,montant\n«\xa0Achats\xa0»,3\n".encode("cp1252")),
        ("csv", b'a\tb\n"two\nlines"\t1\n'),
    ],
)
def test_what_is_taken_is_told_by_its_content(extension: str, content: bytes) -> None:
    file = BytesIO(content)
    file.seek(3)
    assert identify(file) == KINDS[extension]
    assert file.tell() == 0


def test_the_groups_are_those_that_a_form_can_ask_for() -> None:
    assert {kind.group for kind in KINDS.values()} == set(Group)
    assert [group.value for group in Group] == ["pdf", "image", "office", "sheet"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", Unfit.EMPTY),
        (b"MZ\x90\0" + b"\0" * 100, Unfit.EXECUTABLE),
        (b"\x7fELF\2\1\1" + b"\0" * 100, Unfit.EXECUTABLE),
        (b"\xcf\xfa\xed\xfe" + b"\0" * 100, Unfit.EXECUTABLE),
        (b"\xca\xfe\xba\xbe\0\0\0\x34", Unfit.EXECUTABLE),
        (b"#!/bin/sh\necho a;b\necho c;d\n", Unfit.EXECUTABLE),
        (b"L\0\0\0\x01\x14\x02\0" + b"\0" * 68, Unfit.EXECUTABLE),
        (b"<!DOCTYPE html><script>alert(1)</script>", Unfit.MARKUP),
        (b'\xef\xbb\xbf \n<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', Unfit.MARKUP),
        (b"<a,b\n<c,d\n", Unfit.MARKUP),
        (packed({"notes.txt": "a"}), Unfit.ARCHIVE),
        (packed({"mimetype": "application/epub+zip"}), Unfit.ARCHIVE),
        (packed({"META-INF/MANIFEST.MF": "", "Main.class": b"\xca\xfe\xba\xbe"}), Unfit.ARCHIVE),
        (ooxml("dotx"), Unfit.ARCHIVE),
        (b"Rar!\x1a\x07\0" + b"\0" * 40, Unfit.ARCHIVE),
        (b"7z\xbc\xaf\x27\x1c" + b"\0" * 40, Unfit.ARCHIVE),
        (b"\x1f\x8b\x08\0" + b"\0" * 40, Unfit.ARCHIVE),
        (samples.compound("WordDocument"), Unfit.LEGACY),
        (samples.compound("Workbook"), Unfit.LEGACY),
        (samples.compound("Nothing"), Unfit.UNKNOWN),
        (b"Bonjour,\nun texte.\n", Unfit.UNKNOWN),
        (b"une seule ligne;\n", Unfit.UNKNOWN),
        (b"a;b\n\0\1;2\n", Unfit.UNKNOWN),
        (b"\x81\x8d;\n\x81;\n", Unfit.UNKNOWN),
        (b"a;b\n1;2;3\n", Unfit.UNKNOWN),
        (b'a;b\n"' + b"x" * 200_000 + b'";2\n', Unfit.UNKNOWN),
        (b"BM" + b"\0" * 100, Unfit.UNKNOWN),
        (b"RIFF\x20\0\0\0WAVEfmt " + b"\0" * 40, Unfit.UNKNOWN),
    ],
)
def test_what_is_not_taken_says_why(content: bytes, code: Unfit) -> None:
    assert refusal(content) is code


# --- PDF -----------------------------------------------------------------------------------------------------

SCRIPT = "<< /Type /Action /S /JavaScript /JS (app.alert\\(1\\)) >>"


@pytest.mark.parametrize(
    "content",
    [
        pdf(SCRIPT),
        pdf(SCRIPT, object_streams=True),
        pdf("<< /Type /Action /S /Launch /F (calc.exe) >>"),
        pdf(SCRIPT).replace(b"/JavaScript", b"/J#61vaScrip#74"),
    ],
)
def test_a_pdf_that_does_something_by_itself_is_refused(content: bytes) -> None:
    assert refusal(content) is Unfit.ACTIVE_PDF


def test_the_script_of_the_object_stream_is_hidden_from_a_plain_search() -> None:
    assert b"JavaScript" not in pdf(SCRIPT, object_streams=True)


def test_a_pdf_may_carry_names_that_only_begin_like_an_action() -> None:
    assert identify(BytesIO(pdf("<< /LaunchPad 1 /JavaScripts 2 >>"))) == KINDS["pdf"]


@pytest.mark.parametrize(
    "content",
    [
        pdf()[:200],
        b"%PDF-1.7\nnot one at all",
    ],
)
def test_a_pdf_without_its_end_is_damaged(content: bytes) -> None:
    assert refusal(content) is Unfit.DAMAGED


@pytest.mark.parametrize("before", [b"\n", b"MZ", b"PK\3\4", b"<html>"])
def test_a_pdf_that_begins_as_something_else_is_no_pdf(before: bytes) -> None:
    assert refusal(before + pdf()) in {Unfit.EXECUTABLE, Unfit.DAMAGED, Unfit.MARKUP, Unfit.UNKNOWN}


def test_a_pdf_whose_objects_unpack_without_end_is_a_bomb() -> None:
    stream = zlib.compress(b"\0" * 40 * 1024 * 1024)
    objects = b"1 0 obj << /Type /ObjStm >> stream\n" + stream + b"\nendstream endobj\n"
    assert refusal(b"%PDF-1.7\n" + objects * 2 + b"startxref\n0\n%%EOF") is Unfit.BOMB


def test_markers_strewn_to_slow_us_down_are_read_once() -> None:
    strewn = b"%PDF-1.7\n" + b"/ObjStm" * 500_000 + b"stream\n" * 500_000 + b"startxref"
    assert identify(BytesIO(strewn)) == KINDS["pdf"]  # quadratic reading would not end


# --- office files --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        ooxml("docx", MACRO),
        ooxml("docx", {"word/VBAPROJECT.BIN": b""}),
        ooxml("xlsx", {"xl/macrosheets/sheet1.xml": "<macro/>"}),
        ooxml("docx", {"word/activeX/activeX1.bin": b"\0"}),
        ooxml("docm"),
        odf("text", {"Basic/Standard/Module1.xml": "<script:module/>"}),
        odf("spreadsheet", {"Scripts/python/run.py": "print()"}),
    ],
)
def test_macros_are_refused(content: bytes) -> None:
    assert refusal(content) is Unfit.MACROS


def test_an_empty_macro_library_is_no_macro() -> None:
    empty = {"Basic/script-lc.xml": "<a/>", "Basic/Standard/script-lb.xml": "<a/>", "Scripts/": ""}
    assert identify(BytesIO(odf("text", empty))) == KINDS["odt"]


@pytest.mark.parametrize(
    "content",
    [
        samples.compound("EncryptedPackage"),
        samples.with_flag(ooxml("docx"), 1),
        odf("text", {"META-INF/manifest.xml": "<manifest:encryption-data/>"}),
        odf("text", {"encrypted-package": b"\0"}),
    ],
)
def test_a_password_is_refused(content: bytes) -> None:
    assert refusal(content) is Unfit.ENCRYPTED


@pytest.mark.parametrize(
    "content",
    [
        ooxml("docx")[:-30],
        packed({"[Content_Types].xml": "<Types"}),
        packed({"[Content_Types].xml": '<!DOCTYPE a [<!ENTITY b "c">]><Types>&b;</Types>'}),
        packed({"mimetype": "application/vnd.oasis.opendocument.text"}),
        samples.with_flag(ooxml("docx"), 0x20),
        b"PK\3\4" + b"\0" * 100,
    ],
)
def test_a_package_that_does_not_open_is_damaged(content: bytes) -> None:
    assert refusal(content) is Unfit.DAMAGED


# --- bombs ---------------------------------------------------------------------------------------------------

MEGABYTE = 1024 * 1024


def nested(depth: int) -> bytes:
    content = ooxml("docx")
    for _ in range(depth - 1):
        content = ooxml("docx", {"word/embeddings/inner.docx": content})
    return content


@pytest.mark.parametrize(
    "content",
    [
        ooxml("docx", {"word/media/image1.bmp": b"\0" * 30 * MEGABYTE}),
        ooxml("docx", {"word/embeddings/inner.docx": ooxml("docx", {"zeros": b"\0" * 30 * MEGABYTE})}),
        packed({str(number): b"" for number in range(10_001)}),
        packed({str(number): packed({str(entry): b"" for entry in range(2_600)}) for number in range(4)}),
        samples.overlapping(20, 100_000),
        samples.overlapping(200_000, 0),
        nested(4),
    ],
    ids=["ratio", "nested", "entries", "nested entries", "overlapping", "many entries", "depth"],
)
def test_a_bomb_is_refused_without_being_unpacked(content: bytes) -> None:
    assert len(content) < 10 * MEGABYTE
    tracemalloc.start()
    try:
        assert refusal(content) is Unfit.BOMB
        assert tracemalloc.get_traced_memory()[1] < 25 * MEGABYTE
    finally:
        tracemalloc.stop()


def test_a_bomb_that_understates_its_size_does_not_open() -> None:
    bomb = ooxml("docx", {"[Content_Types].xml": b"\0" * 30 * MEGABYTE})
    understated = bomb.replace((30 * MEGABYTE).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    assert refusal(understated) is Unfit.DAMAGED


def test_documents_in_documents_are_taken_as_office_programs_make_them() -> None:
    assert identify(BytesIO(nested(3))) == KINDS["docx"]


def test_a_long_sheet_that_packs_well_is_taken() -> None:
    rows = b"".join(b'<row r="%d"><c t="n"><v>%d</v></c></row>' % (number, number) for number in range(300_000))
    content = ooxml("xlsx", {"xl/worksheets/sheet1.xml": rows})
    assert len(rows) > 10 * MEGABYTE
    assert identify(BytesIO(content)) == KINDS["xlsx"]


# --- whatever comes ------------------------------------------------------------------------------------------


def judged(content: bytes) -> Group | Unfit:
    try:
        return identify(BytesIO(content)).group
    except UnfitFile as unfit:
        return unfit.code


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(
        [ooxml("xlsx"), odf("text"), nested(2), pdf(SCRIPT, object_streams=True), samples.compound("Book")]
    ),
    st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), min_size=1, max_size=12),
)
def test_a_broken_file_is_judged_all_the_same(content: bytes, changes: list[tuple[int, int]]) -> None:
    broken = bytearray(content)
    for place, value in changes:
        broken[place % len(broken)] = value
    assert judged(bytes(broken)) in [*Group, *Unfit]


@given(st.one_of(st.binary(max_size=300), st.text().map(str.encode)))
def test_whatever_comes_is_judged(content: bytes) -> None:
    verdict = judged(content)
    assert verdict in (*Unfit, Group.SHEET) or content.startswith(tuple(samples.SIGNATURES))
