"""Plant one fault between scan and copy, and see whether a check finds it: python -m benchmarks.faults --count 500.

Most faults are planted where scan, copy and checks share them: the clip's facts and its decoded pictures are altered
for rendering and checking alike, as a wrong reading of the master would. Others are made in the copy alone. Between
them run honest copies of the same masters, which must pass. No network looks; who is hidden are boxes at random.
"""

from __future__ import annotations

import random
import subprocess
import tempfile
import time
from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import click
import numpy as np

import redact.paint.render
from benchmarks.fault_clips import FORMS, RATE, make_master
from benchmarks.fault_masks import SPOILED, Spoiled, painted_by, swapped
from redact.detect.found import Looks
from redact.errors import RedactError
from redact.files import sha256_file
from redact.paint.spec import CopySpec
from redact.records.clip import Frame
from redact.records.kinds import Cover, Kind, Style
from redact.records.orientation import Orientation
from redact.records.plan import MaskPlan
from redact.records.tracks import Detections
from redact.verify.verify import verify
from redact.video.audio import Sound
from redact.video.colour import FULL, LIMITED
from redact.video.decode import DecodeLog, decode
from redact.video.encode import write
from redact.video.probe import probe
from redact.video.program import bundled
from redact.watermark.mark import Mark
from redact.watermark.strip import lay_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from benchmarks.fault_clips import Form
    from redact.records.clip import Clip
    from redact.records.tracks import FrameBatch

    Planes = tuple[NDArray[Any], ...]
    Change = Callable[[Iterator[Frame]], Iterator[Frame]]

__all__ = ["FAULTS", "Job", "Outcome", "attempt", "masters", "plant"]

MARK = Mark("FAULTS", "nobody", 1, "2026-01-01", "FAULTS/1-0123456789ab", "0123456789abcdef" * 4)

LEAST_SHIFT = 8
"""px by which colours are moved, at least."""


class Blind:
    """Finds nobody."""

    name, digest, sides = "blind", "0" * 64, (320, 480)
    kinds: tuple[Kind, ...] = (Kind.PERSON,)

    def __call__(self, batch: FrameBatch) -> Detections:
        """Find nothing in BATCH."""
        del batch
        return Detections.none()


@dataclass(frozen=True, slots=True, eq=False)
class Master:
    """A master as it is, rightly read."""

    form: Form
    clip: Clip


@dataclass(slots=True)
class Job:
    """One copy to be made and checked, and what is wrong with it. Without changes it is an honest one."""

    master: Master
    clip: Clip
    """As scan, copy and checks take it to be."""
    rng: random.Random
    read: Change = field(default=iter)
    """What is wrong with the pictures that are decoded."""
    painted: Change = field(default=iter)
    """What is wrong with the pictures that are written."""
    sound: Sound = field(default_factory=Sound)
    asked: Sound | None = None
    """The sound that the checks expect, where it is another."""
    spoiled: Spoiled | None = None
    """A box that is not painted as planned."""
    mark: Mark = MARK
    """What the copy says of itself."""
    remuxed: tuple[str, ...] = ()
    """Arguments for the program, which writes the copy once more."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one copy."""

    kind: str
    form: str
    number: int
    """Of the run, to make it again by."""
    found_by: tuple[str, ...]
    """Checks that failed, or the error that stopped it; nothing where all passed."""
    words: tuple[str, ...]


def masters(folder: Path, seed: int) -> list[Master]:
    """Make a master of every form in FOLDER, and read it."""
    made = []
    for number, form in enumerate(FORMS):
        path = make_master(folder / f"{number}.{form.ending}", form, seed * 100 + number)
        source, log = probe(path), DecodeLog()
        for _ in decode(source, log):
            pass
        made.append(Master(form, source.clip(sha256_file(path), log.pts_array(), log.damage())))
    return made


def attempt(kind: str, pool: list[Master], folder: Path, seed: int, number: int) -> Outcome:
    """Make copy NUMBER of one of POOL with a fault of KIND, or an honest one where that is empty, and check it."""
    rng = random.Random(seed * 1_000_000 + number)  # noqa: S311  not for secrets
    job = plant(kind, pool, rng)
    copy = folder / "copy.mp4"
    try:
        with _lying(job):
            plan = _plan(job.clip, rng, 1 if job.spoiled else 0)
            _write(job, plan, copy)
            looks = Looks(_looked(job.clip))
            spec = CopySpec(job.clip, plan, MARK, looks, job.asked or job.sound)
            result = verify(copy, spec, [Blind()])
        failed = [check for check in result.checks if not check.passed]
    except RedactError as problem:
        return Outcome(kind, job.master.form.name, number, (type(problem).__name__,), (problem.what,))
    words = tuple(check.found for check in failed)
    return Outcome(kind, job.master.form.name, number, tuple(check.name for check in failed), words)


def plant(kind: str, pool: list[Master], rng: random.Random) -> Job:
    """Choose a master of POOL that a fault of KIND can be planted in, and plant it."""
    fits, make = FAULTS[kind] if kind else (_any, _honest)
    master = rng.choice([one for one in pool if fits(one)])
    job = Job(master, master.clip, rng)
    if kind:
        job.sound = Sound(keep=kind.startswith("sound"))
    else:
        job.sound = Sound(keep=bool(master.clip.audio) and rng.random() < 0.5)
    make(job, pool)
    return job


@contextmanager
def _lying(job: Job) -> Iterator[None]:
    """Let rendering and checking read the master of JOB as it has it."""

    def lied(_: Clip) -> Iterator[Frame]:
        for index, frame in enumerate(job.read(decode(job.master.clip))):
            if index >= len(job.clip):
                return
            yield Frame(index, int(job.clip.pts[index]), frame.planes, frame.source, damaged=frame.damaged)

    with mock.patch.object(redact.paint.render, "decode", lied):
        yield


def _plan(clip: Clip, rng: random.Random, least: int) -> MaskPlan:
    """Hide up to three who stand still, anywhere; LEAST of them."""
    boxes = []
    for _ in range(max(least, rng.randrange(4))):
        width, height = 2 * rng.randrange(8, clip.width // 8), 2 * rng.randrange(8, clip.height // 6)
        x, y = (2 * rng.randrange((side - own) // 2) for side, own in ((clip.width, width), (clip.height, height)))
        boxes.append((x, y, x + width, y + height))
    count = len(boxes) * len(clip)
    return MaskPlan(
        master=clip.sha256,
        style=rng.choice([Style.BLUR, Style.FILL]),
        cover=Cover.BODY,
        frames=(0, len(clip)),
        start=np.arange(len(clip) + 1, dtype=np.int64) * len(boxes),
        xyxy=np.tile(np.array(boxes, np.int32).reshape(-1, 4), (len(clip), 1)),
        track=np.tile(np.arange(len(boxes), dtype=np.int32), len(clip)),
        origin=np.zeros(count, np.uint8),
        kind=np.zeros(count, np.uint8),
    )


def _write(job: Job, plan: MaskPlan, copy: Path) -> None:
    """Write the copy of JOB as PLAN and its faults have it."""
    paint = painted_by(job.clip, plan, job.mark, job.spoiled)
    frames = job.painted(map(paint, redact.paint.render.frames_of(job.clip, plan)))
    write(frames, copy, job.clip, lay_out(job.clip), job.sound, span=plan.frames)
    if job.remuxed:
        again = copy.with_name("again.mp4")
        plain = ("-map_metadata", "-1", "-map_metadata:s", "-1", "-fflags", "+bitexact", "-movflags", "+faststart")
        where = [str(copy) if part == "COPY" else part for part in job.remuxed]
        command = [bundled(), "-v", "error", "-nostdin", "-y", "-copyts", *where, *plain, "-f", "mp4", str(again)]
        subprocess.run(command, check=True, capture_output=True)
        again.replace(copy)


def _looked(clip: Clip) -> NDArray[np.int32]:
    return np.arange(0, len(clip), 5).astype(np.int32)


# What can be wrong. Each takes a job that is right, and the masters there are.


def _any(_: Master) -> bool:
    return True


def _honest(job: Job, _: list[Master]) -> None:
    """Nothing is; now and then the copy is written once more, as those with faulty sound are."""
    if job.sound.keep and job.rng.random() < 0.3:
        job.remuxed = ("-i", "COPY", "-map", "0", "-c", "copy")


def _each(change: Callable[[Planes], Planes]) -> Change:
    """Change the planes of every frame."""

    def changed(frames: Iterator[Frame]) -> Iterator[Frame]:
        for frame in frames:
            yield Frame(frame.index, frame.pts, change(frame.planes), frame.source, damaged=frame.damaged)

    return changed


def _in_place(change: Callable[[Planes], Planes]) -> Change:
    """Change the planes of every frame where they lie, for the encoder takes them from there."""

    def changed(frames: Iterator[Frame]) -> Iterator[Frame]:
        for frame in frames:
            for plane, other in zip(frame.planes, change(tuple(plane.copy() for plane in frame.planes)), strict=True):
                plane[:] = other
            yield frame

    return changed


def _way_round(job: Job, _: list[Master]) -> None:
    """Pictures are decoded in one of the seven other ways round."""
    turns, mirrored = divmod(job.rng.randrange(1, 8), 2)
    if "422" in job.clip.pix_fmt and turns % 2:  # its planes do not fit on their side
        turns = 2

    def turned(planes: Planes) -> Planes:
        return tuple(np.ascontiguousarray(np.rot90(p[:, ::-1] if mirrored else p, turns)) for p in planes)

    job.read = _each(turned)
    if turns % 2:
        job.clip = replace(job.clip, width=job.clip.height, height=job.clip.width)


def _tagged_way_round(job: Job, _: list[Master]) -> None:
    """The copy says another way round than the master."""
    angle, flips = job.rng.choice([(a, f) for a in (0, 90, 180, 270) for f in ((), ("-display_hflip",)) if a or f])
    more = str(angle - 90 * job.clip.orientation.turns)  # none of the masters is mirrored
    job.remuxed = ("-display_rotation", more, *flips, "-i", "COPY", "-map", "0", "-c", "copy")


def _read_way_round(job: Job, _: list[Master]) -> None:
    """The turn of the master is read wrongly, by scan, copy and checks alike."""
    every = [Orientation(turns, mirrored) for turns in range(4) for mirrored in (False, True)]
    others = [one for one in every if one != job.clip.orientation]
    job.clip = replace(job.clip, orientation=job.rng.choice(others))


def _other_camera(job: Job, pool: list[Master]) -> None:
    """Pictures are those of another camera of the same size."""
    own = job.clip
    others = [
        one.clip
        for one in pool
        if one.clip.sha256 != own.sha256 and (one.clip.pix_fmt, len(one.clip)) == (own.pix_fmt, len(own))
    ]
    other = job.rng.choice(others)

    def swapped(frames: Iterator[Frame]) -> Iterator[Frame]:
        for frame, theirs in zip(frames, decode(other), strict=False):
            yield Frame(frame.index, frame.pts, theirs.planes, theirs.source, damaged=False)

    job.read = swapped


def _still(job: Job, _: list[Master]) -> None:
    """Only a first picture is taken, as where a thumbnail is taken for the video."""
    job.clip = replace(job.clip, pts=job.clip.pts[:1].copy())


def _range_tag(job: Job, _: list[Master]) -> None:
    """The range of levels is read wrongly."""
    pix_fmt = job.clip.pix_fmt.replace("yuvj", "yuv")
    other = LIMITED if _full(job.clip) else FULL
    job.clip = replace(job.clip, pix_fmt=pix_fmt, color=replace(job.clip.color, range=other))


def _matrix_tag(job: Job, _: list[Master]) -> None:
    """The colour matrix is read wrongly."""
    job.clip = replace(job.clip, color=replace(job.clip.color, space=6 if job.clip.color.space == 1 else 1))


def _levels(planes: Planes) -> Planes:
    """Stretch limited levels to full ones, which the tags do not say."""
    top = 255 if planes[0].dtype == np.uint8 else 1023
    scale = (top + 1) / 256
    luma = np.clip((planes[0].astype(np.float32) - 16 * scale) * 255 / 219, 0, top)
    return (luma.astype(planes[0].dtype), *planes[1:])


def _swapped(planes: Planes) -> Planes:
    """Take U for V."""
    return (planes[0], planes[2], planes[1])


def _grey(planes: Planes) -> Planes:
    """Lose all colour."""
    middle = 128 if planes[0].dtype == np.uint8 else 512
    return (planes[0], *(np.full_like(plane, middle) for plane in planes[1:]))


def _shallow(planes: Planes) -> Planes:
    """Take 10 bits for 8."""
    return tuple(plane >> 2 for plane in planes)


def _shifted(job: Job) -> Callable[[Planes], Planes]:
    """Move the colours aside."""
    px, axis = job.rng.choice([-1, 1]) * job.rng.randrange(LEAST_SHIFT, 40), job.rng.randrange(2)

    def moved(planes: Planes) -> Planes:
        ratio = planes[0].shape[axis] // planes[1].shape[axis]
        return (planes[0], *(np.roll(plane, px // ratio, axis) for plane in planes[1:]))

    return moved


def _colour(job: Job, _: list[Master]) -> None:
    """Samples are other than those recorded, in what is decoded or in what is written."""
    changes = [_swapped, _grey, _shifted(job), *([] if _full(job.clip) else [_levels])]
    change = job.rng.choice([*changes, *([_shallow] if "10" in job.clip.pix_fmt else [])])
    if job.rng.random() < 0.5:
        job.read = _each(change)
    else:
        job.painted = _in_place(change)


def _full(clip: Clip) -> bool:
    return clip.color.range == FULL or clip.pix_fmt.startswith("yuvj")


def _moved_from(job: Job, _: list[Master]) -> None:
    """From some frame on every picture is that of the next one."""
    start = job.rng.randrange(1, len(job.clip) - 3)

    def moved(frames: Iterator[Frame]) -> Iterator[Frame]:
        kept = list(_copied(frames))
        for index, frame in enumerate(kept):
            other = kept[min(index + (index >= start), len(kept) - 1)]
            yield Frame(frame.index, frame.pts, other.planes, other.source, damaged=False)

    job.read = moved


def _copied(frames: Iterator[Frame]) -> Iterator[Frame]:
    """Keep FRAMES beyond their decoder."""
    for frame in frames:
        yield Frame(frame.index, frame.pts, [p.copy() for p in frame.planes], frame.source, damaged=frame.damaged)


def _late_from(job: Job, _: list[Master]) -> None:
    """From some frame on every time is one frame late."""
    pts = job.clip.pts.copy()
    pts[job.rng.randrange(1, len(pts) - 1) :] += int(np.median(np.diff(pts)))
    job.clip = replace(job.clip, pts=pts)


def _stretched(job: Job, _: list[Master]) -> None:
    """Time runs faster or slower by a hundredth."""
    first, faster = int(job.clip.pts[0]), job.rng.choice([0.99, 1.01])
    job.clip = replace(job.clip, pts=first + np.rint((job.clip.pts - first) * faster).astype(np.int64))


def _other_ticks(job: Job, _: list[Master]) -> None:
    """A tick is taken for another length."""
    wrong = job.rng.choice([Fraction(24, 25), Fraction(1000, 1001), Fraction(25, 30), Fraction(2)])
    job.clip = replace(job.clip, time_base=job.clip.time_base * wrong)


def _dropped(job: Job, _: list[Master]) -> None:
    """One frame is lost in decoding, and nobody notices."""
    lost = job.rng.randrange(len(job.clip))

    def rest(frames: Iterator[Frame]) -> Iterator[Frame]:
        yield from (frame for frame in frames if frame.index != lost)

    job.clip, job.read = replace(job.clip, pts=np.delete(job.clip.pts, lost)), rest


def _doubled(job: Job, _: list[Master]) -> None:
    """One frame comes twice, the second time halfway to the next."""
    at = job.rng.randrange(len(job.clip) - 1)
    between = (job.clip.pts[at] + job.clip.pts[at + 1]) // 2

    def twice(frames: Iterator[Frame]) -> Iterator[Frame]:
        for frame in _copied(frames):
            yield frame
            if frame.index == at:
                yield frame

    job.clip, job.read = replace(job.clip, pts=np.insert(job.clip.pts, at + 1, between)), twice


def _written_otherwise(job: Job, _: list[Master]) -> None:
    """In the copy alone a frame is missing, or late by half a step."""
    at, how = job.rng.randrange(1, len(job.clip) - 2), job.rng.randrange(2)

    def changed(frames: Iterator[Frame]) -> Iterator[Frame]:
        for frame in frames:
            if frame.index != at:
                yield frame
            elif how:
                step = int(job.clip.pts[at + 1] - job.clip.pts[at]) // 2 or 1
                yield Frame(frame.index, frame.pts + step, frame.planes, frame.source, damaged=False)

    job.painted = changed


def _sound_late(job: Job, _: list[Master]) -> None:
    """All sound is late."""
    by = job.rng.uniform(0.04, 0.2)
    job.remuxed = ("-i", "COPY", "-itsoffset", f"{by:.3f}", "-i", "COPY", "-map", "0:v", "-map", "1:a", "-c", "copy")


def _sound_swapped(job: Job, _: list[Master]) -> None:
    """The tracks have changed places."""
    job.remuxed = ("-i", "COPY", "-map", "0:v", "-map", "0:a:1", "-map", "0:a:0", "-c", "copy")


def _sound_lost(job: Job, _: list[Master]) -> None:
    """There is no sound in the second half."""
    half = len(job.clip) / RATE / 2
    gone = f"volume=0:enable='gt(t,{half})'"
    job.remuxed = ("-i", "COPY", "-map", "0", "-c:v", "copy", "-c:a", "aac", "-af", gone)


def _muted_elsewhere(job: Job, _: list[Master]) -> None:
    """What was to be muted is heard, and something else is not."""
    start = Fraction(job.rng.randrange(10, 40), 100)
    begins = max(int(job.clip.pts[0]) * job.clip.time_base, Fraction(0))
    asked = (begins + start, begins + start + Fraction(3, 10))
    wrong = job.rng.choice([Fraction(1, 10), Fraction(-1, 10), Fraction(2, 5)])
    job.asked = Sound(keep=True, mute=(asked,))
    job.sound = Sound(keep=True, mute=((asked[0] + wrong, asked[1] + wrong),))


def _spoiled(kind: str) -> Callable[[Job, list[Master]], None]:
    """Paint a box as KIND says."""

    def plant(job: Job, _: list[Master]) -> None:
        job.spoiled = Spoiled(kind, job.rng, len(job.clip))

    return plant


def _pictures_swapped(job: Job, _: list[Master]) -> None:
    """Two pictures in a row are in each other's place."""
    job.painted = swapped(job.rng.randrange(1, len(job.clip) - 2))


def _other_release(job: Job, _: list[Master]) -> None:
    """The strip is that of another copy, of the same release or of another one."""
    other = job.rng.choice(["FAULTS/2-0123456789ab", "FAULTS/1-0123456789ac", "OTHERS/1-0123456789ab"])
    job.mark = replace(MARK, release_id=other)


def _heard(count: int) -> Callable[[Master], bool]:
    return lambda master: len(master.clip.audio) >= count


FAULTS: dict[str, tuple[Callable[[Master], bool], Callable[[Job, list[Master]], None]]] = {
    "orientation: pictures": (_any, _way_round),
    "orientation: tag read": (_any, _read_way_round),
    "orientation: tag written": (lambda one: one.form.ending != "ts", _tagged_way_round),
    "stream: other camera": (lambda one: one.clip.pix_fmt == "yuv420p", _other_camera),
    "stream: still picture": (_any, _still),
    "colour: range": (_any, _range_tag),
    "colour: matrix": (_any, _matrix_tag),
    "colour: samples": (_any, _colour),
    "times: pictures moved": (_any, _moved_from),
    "times: late from a frame on": (_any, _late_from),
    "times: stretched": (_any, _stretched),
    "times: ticks": (_any, _other_ticks),
    "times: frame dropped": (_any, _dropped),
    "times: frame doubled": (_any, _doubled),
    "times: written": (_any, _written_otherwise),
    **{kind: (_any, _spoiled(kind)) for kind in SPOILED},
    "pictures: swapped": (lambda one: one.form.pans, _pictures_swapped),
    "strip: another release": (_any, _other_release),
    "sound: late": (_heard(1), _sound_late),
    "sound: tracks swapped": (_heard(2), _sound_swapped),
    "sound: lost": (_heard(1), _sound_lost),
    "sound: muted elsewhere": (_heard(1), _muted_elsewhere),
}
"""Each kind of fault: which masters it can be planted in, and how."""


def _report(outcomes: list[Outcome], spent_s: float) -> None:
    """Print how many of each kind were found, by what, and all that were not."""
    kinds: dict[str, list[Outcome]] = defaultdict(list)
    for one in outcomes:
        kinds[one.kind].append(one)
    print("| fault | planted | found | by |\n|---|---:|---:|---|")
    for kind, all_of in kinds.items():
        if kind:
            by = Counter(name for one in all_of for name in one.found_by)
            said = ", ".join(f"{name} {count}" for name, count in by.most_common())
            print(f"| {kind} | {len(all_of)} | {sum(bool(one.found_by) for one in all_of)} | {said} |")
    planted = [one for one in outcomes if one.kind]
    honest = kinds.get("", [])
    print(f"\n{sum(bool(one.found_by) for one in planted)} of {len(planted)} faults found; ", end="")
    print(f"{sum(bool(one.found_by) for one in honest)} of {len(honest)} honest copies failed; {spent_s:.0f} s.")
    for one in planted:
        if not one.found_by:
            print(f"not found: {one.kind}, {one.form}, --only {one.number}")
    for one in honest:
        if one.found_by:
            print(f"failed: {one.form}, {one.found_by}, --only {one.number}: {' '.join(one.words)}")


@click.command()
@click.option("--count", default=500, show_default=True, help="Faults to plant.")
@click.option("--honest", default=100, show_default=True, help="Honest copies to make.")
@click.option("--seed", default=1, show_default=True, help="Decides everything.")
@click.option("--kind", default="", help="Plant only kinds that begin so.")
@click.option("--only", default=-1, help="Make this one of them again, and print what the checks say of it.")
def main(count: int, honest: int, seed: int, kind: str, only: int) -> None:
    """Plant faults, and count those that a check finds."""
    began = time.monotonic()
    names = [name for name in FAULTS if name.startswith(kind)]
    due = [(2 * n, names[n % len(names)]) for n in range(count)] + [(2 * n + 1, "") for n in range(honest)]
    chosen = [(number, which) for number, which in due if only in {-1, number}]
    with tempfile.TemporaryDirectory() as folder:
        pool = masters(Path(folder), seed)
        outcomes = [attempt(which, pool, Path(folder), seed, number) for number, which in chosen]
    _report(outcomes, time.monotonic() - began)
    if only >= 0:
        print(
            "\n".join(f"{name}: {said}" for one in outcomes for name, said in zip(one.found_by, one.words, strict=True))
        )


if __name__ == "__main__":
    main()
