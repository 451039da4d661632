"""Pictures of figures: plain facts in, SVG and the table behind it out.

``facts.py`` says what a picture is made of, ``pictures.picture_of`` draws it, ``tabulating.table_of`` gives
the table that stands behind it; ``fund.documents.tables`` writes that table as a spreadsheet. Nothing here knows
who may see what: the facts hold only what their reader may see.
"""
