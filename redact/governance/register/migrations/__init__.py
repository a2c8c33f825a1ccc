"""How the register's tables came to be as they are, one step per version. Alembic runs them by path."""
