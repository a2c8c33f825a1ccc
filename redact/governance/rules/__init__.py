"""The rules, without a database: time limits, roles, grounds, what makes a request valid."""
