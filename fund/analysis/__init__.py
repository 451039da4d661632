"""Computing on plain numbers: proposals of assignment, portfolios, what scores are worth.

No database, no sentences.
"""
