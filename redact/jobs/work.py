"""One job of making a release, whoever asks for it: a command, a page, a worker on another machine."""

from __future__ import annotations

import sys
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Protocol

from redact.advice import Given
from redact.errors import InputUnusable, ModelUnavailable
from redact.files import reason_of
from redact.jobs.options import DEFAULTS, Options
from redact.jobs.trouble import explained

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from redact.jobs.recipe import Recipe
    from redact.jobs.release import Release
    from redact.jobs.results import Results
    from redact.jobs.tasks import Making
    from redact.progress import Progress
    from redact.records.kinds import Kind
    from redact.records.tracks import Detector
    from redact.request.model import Request
    from redact.video.hearing import SpeechFinder

__all__ = ["Loader", "Work", "for_cases", "loaded", "speech_finder", "writable"]


class Loader(Protocol):
    """What loads networks: handed in, since the program's own part knows none.

    Beside it in its module there may be `digests`, which tells what it would load, and `speech`.
    """

    def __call__(self, kinds: Iterable[Kind], *, keeping: bool = False) -> tuple[Detector, ...]:
        """Give every network that finds one of KINDS; KEEPING: those for where somebody is to stay visible."""
        ...

    def __hash__(self) -> int:
        """Tell it from another: what it loaded is kept."""
        ...


@dataclass(frozen=True, slots=True)
class Work:
    """How a release is made of any clip. It travels to other processes, each of which loads the networks once."""

    load: Loader
    """What loads the networks: a function of a module."""
    request: Request
    options: Options = DEFAULTS

    def __call__(self, master: Path, folder: Path, progress: Progress, claim: Callable[[], object] = bool) -> Release:
        """Make the release of MASTER in FOLDER; CLAIM is called before any file appears, and may raise.

        Raises RedactError, whatever goes wrong.
        """
        try:
            self.check(master, folder)
            _look(master, self, progress)
            if self.options.photographs:
                self._suggest(master, progress)
            from redact.jobs.draft import kinds_to_find  # noqa: PLC0415  loads OpenCV
            from redact.jobs.release import make_release  # noqa: PLC0415  loads OpenCV

            networks = partial(loaded, self.load, kinds_to_find(self.request), keeping=bool(self.request.keep))
            return make_release(
                master,
                folder,
                self.request,
                networks(),
                replace(self.options, helpers=self._helpers(networks) or self.options.helpers),
                progress=progress,
                claim=claim,
            )
        except Exception as problem:
            raise explained(problem) from problem

    def _helpers(self, networks: Callable[[], tuple[Detector, ...]]) -> Making | None:
        """Give what makes pieces side by side with NETWORKS, where more than one process is to."""
        if self.options.workers == 1:
            return None
        from redact.jobs.pieces import Doing, side_by_side  # noqa: PLC0415  loads OpenCV

        return side_by_side(Doing(networks), self.options.workers)

    def _suggest(self, master: Path, progress: Progress) -> None:
        """Raise UsageProblem, which says whom the photographs may show in MASTER."""
        from redact.jobs.suggest import only_suggested, suggestions  # noqa: PLC0415  loads OpenCV
        from redact.records.kinds import Kind  # noqa: PLC0415  not needed for help

        detectors = loaded(self.load, (Kind.PERSON, Kind.FACE), keeping=True)
        raise only_suggested(suggestions(master, self.options.photographs, detectors, self.options, progress=progress))

    def recipe(self) -> Recipe:
        """Say what its copies are made from on this computer. Raises ModelUnavailable."""
        from redact.jobs.draft import kinds_to_find  # noqa: PLC0415  loads OpenCV
        from redact.jobs.recipe import Recipe  # noqa: PLC0415  loads pydantic
        from redact.package.manifest import tool_version  # noqa: PLC0415  as above

        digests = _beside(self.load, "digests")
        networks = digests(kinds_to_find(self.request), keeping=bool(self.request.keep)) if digests else {}
        return Recipe(self.request.plain(), networks, tool_version(), self.options.stream, self.options.fps)

    def check(self, master: Path, folder: Path) -> None:
        """See that the release of MASTER in FOLDER would replace nothing that is not ours. Raises RedactError."""
        self._results(master, folder).check((master, *self.options.inputs))

    def check_inputs(self, master: Path, folder: Path) -> None:
        """See that no file that is read would be replaced by that. Raises UsageProblem."""
        self._results(master, folder).check_inputs((master, *self.options.inputs))

    def _results(self, master: Path, folder: Path) -> Results:
        from redact.files import file_stem  # noqa: PLC0415  not needed for help
        from redact.jobs.results import Results  # noqa: PLC0415  loads pydantic

        return Results(folder, self.options.name or file_stem(master))


def _look(master: Path, work: Work, progress: Progress) -> None:
    """See that MASTER is a video, and that what WORK names lies in it, before the networks are loaded for it.

    Raises InputUnusable, UsageProblem.
    """
    from redact.request.within import check_asked  # noqa: PLC0415  as above
    from redact.video.probe import probe  # noqa: PLC0415  loads PyAV

    progress("probe", 0, None)
    check_asked(work.request, probe(master, work.options.fps, work.options.stream))


@cache
def loaded(load: Loader, kinds: tuple[Kind, ...], *, keeping: bool) -> tuple[Detector, ...]:
    """LOAD the networks that find KINDS, once in a process; KEEPING: those for where somebody is to stay visible."""
    return load(kinds, keeping=keeping)


def for_cases(load: Loader) -> tuple[Detector, ...]:
    """LOAD the networks for a scan that is kept: it serves any request, and mostly somebody is to stay visible."""
    from redact.records.kinds import Kind  # noqa: PLC0415  loads numpy

    return loaded(load, tuple(sorted(Kind)), keeping=True)


def speech_finder(load: Loader) -> SpeechFinder | None:
    """Give what finds speech: `speech`, which stands beside LOAD in its module. None where there is none.

    Where its network is not on this machine nothing is said of speech, and nothing else is held up by that.
    """
    find = _beside(load, "speech")
    if find is None:
        return None
    with suppress(ModelUnavailable):
        finder: SpeechFinder = find()
        return finder
    return None


def _beside(load: Loader, name: str) -> Any:
    """Give the function NAME that stands beside LOAD in its module; None where there is none."""
    return getattr(sys.modules.get(getattr(load, "__module__", "")), name, None)


@contextmanager
def writable(folder: Path) -> Iterator[None]:
    """See that FOLDER can be written to before hours are spent; an empty folder made for nothing is removed again.

    Raises InputUnusable.
    """
    made = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as problem:
        message = f"{folder} cannot be written ({reason_of(problem)})."
        raise InputUnusable(message, "Choose another folder with ", Given.FOLDER, ".") from problem
    try:
        yield
    finally:
        if made:
            with suppress(OSError):  # there is something in it
                folder.rmdir()
