"""One job or many, whoever asks: a command, a page, a worker. The seam between the engine and those who use it."""
