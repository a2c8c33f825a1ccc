"""The program, but that it finds red squares in the place of people: what long work takes is then soon done."""

from __future__ import annotations

from desks import red_squares

from cli import review
from cli.main import main

__all__: list[str] = []

if __name__ == "__main__":
    vars(review)["load"] = red_squares
    main()
