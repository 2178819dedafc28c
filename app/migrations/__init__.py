"""The history of the schema: Alembic's environment and its versions."""
