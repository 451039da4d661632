"""A name that people gave becomes one that is safe everywhere."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fund.storage.kinds import KINDS
from fund.storage.names import LENGTH_MAXIMUM, RESERVED, safe_name

EXTENSIONS = st.sampled_from(sorted(KINDS))
# What breaks names, mixed with anything at all.
TEXTS = st.text(
    st.one_of(
        st.sampled_from("./\\: \t\n\0\u202e\u200d\u0301\u2028CONPRNcom1¹.pdf.jpeg~$\ud800"), st.characters()
    ),
    max_size=200,
)


@given(TEXTS, EXTENSIONS)
@example("CO\0N", "pdf")
@example("e\u200d\u0301.pdf", "pdf")
@example("a" * 119 + ".pdf", "pdf")
@example("." * 300, "csv")
@example("a" * 114 + " b", "pdf")
def test_no_name_escapes(text: str, extension: str) -> None:
    name = safe_name(text, extension)
    assert not set(name) & set('/\\:*?"<>|')
    assert not {unicodedata.category(char) for char in name} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert not name.startswith((".", " "))
    assert not RESERVED.fullmatch(name)
    assert len(name) <= LENGTH_MAXIMUM
    assert unicodedata.is_normalized("NFC", name)
    assert name.endswith(f".{extension}")
    assert not name.removesuffix(f".{extension}").endswith((" ", "."))
    name.encode()


@given(TEXTS, EXTENSIONS)
def test_a_safe_name_stays_as_it_is(text: str, extension: str) -> None:
    name = safe_name(text, extension)
    assert safe_name(name, extension) == name


@pytest.mark.parametrize(
    ("text", "extension", "name"),
    [
        ("Budget prévisionnel 2026.xlsx", "xlsx", "Budget prévisionnel 2026.xlsx"),
        ("Statuts signés.PDF", "pdf", "Statuts signés.pdf"),
        ("photo.JPEG", "jpg", "photo.jpg"),
        ("rapport.docx", "pdf", "rapport.pdf"),
        ("facture.exe", "pdf", "facture.exe.pdf"),
        ("v1.2", "pdf", "v1.2.pdf"),
        ("../../etc/passwd", "csv", "-..-etc-passwd.csv"),
        ("C:\\fakepath\\plan.pdf", "pdf", "C--fakepath-plan.pdf"),
        ("Budget 2025/2026.ods", "ods", "Budget 2025-2026.ods"),
        ("facture\u202efdp.exe", "pdf", "facturefdp.exe.pdf"),
        ("Lettre\r\nContent-Type: text/html.pdf", "pdf", "Lettre Content-Type- text-html.pdf"),
        ("e\u0301tude.pdf", "pdf", "étude.pdf"),
        ("con.pdf", "pdf", "_con.pdf"),
        ("LPT1.résumé.pdf", "pdf", "_LPT1.résumé.pdf"),
        (".htaccess", "csv", "htaccess.csv"),
        (".pdf", "pdf", "pdf.pdf"),
        ("", "pdf", "document.pdf"),
        (" ... ", "odt", "document.odt"),
        ("x" * 300 + ".pdf", "pdf", "x" * 115 + ".pdf"),
    ],
)
def test_names_stay_recognisable(text: str, extension: str, name: str) -> None:
    assert safe_name(text, extension) == name
