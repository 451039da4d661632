"""Papers: the templates in ``templates/`` and what fills them. Nothing here reads the database."""
