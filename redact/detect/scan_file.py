"""A scan as a file, so that one scan serves many requests: what was found, never a picture.

The file is a NumPy archive of plain arrays, and facts as JSON. It is named by the master it was made of and by the
networks that looked, and its own digest is what decisions refer to.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from redact.advice import Task
from redact.detect.found import Scan
from redact.detect.pose import Pose
from redact.errors import InputUnusable, SourceChanged
from redact.files import canonical_json, reason_of, sha256_bytes, write_whole
from redact.records.arrays import packed, unpacked
from redact.records.clip import AudioTrack, Clip, Color, Damage
from redact.records.orientation import Orientation
from redact.records.tracks import Detections, Tracks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from redact.records.tracks import Detector

__all__ = ["VERSION", "load_scan", "networks", "save_scan", "scan_name"]

VERSION = "redact-scan/2"

KNOWN = ("redact-scan/1", VERSION)
"""What is read: the first had no colours, so there nothing is known of what people look like."""

NAMED = "redact-scan/1"
"""What names of scans are made of, whichever version is written: a scan that is there already is read again."""

FACTS = "facts"
"""Name of the array that holds the JSON, as bytes."""

COLOURS = "found.colours"
"""Name of the array that says what people look like, where that was noted."""

FOUND = ("frame", "xyxy", "score", "kind")
MOVED = ("frame", "xyxy", "score", "origin", "start", "kind")
LISTS = ("looked", "whole", "fine", "cuts")

Arrays = dict[str, Any]
"""Arrays by name; Any, since each has a type of its own."""


def networks(detectors: Sequence[Detector]) -> dict[str, str]:
    """Name the networks that look, each with the digest of its weights."""
    return {detector.name: detector.digest for detector in sorted(detectors, key=lambda detector: detector.name)}


def scan_name(detectors: Sequence[Detector], fps: Fraction | None, stream: int | None = None) -> str:
    """Name the file that holds what DETECTORS found in a master read at FPS: the same work has the same name.

    STREAM is the video stream that was asked for, if any was.
    """
    facts: dict[str, Any] = {"version": NAMED, "networks": networks(detectors), "fps": str(fps) if fps else None}
    if stream is not None:
        facts["stream"] = stream
    return f"{sha256_bytes(canonical_json(facts))[:16]}.scan.npz"


def save_scan(scan: Scan, detectors: Sequence[Detector], path: Path) -> str:
    """Write SCAN, made with DETECTORS, to PATH, whole or not at all. Gives the file's SHA-256."""
    facts = {
        "version": VERSION,
        "networks": networks(detectors),
        "closely": scan.closely,
        "poses": [_pose_facts(pose) for pose in scan.poses],
        "clip": _clip_facts(scan.clip),
    }
    arrays: Arrays = {FACTS: np.frombuffer(canonical_json(facts), np.uint8), "pts": scan.clip.pts}
    arrays |= {"hidden": scan.clip.damage.hidden, "breaks": scan.clip.breaks}
    arrays |= {name: getattr(scan, name) for name in LISTS}
    arrays |= {f"found.{name}": getattr(scan.found, name) for name in FOUND}
    arrays |= {} if scan.found.colours is None else {COLOURS: scan.found.colours}
    arrays |= {f"moved.{name}": getattr(scan.moved, name) for name in MOVED}
    data = packed(arrays)
    write_whole(path, data)
    return sha256_bytes(data)


def load_scan(path: Path, master: Path, sha256: str, *, colours: bool = True) -> tuple[Scan, Mapping[str, str]]:
    """Read the scan at PATH, made of MASTER, whose digest is to be SHA256; and which networks looked.

    Without COLOURS, which are most of it, what people look like is not read: it tells who is who, and nothing else.

    The master itself is not read here: everything that makes a copy of it compares its digest. Raises InputUnusable
    where the file is no scan or is damaged, SourceChanged where it is of another master.
    """
    arrays = _arrays(path, leave=() if colours else (COLOURS,))
    try:
        facts = json.loads(arrays[FACTS].tobytes())
        if facts["version"] not in KNOWN:
            raise _unusable(path)
        clip = _clip(facts["clip"], arrays, master)
        detections = Detections(**{name: arrays[f"found.{name}"] for name in FOUND}, colours=arrays.get(COLOURS))
        moved = Tracks(*(arrays[f"moved.{name}"] for name in MOVED))
        lists = {name: arrays[name] for name in LISTS}
        scan = Scan(clip, detections, **lists, closely=facts["closely"], moved=moved, poses=_poses(facts, clip))
    except (KeyError, TypeError, ValueError) as problem:
        raise _unusable(path) from problem
    if clip.sha256 != sha256:
        message = f"{path} was made of another file (SHA-256 {clip.sha256[:12]}) than {master} ({sha256[:12]})."
        raise SourceChanged(message, "Scan the clip again: ", Task.SCAN)
    return scan, facts["networks"]


def _arrays(path: Path, leave: Sequence[str]) -> Arrays:
    """Read the arrays at PATH, but for those to LEAVE; nothing in them is ever run."""
    try:
        return unpacked(path.read_bytes(), leave)
    except OSError as problem:
        message = f"{path} cannot be read ({reason_of(problem, 'unknown')})."
        raise InputUnusable(message, "Scan the clip again: ", Task.SCAN) from problem
    except ValueError as problem:
        raise _unusable(path) from problem


def _unusable(path: Path) -> InputUnusable:
    message = f"{path} is not a {VERSION} file, or it is damaged."
    return InputUnusable(message, "Scan the clip again: ", Task.SCAN)


def _clip_facts(clip: Clip) -> dict[str, Any]:
    """Everything of CLIP but its arrays and where it lies, as plain JSON."""
    return {
        "sha256": clip.sha256,
        "size_bytes": clip.size_bytes,
        "size": [clip.width, clip.height],
        "orientation": asdict(clip.orientation),
        "sample_aspect_ratio": str(clip.sample_aspect_ratio),
        "pix_fmt": clip.pix_fmt,
        "color": asdict(clip.color),
        "time_base": str(clip.time_base),
        "rate": str(clip.rate),
        "interlaced": clip.interlaced,
        "top_field_first": clip.top_field_first,
        "forced_rate": str(clip.forced_rate) if clip.forced_rate else None,
        "audio": [asdict(track) for track in clip.audio],
        "stream": clip.stream,
        "remarks": clip.remarks,
        "origin": clip.origin,
        "damage": {"lost": int(clip.damage.lost), "retimed": int(clip.damage.retimed), "notes": clip.damage.notes},
    }


def _clip(facts: Mapping[str, Any], arrays: Arrays, master: Path) -> Clip:
    """Make the clip that `_clip_facts` describes, which now lies at MASTER."""
    damage = Damage(arrays["hidden"], facts["damage"]["lost"], facts["damage"]["retimed"])
    return Clip(
        path=master,
        sha256=facts["sha256"],
        size_bytes=facts["size_bytes"],
        width=facts["size"][0],
        height=facts["size"][1],
        orientation=_orientation(facts),
        sample_aspect_ratio=Fraction(facts["sample_aspect_ratio"]),
        pix_fmt=facts["pix_fmt"],
        color=Color(**facts["color"]),
        time_base=Fraction(facts["time_base"]),
        pts=arrays["pts"],
        rate=Fraction(facts["rate"]),
        interlaced=facts["interlaced"],
        top_field_first=facts["top_field_first"],
        forced_rate=Fraction(facts["forced_rate"]) if facts["forced_rate"] else None,
        audio=tuple(AudioTrack(**track) for track in facts["audio"]),
        damage=replace(damage, notes=tuple(facts["damage"]["notes"])),
        stream=facts.get("stream"),
        remarks=tuple(facts.get("remarks", ())),  # a file of an earlier version has none
        origin=facts.get("origin", 0),
        breaks=arrays.get("breaks", np.zeros((0, 2), np.int64)),  # nor these
    )


def _pose_facts(pose: Pose) -> dict[str, Any]:
    """Everything of POSE, as plain JSON."""
    return {**asdict(pose.orientation), "aspect": str(pose.aspect), "doubtful": pose.doubtful}


def _poses(facts: Mapping[str, Any], clip: Clip) -> tuple[Pose, ...]:
    """Read in which poses the networks saw CLIP; in a file of an earlier version they saw it as tagged."""
    if "poses" not in facts:
        return (Pose.tagged(clip),)
    return tuple(
        Pose(Orientation(pose["turns"], pose["mirrored"]), Fraction(pose["aspect"]), pose.get("doubtful", False))
        for pose in facts["poses"]
    )


def _orientation(facts: Mapping[str, Any]) -> Orientation:
    """Read which way round the picture is seen; a file of an earlier version has degrees clockwise, and no mirror."""
    if "orientation" in facts:
        return Orientation(**facts["orientation"])
    return Orientation(facts["rotation"] // 90)
