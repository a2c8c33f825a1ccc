"""A case with a long clip in it that was searched: who is in it is made up, and written down as a search writes it."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import click
import numpy as np

from benchmarks.looking import RATE, SIZE
from redact.case.asked import asked
from redact.case.folder import scans_folder
from redact.case.footage import Said, described, master_name
from redact.case.known import known
from redact.case.steps import open_request
from redact.detect.colours import COLOURS
from redact.detect.found import Scan
from redact.detect.pose import by_tags
from redact.detect.scan_file import networks, save_scan, scan_name
from redact.files import sha256_file
from redact.governance.founding import set_up
from redact.governance.ledger.events import EventKind
from redact.governance.office import Office
from redact.governance.rules.intake import Intake
from redact.records.kinds import Kind
from redact.records.tracks import Detections, Tracks

if TYPE_CHECKING:
    from pathlib import Path

    from redact.governance.register.register import ClipRow
    from redact.records.clip import Clip
    from redact.records.tracks import FrameBatch

__all__ = ["REF", "crowded"]

REF = "SAR-2026-0142"

LOOK = 3
"""Frames from one look to the next."""

BODY, STEP, LANES = (120, 300), 10, (130, 440, 750)
"""px across and down of somebody, what they walk a frame, and where they walk, one lane after the other."""


class Eyes:
    """What is said to have looked; it is never asked to."""

    name, digest, sides = "made-up", "c" * 64, (640, 960)
    kinds: tuple[Kind, ...] = (Kind.PERSON,)

    def __call__(self, batch: FrameBatch) -> Detections:
        """Raise RuntimeError: BATCH was never to be shown to it."""
        raise RuntimeError(batch.index)


def crowded(home: Path, clip: Clip, people: int) -> ClipRow:
    """Set records up in HOME, with CLIP in a case, in which PEOPLE were found."""
    set_up(home, "Example Housing", "A. Example")
    day = date.today().isoformat()  # noqa: DTZ011  the day where the organisation is
    facts = {
        "reference": REF,
        "kind": "sar",
        "received": day,
        "requester": "E. Example",
        "recipient": "E. Example",
        "identity": "tenancy card seen",
        "window": {"from": f"{day}T14:00:00", "to": f"{day}T15:00:00"},
        "cameras": ["Camera 4"],
    }
    with Office.open(home) as office:
        open_request(office, Intake.of(facts))
        clip = _taken_in(office, clip)
        (row,) = asked(office, REF).clips
        _searched(office, row, _scan(clip, people))
        begun = time.perf_counter()
        found = known(office, REF, row)  # as the search does at its end
        took = time.perf_counter() - begun
    click.echo(f"{len(clip):,} frames of {SIZE[0]}x{SIZE[1]}, {clip.size_bytes / 1e6:,.0f} MB")
    many = len(found.people.subjects)
    click.echo(f"{many:,} subjects, {len(found.scan.found.frame):,} sightings, told apart in {took:.0f} s")
    assert many >= 0.9 * people, "they were taken for one another"
    return row


def _taken_in(office: Office, clip: Clip) -> Clip:
    """Put CLIP on record as attached, its file as the master, and give it; it is whole, so nothing is decoded."""
    sha256, name = sha256_file(clip.path), master_name(clip.path)
    target = office.folder("masters", sha256) / name
    clip.path.rename(target)
    target.chmod(0o400)
    facts = {
        "name": name,
        "size_bytes": clip.size_bytes,
        "starts": "",
        "starts_from": "unknown",
        "duration_s": len(clip) / RATE,
        "frames": len(clip),
        "gaps": [],
        "lost": 0,
        "notes": [],
        "fps": None,
        "metadata": {},
    }
    imported = office.event(EventKind.IMPORTED, clip=sha256, data=facts | described(Said("Camera 4", None, 2.0)))
    office.record(imported, office.event(EventKind.ATTACHED, reference=REF, clip=sha256))
    return replace(clip, path=target, sha256=sha256)


def _searched(office: Office, row: ClipRow, scan: Scan) -> None:
    """Keep SCAN as what was found in ROW, and put it on record."""
    eyes = [Eyes()]
    file = scans_folder(office, row.sha256) / scan_name(eyes, None)
    digest = save_scan(scan, eyes, file)
    office.keep(file)
    facts = {"scan": digest, "file": file.name, "closely": True, "models": networks(eyes)}
    office.record(office.event(EventKind.SCANNED, reference=REF, clip=row.sha256, data=facts))


def _scan(clip: Clip, people: int) -> Scan:
    """Make up what is found in CLIP where so many PEOPLE walk through it, each in clothes of their own."""
    looks = np.arange(0, len(clip), LOOK, dtype=np.int32)
    found = Detections.concat(_walker(number, len(clip) * number // people, len(clip)) for number in range(people))
    return Scan(clip, found, looks, looks, looks, np.zeros(0, np.int32), True, Tracks.none(), by_tags(clip))


def _walker(number: int, first: int, end: int) -> Detections:
    """Somebody who comes in at the left on the frame FIRST and goes out at the right."""
    chance = np.random.default_rng(number)
    last = min(end, first + (SIZE[0] + BODY[0]) // STEP)
    frames = np.arange(-(-first // LOOK) * LOOK, last, LOOK, dtype=np.int32)
    left = STEP * (frames - first) - BODY[0] + LOOK * STEP
    top = LANES[number % len(LANES)] + chance.normal(0, 2, len(frames))
    boxes = np.stack([left, top, left + BODY[0], top + BODY[1]], axis=1)
    boxes = np.clip(boxes, 0, [*SIZE, *SIZE]).astype(np.float32)
    inside = (boxes[:, 2] - boxes[:, 0]) > BODY[0] / 4
    frames, boxes, many = frames[inside], boxes[inside], int(inside.sum())
    clothes = chance.integers(0, 200, COLOURS) + chance.normal(0, 12, (many, COLOURS))
    return Detections(
        frames,
        boxes,
        chance.uniform(0.6, 0.95, many).astype(np.float32),
        np.full(many, Kind.PERSON, np.uint8),
        np.clip(clothes, 1, 255).astype(np.uint8),
    )
