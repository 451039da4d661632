"""The history of the schema; ``fund db upgrade`` walks it."""
