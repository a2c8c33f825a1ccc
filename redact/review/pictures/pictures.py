"""What is looked at, for the whole server: which file a picture is of, and its frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redact.review.pictures.films import Films
from redact.review.pictures.frames import Frames

if TYPE_CHECKING:
    from redact.governance.register.register import ClipRow
    from redact.review.access.sessions import Session
    from redact.review.desk import Desk
    from redact.review.pictures.films import Shown
    from redact.review.pictures.store import Picture

__all__ = ["Pictures"]


class Pictures:
    """Files and frames; a part of the desk, made when it is first asked for."""

    def __init__(self, desk: Desk) -> None:
        """Show what is in the records of DESK."""
        self._films = Films(desk)
        self.frames = Frames()

    def shown(self, session: Session, reference: str, clip: ClipRow, of: str = "master") -> Shown:
        """Give the file that is OF CLIP: its master, or the last copy. What is gone from the disk goes from memory.

        Raises UsageProblem where it was not scanned, Turned (404) where no copy was made.
        """
        gone = self._films.gone()
        if gone:
            self.frames.forget(lambda key: any(key.startswith(lost) for lost in gone))
        find = self._films.copy if of == "copy" else self._films.master
        return find(session, reference, clip)

    def frame(self, shown: Shown, index: int, width: int | None) -> Picture:
        """Give what is SHOWN of frame INDEX of the master, WIDTH px wide at most. Raises IndexError outside it."""
        if not shown.first <= index < shown.ends:
            raise IndexError(index)
        return self.frames.picture(shown.film, index - shown.first, width)

    def rest(self) -> None:
        """Let go of the decoders that nobody has wanted for a while."""
        self.frames.rest()

    def close(self) -> None:
        """Let go of every file."""
        self.frames.close()
