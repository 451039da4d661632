"""What the fund says to its bank and what the bank answers: account numbers, transfer files, statements.

No database, no sentences for pages.
"""
