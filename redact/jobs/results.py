"""The files that a job makes: what they are called, what stands under these names already, and what of it may go.

No file is taken for one of ours by its name. A copy is one whose digest its manifest records, a withheld copy one whose
digest its report names; manifests, lists and pages are known by their form. Whatever else stands under a name that is
wanted is never replaced, nor is a file that the job reads.
"""

from __future__ import annotations

import json
import os
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from errno import ENAMETOOLONG
from itertools import count
from typing import TYPE_CHECKING

from redact.advice import Given
from redact.errors import InputUnusable, UsageProblem
from redact.files import publish, read_small, scratch_file, sha256_file, share, sync
from redact.package.manifest import LARGEST, LONGEST_NAME
from redact.package.names import (
    COPY,
    MANIFEST,
    OPERATORS,
    PLAN,
    REPORT,
    RISKS,
    SHOWN,
    SUPERSEDED,
    SUPERSEDED_MARK,
    WITHHELD,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from pathlib import Path

    from redact.advice import Part

__all__ = ["Recorded", "Results", "is_list"]

HEAD_BYTES = 2000
"""Of a page of ours this much tells that it is one."""

FRAME = b"Content-Security-Policy\" content=\"default-src 'none'"
TITLES = {REPORT: b"<title>Redaction report ", OPERATORS: b"<title>Operator&#x27;s report "}
"""How our pages begin."""

FORMS = {RISKS: "redact-risks/1", PLAN: "redact-plan/1", SHOWN: "redact-shown/1"}
"""What our lists say they are."""

MANIFESTS = "redact-manifest/"
"""How the version of every manifest begins."""

ELSEWHERE: tuple[Part, ...] = (
    "Move it away, or choose another folder with ",
    Given.FOLDER,
    " or another name with ",
    Given.NAME,
    ".",
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a manifest of any version says of its copy."""

    made_at: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Results:
    """The files of one job."""

    folder: Path
    name: str
    """Before their endings."""
    more: tuple[str, ...] = ()
    """Endings of what only this job makes."""

    def file(self, ending: str) -> Path:
        """Say where the file with ENDING is."""
        return self.folder / f"{self.name}.{ending}"

    def check(self, inputs: Iterable[Path] = ()) -> None:
        """Raise UsageProblem where one of them is among INPUTS, InputUnusable where one cannot be or is not ours."""
        self._check_lengths()
        self.check_inputs(inputs)
        for ending in self._endings:
            path = self.file(ending)
            if os.path.lexists(path) and not self._ours(ending):
                message = f"{path} is not a file that redact made, or was changed since, and is not replaced."
                raise InputUnusable(message, *ELSEWHERE)

    def check_inputs(self, inputs: Iterable[Path]) -> None:
        """Raise UsageProblem where one of them is among INPUTS, by whatever name or link."""
        read = {place: path for path in inputs for place in _identity(path)}
        for ending in self._endings:
            path = self.file(ending)
            if same := next((read[place] for place in _identity(path) if place in read), None):
                message = f"{same} would be replaced: this command reads it, and one of its results is called {path}."
                where = ("Choose another folder with ", Given.FOLDER, ", or another name with ", Given.NAME, ".")
                raise UsageProblem(message, *where)

    def standing(self) -> Recorded | None:
        """Give what is recorded of the release that stands here; None where none does, or not all of it."""
        return _recorded(self.file(MANIFEST)) if self._ours(COPY) else None

    def marked(self) -> dict[str, Path]:
        """Say where the files of the release that stands here go once it is superseded: to names that are free."""
        for number in count(1):
            head = f"{SUPERSEDED_MARK}{f'-{number}' if number > 1 else ''}"
            names = {ending: self.file(f"{head}.{end}") for ending, end in SUPERSEDED.items()}
            if not any(map(os.path.lexists, names.values())):
                return names
        raise AssertionError

    def appear(
        self,
        files: Mapping[Path, bytes],
        part: Path,
        final: Path,
        begins: Callable[[], object],
        *,
        shared: Collection[Path],
        goes: Iterable[str],
        superseding: bool,
    ) -> None:
        """Let FILES appear, and PART as FINAL; those that are SHARED can be read by others.

        Only when all is on the disk, and BEGINS raised nothing then, what GOES of an earlier run is removed, or its
        release marked where this one is SUPERSEDING it. The copy comes last. Stopped in between nothing new is left: a
        report without its copy would say what is not so.
        """
        with ExitStack() as stack:
            parts = {path: stack.enter_context(scratch_file(path)) for path in files} | {final: part}
            for path, data in files.items():
                parts[path].write_bytes(data)
            for path, written in parts.items():
                sync(written)
                if path in shared:
                    share(written)
            begins()
            try:
                self._make_way(goes, superseding=superseding)
                for path, written in parts.items():
                    publish(written, path)
            except BaseException:
                for path in parts:
                    path.unlink(missing_ok=True)
                raise

    @property
    def _endings(self) -> tuple[str, ...]:
        return (*SUPERSEDED, *WITHHELD.values(), *self.more)

    def _make_way(self, goes: Iterable[str], *, superseding: bool) -> None:
        """Mark the release that stands here where this one is SUPERSEDING it; remove what GOES, which is ours."""
        if superseding:
            for ending, path in self.marked().items():
                with suppress(FileNotFoundError):
                    self.file(ending).rename(path)
        for ending in goes:
            self.file(ending).unlink(missing_ok=True)

    def _check_lengths(self) -> None:
        """Raise InputUnusable where a name is longer than the file system takes."""
        for ending in self._endings:
            path = self.file(ending)
            if len(os.fsencode(path.name)) > LONGEST_NAME or _too_long(path):
                message = f"{self.name}.{ending} is too long for the name of a file in {self.folder}."
                nearer = ("Give the results a shorter name with ", Given.NAME, ", or a folder nearer the top.")
                raise InputUnusable(message, *nearer)

    def _ours(self, ending: str) -> bool:
        """Tell whether the file with ENDING is one that redact made, and is as it was made."""
        path = self.file(ending)
        if path.is_symlink() or not path.is_file():
            return False
        if ending == COPY:
            return self._of_manifest(path)
        if ending == WITHHELD[COPY]:
            return self._of_report(path)
        if ending == MANIFEST:
            return _recorded(path) is not None
        kind = ending.removeprefix("withheld.")
        return is_list(path, FORMS[kind]) if kind in FORMS else _page(path, TITLES[kind])

    def _of_manifest(self, path: Path) -> bool:
        """Tell whether the copy at PATH is the one that the manifest beside it records."""
        recorded = _recorded(self.file(MANIFEST))
        return recorded is not None and sha256_file(path) == recorded.sha256

    def _of_report(self, path: Path) -> bool:
        """Tell whether the withheld copy at PATH is one that a report beside it names by its digest."""
        pages = [self.file(ending) for ending in (WITHHELD[REPORT], REPORT) if self._ours(ending)]
        digest = sha256_file(path).encode() if pages else b""
        return any(digest in page.read_bytes() for page in pages)


def _recorded(path: Path) -> Recorded | None:
    """Read what the manifest at PATH, of whatever version of redact, records of its copy; None where it is none."""
    with suppress(InputUnusable, OSError, ValueError, RecursionError, LookupError, TypeError):
        manifest = json.loads(read_small(path, LARGEST))
        if str(manifest["version"]).startswith(MANIFESTS):
            return Recorded(str(manifest["made_at"]), str(manifest["output"]["sha256"]))
    return None


def _page(path: Path, title: bytes) -> bool:
    """Tell whether PATH is a page of ours with TITLE."""
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    return FRAME in head and title in head


def is_list(path: Path, form: str) -> bool:
    """Tell whether PATH is a list of ours that says it is of FORM."""
    with suppress(OSError, ValueError, RecursionError):
        document = json.loads(path.read_bytes())
        return isinstance(document, dict) and document.get("version") == form
    return False


def _identity(path: Path) -> set[object]:
    """Give what tells the file at PATH from every other, whatever it is called; nothing where there is none."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return set()
    return {(status.st_dev, status.st_ino), os.path.realpath(path)}


def _too_long(path: Path) -> bool:
    """Tell whether the file system refuses the name PATH for its length."""
    try:
        path.lstat()
    except OSError as problem:
        return problem.errno == ENAMETOOLONG
    return False
