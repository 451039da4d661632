"""What tests of the pages of writing read on them."""

import re
from typing import Any

from playwright.sync_api import Page, expect

SAVED = re.compile(r"Enregistré à\s\d\d:\d\d")


def state(page: Page) -> Any:
    return expect(page.locator("[data-save-state]"))
