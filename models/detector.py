"""A network, its head and what is known of its kind, as one detector."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import cv2
import numpy as np

from models.heads import HEADS
from models.nms import suppress
from models.priors import plausible_person, plausible_plate
from redact.records.boxes import clip
from redact.records.kinds import Kind
from redact.records.tracks import GREY, STRIDE, Detections, Resting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from models.catalogue import Network
    from models.heads import Rows
    from redact.records.tracks import FrameBatch

__all__ = ["Engine", "NetworkDetector"]


class Engine(Protocol):
    """Anything that runs a network."""

    def __call__(self, rgb: NDArray[np.uint8]) -> Sequence[NDArray[np.float32]]:
        """Run pictures uint8 (n, h, w, 3): every output of the network, float32 (n, ...)."""
        ...


class NetworkDetector:
    """Finds one kind of thing with one network."""

    def __init__(self, entry: Network, engine: Engine, digest: str) -> None:
        """Use ENGINE, which runs the weights of ENTRY whose SHA-256 as loaded is DIGEST."""
        self.name = entry.name
        self.digest = digest
        self.kinds = entry.kinds
        self.sides = entry.sides
        self._entry = entry
        self._engine = engine
        self._decode = HEADS[entry.head].decode

    def __repr__(self) -> str:
        """Name and digest."""
        return f"NetworkDetector({self.name}, {self.digest[:12]})"

    def __call__(self, batch: FrameBatch) -> Detections:
        """Find things: boxes in px of the batch, `frame` taken from `batch.index`."""
        if not len(batch):
            return Detections.none()
        height, width = batch.rgb.shape[1:3]
        shown = _grey(batch.rgb) if self._entry.grey else batch.rgb
        rows = self._decode(self._engine(_padded(shown)), self._entry.score, self._entry.classes)
        rows = rows[suppress(rows.picture, rows.xyxy, rows.score, self._entry.overlap)]
        rows = self._likely(rows, width, height)
        kind = np.full(len(rows.score), self.kinds[0], np.uint8)
        detections = Detections(batch.index[rows.picture], clip(rows.xyxy, width, height), rows.score, kind)
        return Detections.concat([detections])  # by frame, whatever the order of the batch

    def rest(self) -> None:
        """Let go of what the network is kept ready with, some 150 MB where it has an engine that can."""
        if isinstance(self._engine, Resting):
            self._engine.rest()

    def _likely(self, rows: Rows, width: int, height: int) -> Rows:
        """Leave out what cannot be."""
        if self.kinds == (Kind.PERSON,):
            return rows[plausible_person(rows.picture, rows.xyxy, rows.score, width, height)]
        if self.kinds == (Kind.PLATE,):
            return rows[plausible_plate(rows.xyxy, rows.score, width, height)]
        return rows


def _grey(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Take the colour out of pictures: uint8 (n, h, w, 3) -> the same shape."""
    flat = rgb.reshape(-1, rgb.shape[2], 3)
    luma = cv2.cvtColor(flat, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.cvtColor(luma, cv2.COLOR_GRAY2RGB), np.uint8).reshape(rgb.shape)


def _padded(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pad right and below to multiples of STRIDE."""
    below, right = (-side % STRIDE for side in rgb.shape[1:3])
    if not below and not right:
        return rgb
    return np.pad(rgb, ((0, 0), (0, below), (0, right), (0, 0)), constant_values=GREY)
