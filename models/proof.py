"""Whether a network is what it is taken for: on a picture of which that is known, it has to find what is there.

What was converted is vouched for by a record that lies beside it; files and record of another network, put in its
place, are as good as its own. So every network is tried once on this machine, and again when anything about it changes.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, ClassVar

import cv2
import numpy as np

from models.calibration import photographs
from redact.advice import Sentence, Task
from redact.demo.car import put
from redact.errors import ModelUnavailable, RedactError
from redact.files import canonical_json, sha256_bytes, write_whole
from redact.records.boxes import area, iou, overlap_share
from redact.records.kinds import Kind
from redact.records.tracks import GREY, FrameBatch

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from models.catalogue import Network
    from redact.records.tracks import Detections, Detector

__all__ = ["WrongNetwork", "prove"]

FORM = "redact-proof/2"
"""Changed whenever the pictures or what is demanded of them do; then every network is tried again."""

SIZE = (640, 384)
"""w, h px of the pictures."""

OVERLAP = 0.5
"""Least IoU of what is found with what is there."""

HELD, LARGER = 0.9, 3.0
"""Share of a face that a box holds, and how many times as large it is at most, for it to be the head of that face."""

MOST_ON_NOTHING = 5
"""Findings on a black picture above which a network finds anything anywhere."""

STREET = ((15, 140, 85, 320), (78, 143, 122, 307), (236, 158, 288, 312))
"""People who stand in the street."""

MEN = ((272, 118, 335, 222), (455, 43, 532, 142))
"""Faces of the two men."""

PLATE = ((270, 229, 374, 257),)
"""The plate of the car, with half of what some networks box around it."""

CAR = (0.18, 160, 370)
"""Px to the mm, and where its lower left corner stands."""

ROAD = 110
"""Grey level around the car."""

NAMES = {Kind.PERSON: "the people", Kind.FACE: "the faces", Kind.PLATE: "the number plate"}


class WrongNetwork(ModelUnavailable):
    """What lies in the place of a network is another."""

    remedy: ClassVar[Sentence] = Sentence(
        (
            "Make it again: ",
            Task.PULL_MODELS,
            ". A network of your own that was made for what looks different needs ",
            "proof = false in its table of the catalogue.",
        )
    )

    def __init__(self, entry: Network, why: str) -> None:
        """Say WHY it is not the network of ENTRY."""
        super().__init__(f"The network {entry.name} is not the one it is taken for: {why}.")


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A picture, and what is on it."""

    rgb: NDArray[np.uint8]
    """(h, w, 3)"""
    xyxy: NDArray[np.float32]
    """(n, 4) px."""


def prove(entry: Network, detector: Detector, kept: Path, *, anew: bool = False) -> None:
    """Try DETECTOR, the network of ENTRY, unless it was tried before and that is noted in the folder KEPT.

    ANEW: try it whatever is noted. Raises ModelUnavailable where it is not what it is taken for.
    """
    note = kept / f"{_key(entry, detector)}.json"
    if not entry.proof or (note.is_file() and not anew):
        return
    for kind in detector.kinds:
        _try(entry, detector, kind)
    with suppress(OSError, RedactError):  # a store that cannot be written only starts slower
        write_whole(note, canonical_json({"version": FORM, "name": entry.name, "digest": detector.digest}))


def _try(entry: Network, detector: Detector, kind: Kind) -> None:
    """Raise ModelUnavailable where DETECTOR does not find what of KIND is on the picture, or much where nothing is."""
    known = _known(kind)
    batch = FrameBatch(np.arange(2, dtype=np.int32), np.stack([known.rgb, np.zeros_like(known.rgb)]), (1.0, 1.0))
    try:
        detections = detector(batch)
    except (ArithmeticError, LookupError, TypeError, ValueError) as problem:
        raise WrongNetwork(entry, f"its answer cannot be read ({problem})") from problem
    except RuntimeError as problem:
        message = f"The network {entry.name} cannot be run ({problem})."
        raise ModelUnavailable(message) from problem
    there, nothing = detections[(detections.frame == 0) & (detections.kind == kind)], detections[detections.frame == 1]
    if _missed(known, there, heads=kind is Kind.FACE):
        raise WrongNetwork(entry, f"it misses {NAMES[kind]} on a known picture")
    if len(nothing) > MOST_ON_NOTHING:
        raise WrongNetwork(entry, "it finds much on a black picture")


def _missed(known: Known, detections: Detections, *, heads: bool) -> bool:
    """Tell whether something on the KNOWN picture is not among DETECTIONS. HEADS: a face may be found in its head."""
    found = iou(known.xyxy, detections.xyxy) >= OVERLAP
    if heads:
        no_larger = area(detections.xyxy)[None] <= LARGER * area(known.xyxy)[:, None]
        found |= (overlap_share(known.xyxy, detections.xyxy) >= HELD) & no_larger
    return not bool(found.any(axis=1).all())


@cache
def _known(kind: Kind) -> Known:
    """Give the picture for KIND."""
    if kind is Kind.PLATE:
        road = np.full((SIZE[1], SIZE[0], 3), ROAD, np.uint8)
        return Known(put(road, *CAR), np.array(PLATE, np.float32))
    street, men = photographs()
    if kind is Kind.FACE:
        return Known(_laid(men), np.array(MEN, np.float32))
    return Known(_laid(street), np.array(STREET, np.float32))


def _laid(photograph: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lay PHOTOGRAPH at the top left of a grey picture of SIZE."""
    fit = min(SIZE[0] / photograph.shape[1], SIZE[1] / photograph.shape[0])
    small = cv2.resize(photograph, None, fx=fit, fy=fit, interpolation=cv2.INTER_AREA)
    picture = np.full((SIZE[1], SIZE[0], 3), GREY, np.uint8)
    picture[: small.shape[0], : small.shape[1]] = small
    return picture


def _key(entry: Network, detector: Detector) -> str:
    """Name a trial after all that its outcome depends on."""
    about = {
        "form": FORM,
        "digest": detector.digest,
        "entry": entry.model_dump(mode="json"),
        "engine": version(entry.engine),
    }
    return sha256_bytes(canonical_json(about))
