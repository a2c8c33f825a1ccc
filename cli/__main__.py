"""`python -m cli`: the same as `redact`."""

from cli.main import main

__all__ = ["main"]

main()
