"""A call as data: its form, its budget plan, its rules; and the one compiler that judges what is written in it.

Nothing here knows a database or a request. Models, services, pages, API and documents all ask this room.
"""
