"""Pages for people: of a copy, for the operator, of a case, of everyone found, and letters."""
