"""A long copy, made and checked piece by piece: side by side where processes are to spare, and what is finished stays.

What a piece is made of decides what it is called, so a piece that is found was made of the very same. Where it is cut
depends on the clip alone, never on how many work on it: the copy has the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from redact.errors import InputUnusable, RedactError, SourceChanged, VerificationFailed
from redact.files import canonical_json, sha256_bytes, sha256_file, whole_file
from redact.jobs.kept import keep, kept
from redact.jobs.tasks import Made, Task
from redact.jobs.workers import Crashed, Team
from redact.paint.render import render
from redact.records.tracks import Resting
from redact.verify.joined import made_of
from redact.verify.seen import all_together
from redact.verify.verify import Verification, conclude, look_through, stamp
from redact.video.audio import Sound
from redact.video.pieces import Piece, join

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from redact.advice import Sentence
    from redact.jobs.kept import Kept
    from redact.jobs.tasks import Making
    from redact.paint.spec import CopySpec
    from redact.progress import Progress
    from redact.records.clip import Clip
    from redact.records.plan import MaskPlan
    from redact.records.tracks import Detector
    from redact.verify.acceptance import Acceptance

__all__ = ["Doing", "Workshop", "one_by_one", "rest", "side_by_side"]

STAGES = ("render", "verify")
"""What is done with every frame of a piece."""

LARGE_PX = 1_000_000
"""px of a picture from which networks rest before each piece: of smaller ones an encoder holds little."""

WHOLE, JOINED = "pieces", "joined"
"""The stage that stands for both, and the one after all pieces."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Why a piece could not be made, as it travels."""

    kind: type[RedactError]
    problem: Sentence
    advice: Sentence

    @property
    def error(self) -> RedactError:
        """Say it to whoever asked."""
        error = self.kind(self.problem)
        error.advice = self.advice
        return error


@dataclass(frozen=True, slots=True)
class Doing:
    """Makes one piece in a process of its own, which loads the networks once."""

    load: Callable[[], Sequence[Detector]]
    """Gives the networks: a function of a module, or a partial one."""

    def __call__(self, task: Task, progress: Progress) -> Made | Failed:
        """Make the piece of TASK; what goes wrong is given."""
        from redact.jobs.trouble import explained  # noqa: PLC0415  only a failure needs it

        try:
            return make(task, self.load(), progress)
        except Exception as problem:  # noqa: BLE001  whatever it is, whoever asked has to be told
            told = explained(problem)
            return Failed(type(told), told.problem, told.advice)


def one_by_one(detectors: Sequence[Detector]) -> Making:
    """Make pieces one after the other, in this process, looked at by DETECTORS."""

    def making(tasks: Sequence[Task], tell: Callable[[Task, str, int, int | None], None]) -> Iterator[Made]:
        for task in tasks:
            yield make(task, detectors, lambda stage, done, total, task=task: tell(task, stage, done, total))

    return making


def side_by_side(doing: Doing, count: int) -> Making:
    """Let COUNT processes make pieces, each DOING one after the other."""

    def making(tasks: Sequence[Task], tell: Callable[[Task, str, int, int | None], None]) -> Iterator[Made]:
        waiting = list(tasks)
        with Team(doing, count) as team:
            while waiting or team.busy:
                while waiting and team.free:
                    team.begin(waiting.pop(0))
                for _, made in team.heard(tell):
                    yield _unless_failed(made)

    return making


def make(task: Task, detectors: Sequence[Detector], progress: Progress) -> Made:
    """Make the piece of TASK, see every picture of it, and keep it. Raises SourceChanged as `render` does."""
    clip = task.spec.clip
    master = stamp(clip.path)
    if clip.width * clip.height >= LARGE_PX:
        rest(detectors)
    with whole_file(task.path) as part:
        render(task.spec, part, progress=progress)
        seen = look_through(part, task.spec, detectors, accept=task.accept, progress=progress)
        sha256 = sha256_file(part)
        _check_unchanged(clip, master)
    made = Made(Piece(task.frames, task.path), sha256, master, seen)
    keep(made)
    return made


def rest(detectors: Iterable[Detector]) -> None:
    """Have DETECTORS let go of what their last look wanted, which an encoder's memory would come on top of.

    What they had made ready is loaded again from the disk, which takes half a second of a core.
    """
    for detector in detectors:
        if isinstance(detector, Resting):
            detector.rest()


@dataclass(frozen=True, slots=True, eq=False)
class Workshop:
    """How the pieces of one job's copies are made, and where those that are finished are kept."""

    making: Making
    kept: Kept
    networks: Mapping[str, str]
    """Digest of every network that looks, by its name."""
    accept: Acceptance | None
    """The findings that the operator lets stand."""

    def copy(
        self, spec: CopySpec, spans: Sequence[tuple[int, int]], part: Path, *, last: bool, progress: Progress
    ) -> Verification:
        """Write the copy that SPEC asks for to PART, made of pieces that show SPANS, and check it.

        Pieces that were finished before are not made again. Where something was found outside the masks, and this is
        not the LAST copy, the pieces are not put together: they are to be made anew. Raises as `render` and `verify`
        do.
        """
        base, clip = _base(spec, self.networks, self.accept), spec.clip
        tasks = [_task(spec, span, base, self) for span in spans]
        ready = self._made(tasks, last=last, progress=progress)
        seen = all_together([one.seen for one in ready])
        if len(seen.look.found) and not last:
            for one in ready:
                one.piece.path.unlink(missing_ok=True)
            return Verification((), seen.look.found, seen.look.told)
        progress(JOINED, 0, None)
        for one in ready:  # of the very file whose digest is told in the end
            _check_unchanged(clip, one.master)
        unheard = _joined(ready, part, spec)
        stand = made_of(part, [(one.piece, one.sha256) for one in ready], clip, spec.plan)
        checked = conclude(part, spec, lambda: seen, stand)
        for one in ready:
            _check_unchanged(clip, one.master)
        return replace(checked, unheard=unheard)

    def _made(self, tasks: Sequence[Task], *, last: bool, progress: Progress) -> list[Made]:
        """Give the pieces of TASKS, in order; those that are not there are made."""
        found = {task.path: kept(Piece(task.frames, task.path)) for task in tasks}
        now = stamp(tasks[0].spec.clip.path)
        made = {path: one for path, one in found.items() if one and one.master == now}
        wanting = any(len(known.seen.look.found) for known in made.values()) and not last
        due = [task for task in tasks if task.path not in made or not (wanting or _whole(made[task.path]))]
        whole = _Whole(tasks, due, progress)
        for one in self.making(due, whole.tell):
            made[one.piece.path] = one
            whole.done(one)
        return [made[task.path] for task in tasks]


class _Whole:
    """How far the whole copy is, put together from its pieces."""

    def __init__(self, tasks: Sequence[Task], due: Sequence[Task], progress: Progress) -> None:
        """Begin with the pieces of TASKS that are not DUE."""
        sizes = {task.path: task.frames[1] - task.frames[0] for task in tasks}
        here = sizes.keys() - {task.path for task in due}
        self._total, self._progress = len(STAGES) * sum(sizes.values()), progress
        self._done = {(path, stage): sizes[path] for path in here for stage in STAGES}

    def tell(self, task: Task, stage: str, done: int, _: int | None) -> None:
        """Note that so much of STAGE of TASK is DONE."""
        if stage in STAGES:
            self._done[task.path, stage] = done
            if stage == STAGES[-1]:
                self._done[task.path, STAGES[0]] = task.frames[1] - task.frames[0]
            self._progress(WHOLE, sum(self._done.values()), self._total)

    def done(self, made: Made) -> None:
        """Note that all is done of what was MADE; the last that it told may have been lost on its way."""
        first, end = made.piece.frames
        self._done |= {(made.piece.path, stage): end - first for stage in STAGES}
        self._progress(WHOLE, sum(self._done.values()), self._total)


def _joined(ready: Sequence[Made], part: Path, spec: CopySpec) -> tuple[str, ...]:
    """Join the pieces that are READY to PART. Raises InputUnusable where they do not fit; then they are gone."""
    try:
        return join([one.piece for one in ready], part, spec.clip, spec.sound, spec.plan.frames)
    except VerificationFailed as problem:
        for one in ready:
            one.piece.path.unlink(missing_ok=True)
        raise InputUnusable(problem.what, "Run it again: the pieces are made anew.") from problem


def _check_unchanged(clip: Clip, master: tuple[int, ...]) -> None:
    """Raise SourceChanged unless the file of CLIP is still as it was when it had the stamp MASTER."""
    if stamp(clip.path) != master:
        message = f"{clip.path} changed while it was worked on."
        raise SourceChanged(message)


def _base(spec: CopySpec, networks: Mapping[str, str], accept: Acceptance | None) -> str:
    """Tell what every piece of the copy is made of, and seen by, from anything else; the mark names master and plan."""
    from redact.package.manifest import tool_version  # noqa: PLC0415  loads pydantic

    looks, visible, mark, clip = spec.looks, spec.visible, spec.mark, spec.clip
    arrays = (looks.frames, visible.frame, visible.xyxy, visible.kind, clip.pts)
    form = (clip.stream, clip.width, clip.height, clip.pix_fmt, clip.time_base, clip.forced_rate, clip.orientation)
    facts = {
        "mark": [mark.reference, mark.recipient, str(mark.copy_number), mark.released, mark.release_id, mark.digest],
        "read": [str(one) for one in form],
        "overlay": spec.overlay,
        "kinds": sorted(int(kind) for kind in spec.kinds),
        "looks": [looks.closely, repr(looks.poses)],
        "arrays": [sha256_bytes(np.ascontiguousarray(array).tobytes()) for array in arrays],
        "networks": dict(networks),
        "accepted": sorted(accept.ids) if accept else [],
        "tool": tool_version(),
    }
    return sha256_bytes(canonical_json(facts))


def _task(spec: CopySpec, span: tuple[int, int], base: str, workshop: Workshop) -> Task:
    """Ask for the piece of SPEC that shows SPAN; BASE tells what it is made of, WORKSHOP where it goes."""
    path = workshop.kept.path(f"{base[:16]}-{span[0]:08}-{span[1]:08}")
    return Task(_part(spec, span), path, workshop.accept)


def _part(spec: CopySpec, span: tuple[int, int]) -> CopySpec:
    """Cut what concerns the frames of SPAN out of SPEC; a piece has no sound."""
    plan, visible = spec.plan, spec.visible
    rows = slice(int(plan.start[span[0]]), int(plan.start[span[1]]))
    arrays = {name: getattr(plan, name)[rows] for name in ("xyxy", "track", "origin", "kind")}
    start = np.clip(plan.start - plan.start[span[0]], 0, rows.stop - rows.start)
    part: MaskPlan = replace(plan, frames=span, start=start, **arrays)
    here = visible[(visible.frame >= span[0]) & (visible.frame < span[1])]
    return replace(spec, plan=part, visible=here, sound=Sound(keep=False))


def _whole(made: Made) -> bool:
    """Tell whether the file of what was MADE is there, as it was."""
    return made.piece.path.is_file() and sha256_file(made.piece.path) == made.sha256


def _unless_failed(made: Made | Failed | Crashed) -> Made:
    """Give what was MADE. Raises RedactError where it was not."""
    match made:
        case Crashed():
            again = "Run it again, with fewer at a time where memory is short: what is finished is not made anew."
            raise RedactError(made.sentence, again)
        case Failed():
            raise made.error
        case _:
            return made
