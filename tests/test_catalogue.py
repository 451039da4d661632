"""The French catalogue is complete, up to date, and says the same variables as its source."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent
CATALOGUE = ROOT / "fund/translations/fr/LC_MESSAGES/messages.po"
KEYWORDS = DEFAULT_KEYWORDS | {"_l": None, "lazy_gettext": None, "lazy_pgettext": ((1, "c"), 2)}
VARIABLE = re.compile(r"%\((\w+)\)\w|%%")


@pytest.fixture(scope="module")
def source() -> Catalog:
    with (ROOT / "babel.cfg").open() as file:
        mapping, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]  # Babel leaves it untyped
    catalogue = Catalog()
    found = extract_from_dir(ROOT, mapping, options, KEYWORDS, directory_filter=_is_ours)
    for _, _, message, _, context in found:
        catalogue.add(message, context=context)
    return catalogue


@pytest.fixture(scope="module")
def french() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="fr")


def test_every_sentence_of_the_code_is_in_the_catalogue(source: Catalog, french: Catalog) -> None:
    missing = {_key(message) for message in source} - {_key(message) for message in french}
    assert not missing, "run make catalogue, then translate"


def test_no_sentence_outlives_its_code(source: Catalog, french: Catalog) -> None:
    assert not {_key(message) for message in french} - {_key(message) for message in source}
    assert not french.obsolete


def test_every_sentence_is_translated_and_sure(french: Catalog) -> None:
    doubtful = [
        message.id for message in french if message.id and (message.fuzzy or not all(_texts(message.string)))
    ]
    assert not doubtful


def test_variables_agree(french: Catalog) -> None:
    for message in french:
        wanted = {name for text in _texts(message.id) for name in VARIABLE.findall(text)}
        for text in _texts(message.string):
            assert set(VARIABLE.findall(text)) <= wanted, message.id
        # A singular may say « un » instead of the number; the last form must say everything.
        assert not message.id or set(VARIABLE.findall(_texts(message.string)[-1])) == wanted, message.id


def test_french_typography(french: Catalog) -> None:
    """No straight apostrophe or quote, and no ordinary space before a high sign (: ; ! ? » %)."""
    for message in french:
        for text in _texts(message.string) if message.id else ():
            plain = VARIABLE.sub("", text)
            assert not re.search(r"['\"]|[ ][:;!?»%]|« ", plain), text


def _is_ours(folder: str) -> bool:
    return Path(folder).name not in {".venv", "instance", "tests", "node_modules"} and not Path(
        folder
    ).name.startswith(".")


def _key(message: Message) -> tuple[str | None, tuple[str, ...]]:
    return message.context, _texts(message.id)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (str(value),)
