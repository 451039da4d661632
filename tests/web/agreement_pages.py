"""What tests read of an agreement after a page, and on it."""

import re

from fund.db import SessionFactory
from fund.models import Agreement


def now(factory: SessionFactory, agreement: Agreement) -> Agreement:
    with factory() as session:
        found = session.get_one(Agreement, agreement.id)
        assert found.award.state
        assert isinstance(found.signatures, list)
        return found


def digest_on(page: str) -> str:
    found = re.search(r'name="digest"[^>]*value="([0-9a-f]{64})"', page)
    assert found
    return found[1]
