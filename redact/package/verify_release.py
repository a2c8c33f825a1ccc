"""A recipient's check of a release: that each copy is the one described, and signed. Needs no master and no network."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from redact.errors import InputUnusable
from redact.files import sha256_file
from redact.package.manifest import load_manifest, tie, times_digest
from redact.package.names import not_released
from redact.records.clip import Damage
from redact.records.kinds import CheckName, SealName
from redact.records.plan import Check
from redact.video.decode import DecodeLog, decode
from redact.video.probe import probe
from redact.watermark.reader import read
from redact.watermark.strip import lay_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from redact.package.manifest import Manifest
    from redact.records.clip import Frame, Source
    from redact.watermark.reader import Reading

__all__ = ["copy_checks", "verify_release"]

MANIFEST = ".manifest.json"

ASK_AGAIN = "Ask for the release again: the copy and its manifest, in one folder."

READ_EVERY = 50
"""Every so many frames the watermark is read."""


def verify_release(path: Path) -> tuple[Check, ...]:
    """Check the release at PATH: its folder, its manifest, or the copy itself. A folder may hold several.

    Raises InputUnusable where a file is missing or is no manifest.
    """
    manifests = _manifests(path)
    several = len(manifests) > 1
    return tuple(
        replace(check, name=f"{manifest.name.removesuffix(MANIFEST)}: {check.name}" if several else check.name)
        for manifest in manifests
        for check in _release(manifest)
    )


def _manifests(path: Path) -> list[Path]:
    """Find the manifests that PATH means. Raises InputUnusable where there is none, or none that stands."""
    if path.is_file() and (why := not_released(path)):
        message = f"{path} is no release. {why}"
        raise InputUnusable(message, ASK_AGAIN)
    if path.is_dir():
        manifests = sorted(path.glob(f"*{MANIFEST}"))
    elif path.name.endswith(".json"):
        manifests = [path]
    else:
        manifests = [other for other in sorted(path.parent.glob(f"*{MANIFEST}")) if _names(other, path.name)]
    if not path.exists():
        message = f"{path} does not exist."
        raise InputUnusable(message, "Check the name.")
    if not manifests:
        why = not_released(path) if path.is_dir() else ""
        message = f"{path} has no manifest{'' if path.is_dir() else ' beside it'}. {why}".strip()
        raise InputUnusable(message, ASK_AGAIN)
    return manifests


def _names(manifest: Path, name: str) -> bool:
    """Tell whether MANIFEST is of a copy called NAME; one that cannot be read is of none."""
    try:
        return load_manifest(manifest).output.name == name
    except InputUnusable:
        return False


def _release(path: Path) -> Iterator[Check]:
    """Check the release whose manifest is at PATH."""
    manifest = load_manifest(path)
    copy = path.parent / manifest.output.name
    if not _is_file(copy):
        message = f"{copy} is missing, which {path.name} is about."
        raise InputUnusable(message, ASK_AGAIN)
    yield Check(
        SealName.MANIFEST, passed=True, found=f"{path.name} is a {manifest.version} manifest, made {manifest.made_at}."
    )
    yield _bytes(copy, manifest)
    yield from copy_checks(copy, manifest)


def _is_file(path: Path) -> bool:
    """Tell whether there is a file at PATH, which may be longer than a path can be."""
    try:
        return path.is_file()
    except OSError:
        return False


def copy_checks(copy: Path, manifest: Manifest) -> Iterator[Check]:
    """Check the pictures of COPY against MANIFEST: their times, their watermark, and what was checked before."""
    yield from _pictures(copy, manifest)
    yield _recorded(manifest)


def _bytes(copy: Path, manifest: Manifest) -> Check:
    """Compare the copy's bytes with what the manifest says of them."""
    size, digest, output = copy.stat().st_size, sha256_file(copy), manifest.output
    same = (size, digest) == (output.size_bytes, output.sha256)
    sentence = f"{size:,} bytes, SHA-256 {digest[:12]}…"
    sentence += (
        ", as recorded" if same else f"; recorded are {output.size_bytes:,} bytes, SHA-256 {output.sha256[:12]}…"
    )
    return Check(SealName.COPY, same, f"{sentence}.")


def _pictures(copy: Path, manifest: Manifest) -> Iterator[Check]:
    """Decode the copy: count its frames, take their times, and read the watermark on some."""
    log, readings, base = DecodeLog(), [], Fraction(0)
    try:
        source = probe(copy)
        base, read_strip = source.time_base, _reader(source, manifest)
        readings = [(frame.index, read_strip(frame)) for frame in decode(source, log) if frame.index % READ_EVERY == 0]
    except InputUnusable as problem:
        yield Check(CheckName.DECODING, passed=False, found=problem.what)
    digest, times = times_digest(tick * base for tick in log.pts), manifest.times
    sentence = (
        f"{len(log.pts):,} frames of {times.count:,}, {'' if digest == times.sha256 else 'not '}at the times recorded."
    )
    yield Check(CheckName.TIMES, len(log.pts) == times.count and digest == times.sha256, sentence)
    yield _watermark(readings, manifest)


def _reader(source: Source, manifest: Manifest) -> Callable[[Frame], Reading | None]:
    """Give what reads the watermark of a frame of SOURCE, the copy, laid out as its master's size asks for."""
    header = replace(source, width=manifest.source.width, height=manifest.source.height)
    clip = header.clip(manifest.source.sha256, np.zeros(0, np.int64), Damage())
    layout = lay_out(clip)
    if (layout.width, layout.height) != (source.width, source.height):
        return lambda _: None
    return lambda frame: read(frame.planes, clip, layout)


def _watermark(readings: list[tuple[int, Reading | None]], manifest: Manifest) -> Check:
    """Compare what the watermark says on some frames with the release that the manifest is about."""
    tied = tie(manifest.source.sha256, manifest.plan.sha256, manifest.request)
    first = manifest.times.first_frame
    legible = [(index, reading) for index, reading in readings if reading is not None]
    named = sum(tied.startswith(reading.digest) for _, reading in legible)
    placed = sum(reading.frame == first + index for index, reading in legible)
    sentence = f"Read on {len(legible)} of {len(readings)} frames sampled; {named} name this release, "
    sentence += f"{placed} the frame of the master that they show."
    return Check(CheckName.WATERMARK, 0 < len(readings) == named == placed, sentence)


def _recorded(manifest: Manifest) -> Check:
    """Tell whether every check recorded when the copy was made has passed."""
    failed = [check.name for check in manifest.checks if not check.passed]
    sentence = f"{len(manifest.checks) - len(failed)} of {len(manifest.checks)} checks made on the copy passed"
    sentence += f"; failed: {', '.join(failed)}" if failed else ""
    return Check(SealName.RECORDED_CHECKS, manifest.passed, f"{sentence}.")
