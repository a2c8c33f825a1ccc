"""Who may come in: links, sessions, persons, and what every request has to pass."""
