"""A small copy of a master to be played, and what its pictures look like, made in one pass from its start.

The copy shows people as the master does: it lies beside the scans, is as private as they are, and is purged with them.
It has every picture of the master, each a key picture, at the master's own distance in time; which frame a player shows
is read from its media time by the table beside it, never from a rate.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from redact.case.asked import still_open
from redact.case.folder import clip_locked, scans_folder
from redact.case.footage import check_attached, master, scanned
from redact.files import publish, scratch_file, write_whole
from redact.governance.rules.authority import Action
from redact.progress import silent
from redact.records.clip import Frame
from redact.request.times import microseconds
from redact.review.pictures.sound import SOUND, is_heard, to_bytes
from redact.video.audio import Sound
from redact.video.encode import write
from redact.video.formats import planes
from redact.video.hearing import hear
from redact.video.landmarks import Surveyor
from redact.video.pictures import Tally, pictures
from redact.video.small import Smaller, layout_of, small

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from redact.governance.office import Office
    from redact.governance.register.register import ClipRow
    from redact.progress import Progress
    from redact.records.clip import Clip
    from redact.video.hearing import SpeechFinder
    from redact.video.landmarks import Landmarks

__all__ = ["LANDMARKS", "PROXY", "make_proxy", "media_times_us", "proxied"]

PROXY, LANDMARKS = "proxy.mp4", "landmarks.npz"
"""What the two files are called."""

CRF = 28
"""Constant quality: people are told apart by it while it plays; what is decided by is the frame itself."""


def proxied(
    office: Office,
    reference: str,
    clip: ClipRow,
    finder: SpeechFinder | None = None,
    *,
    progress: Progress = silent,
) -> Path:
    """Make the small copy of CLIP that is played, for the request REFERENCE, unless it is there. Gives its path.

    With it goes what its sound is like: how loud, and, where there is a FINDER, when somebody speaks.

    Raises NotPermitted, UsageProblem where it was not scanned, SourceChanged.
    """
    office.permit(Action.VIEW, reference)
    with office.refusals(reference):
        check_attached(still_open(office, reference), clip)
        seen, _ = scanned(office, reference, clip, colours=False)
        folder = scans_folder(office, clip.sha256)
        path, marks, sound = folder / PROXY, folder / LANDMARKS, folder / SOUND
        if not (path.is_file() and marks.is_file()):
            with scratch_file(path) as part:
                landmarks = make_proxy(seen.clip, part, progress=progress)
                with _still_there(office, clip):
                    write_whole(marks, landmarks.to_bytes(clip.sha256))
                    publish(part, path)
        if not is_heard(sound, clip.sha256, finder):
            heard = hear(seen.clip, finder, _told(seen.clip, progress))
            with _still_there(office, clip):
                write_whole(sound, to_bytes(heard, clip.sha256))
        for made in (marks, path, sound):
            office.keep(made)
    return path


def make_proxy(clip: Clip, path: Path, *, progress: Progress = silent) -> Landmarks:
    """Write the small copy of CLIP to PATH, sound and all, and give what its pictures look like.

    Raises SourceChanged where the master is no longer what was scanned.
    """
    target, surveyor = small(clip), Surveyor(clip)
    with closing(_small_frames(clip, target, surveyor, progress)) as frames:
        write(frames, path, target, layout_of(target), Sound(keep=True), crf=CRF, intra=True)
    return surveyor.landmarks()


def media_times_us(clip: Clip) -> list[int]:
    """Give the media time, in microseconds, at which a player of the small copy of CLIP begins to show each frame."""
    return microseconds(clip, int(clip.pts[0]))


@contextmanager
def _still_there(office: Office, clip: ClipRow) -> Iterator[None]:
    """Hold the footage of CLIP. Raises InputUnusable, NotPermitted where it was purged in the meantime."""
    with clip_locked(office, clip.sha256):
        master(office, office.register.clip(clip.sha256))
        yield


def _told(clip: Clip, progress: Progress) -> Callable[[float], object]:
    """Tell PROGRESS of the seconds of sound that are done."""
    total = max(1, round(float(clip.times_s(slice(-1, None))[0] - clip.times_s(slice(0, 1))[0])))
    return lambda seconds: progress("sound", min(round(seconds), total), total)


def _small_frames(clip: Clip, target: Clip, surveyor: Surveyor, progress: Progress) -> Generator[Frame, None, None]:
    """Decode CLIP from its start, let SURVEYOR see every picture, and give it as TARGET has it."""
    smaller = Smaller(clip, target)
    with closing(pictures(clip, Tally())) as stream:
        for index, decoded in enumerate(stream):
            if index >= len(clip):
                break
            samples = planes(decoded.picture)
            surveyor.see(decoded, samples)
            yield smaller(Frame(index, int(clip.pts[index]), samples, decoded.picture, damaged=decoded.doubted))
            progress("proxy", index + 1, len(clip))
