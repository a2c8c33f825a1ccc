"""Every box to hide on every frame, and why it exists. Here boxes are rounded outward to even px."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from redact.records.boxes import centre, grow, intersection, outward, overlap_share, without
from redact.records.kinds import Cover, Kind, Origin, Style
from redact.records.plan import MaskPlan
from redact.track.belonging import FOLD
from redact.track.present import ROUND
from redact.track.sightings import best_scores

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from numpy.typing import NDArray

    from redact.records.clip import Clip
    from redact.records.orientation import Orientation
    from redact.records.tracks import Detections, Tracks

__all__ = ["HEAD", "Hiding", "Yielding", "covering", "plan", "widest"]

MARGIN = {
    Kind.PERSON: (0.10, 0.07, 0.10, 0.05),
    Kind.FACE: (0.30, 0.35, 0.30, 0.30),
    Kind.PLATE: (0.18, 0.25, 0.18, 0.25),
}
"""What is added left, above, right and below, in widths and heights of the box."""

BUST = (0.8, 0.6, 0.8, 1.6)
"""The same for a face without a body around it: hair and shoulders go with it."""

FACE_ALONE = 2.0
"""Growth of a face, whichever way round it is, that stays hidden where its shoulders do not: more than its margins."""

HEAD = 0.3
"""Share of a body's height, from the top, that holds the head."""

COVERED = 0.8
"""Share of a face that lies in a body on its frame for the body to cover it."""

SHARED = 0.3
"""Share of the narrower of two bodies side by side that both boxes may have only because they are found too wide."""

FIRM = 0.4
"""Best score of a face from which, inside someone who stays visible, it may be another's who is close to them."""

LEAST = 8.0
"""px: no box is smaller than a block of the measure."""


SLIVER = LEAST / 2
"""px: what is left of a box beside somebody and is slimmer hides nothing that could be made out."""


@dataclass(frozen=True, slots=True)
class Hiding:
    """What is hidden, where and how."""

    kinds: Collection[Kind]
    frames: tuple[int, int]
    """Half-open range of frames of the clip that the copy shows."""
    style: Style = Style.BLUR
    cover: Cover = Cover.BODY
    nobody: NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, np.intp))
    """(n,) rows that hide nothing: somebody looked, and nobody is there."""


class Yielding(NamedTuple):
    """What ends where somebody is whom an officer pointed at."""

    tracks: Collection[int]
    to: Detections
    """Where they are, by frame."""


def plan(
    clip: Clip,
    tracks: Tracks,
    released: Collection[int],
    hiding: Hiding,
    *,
    unknown: Collection[int] = (),
    ways: Sequence[Orientation] = (),
    visible: Detections | None = None,
    yielding: Yielding | None = None,
) -> MaskPlan:
    """Hide every track in CLIP that is not in RELEASED, as HIDING says.

    Tracks that are UNKNOWN are of something that nobody was found in: all of one is hidden, whatever the cover is.
    WAYS: which way round people may be in the coded picture, by default as the clip is shown; where that is in doubt
    the head is hidden at either end. VISIBLE: where those are who are let through, by default where they were seen.
    What is YIELDING hides nothing of those it yields to. What a person drew is hidden just so, whatever else is.

    The same arguments give the same plan. A frame that decoded damaged is hidden whole.
    """
    frames = hiding.frames
    hidden = ~np.isin(tracks.track, np.array(sorted(released), np.int32))
    here = (tracks.frame >= frames[0]) & (tracks.frame < frames[1])
    drawn = tracks.origin == Origin.DRAWN
    wanted = hidden & here & ~drawn & np.isin(_kind(tracks), [*hiding.kinds])
    nobody = np.zeros(len(wanted), np.bool_)
    nobody[hiding.nobody] = True
    # how far down the head of somebody else is hidden does not depend on whether a face in it is somebody
    rows = np.flatnonzero(wanted if hiding.cover is Cover.HEAD else wanted & ~nobody)
    doubtful = _in_visible(tracks, rows, np.flatnonzero(~hidden & here))
    ways = ways or (clip.orientation,)
    seen = np.flatnonzero(~hidden & here & (tracks.origin == Origin.SEEN))
    beside = tracks.detections(seen) if visible is None else visible
    rows, xyxy = _either_way(
        clip, tracks, rows, hiding.cover, ways, visible=beside, doubtful=doubtful, unknown=[*unknown]
    )
    rows, xyxy = rows[~nobody[rows]], xyxy[~nobody[rows]]
    rows, xyxy = _shoulders(tracks, rows, xyxy, beside)
    if yielding is not None:
        rows, xyxy = _around(tracks, rows, xyxy, yielding)
    more = np.flatnonzero(drawn & here)
    rows, xyxy = np.concatenate([rows, more]), np.concatenate([xyxy, tracks.xyxy[more]])
    boxes = outward(_at_least(xyxy), clip.width, clip.height)
    some = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
    rows, boxes = rows[some], boxes[some]
    whole = clip.damage.hidden[(clip.damage.hidden >= frames[0]) & (clip.damage.hidden < frames[1])]
    frame = np.concatenate([tracks.frame[rows], whole])
    track = np.concatenate([tracks.track[rows], np.full(len(whole), -1, np.int32)])
    order = np.lexsort((track, frame))
    return MaskPlan(
        master=clip.sha256,
        style=hiding.style,
        cover=hiding.cover,
        frames=frames,
        start=np.searchsorted(frame[order], np.arange(len(clip) + 1)).astype(np.int64),
        xyxy=np.concatenate([boxes, np.tile(_whole(clip), (len(whole), 1))])[order],
        track=track[order],
        origin=np.concatenate([tracks.origin[rows], np.full(len(whole), Origin.SEEN, np.uint8)])[order],
        kind=np.concatenate([_kind(tracks)[rows], np.full(len(whole), Kind.PERSON, np.uint8)])[order],
    )


def covering(xyxy: NDArray[np.float32], kind: Kind) -> NDArray[np.float32]:
    """Widen boxes of KIND, px of the picture as seen upright, as far as they are covered. (n, 4) -> float32 (n, 4)."""
    return _at_least(_margin(xyxy, MARGIN[kind]))


def _whole(clip: Clip) -> NDArray[np.int32]:
    """(1, 4) the whole picture."""
    return np.array([[0, 0, clip.width, clip.height]], np.int32)


def _kind(tracks: Tracks) -> NDArray[np.uint8]:
    """(r,) the kind of each row's track."""
    kinds: NDArray[np.uint8] = tracks.kind[tracks.track]
    return kinds


def _around(
    tracks: Tracks, rows: NDArray[np.intp], xyxy: NDArray[np.float32], yielding: Yielding
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Cut those it yields to out of the boxes XYXY (n, 4) that hide ROWS of tracks that are YIELDING."""
    people = replace(yielding.to, xyxy=grow(yielding.to.xyxy, ROUND))
    cut = np.isin(tracks.track[rows], [*yielding.tracks])
    return _cut_out(people, tracks, rows, xyxy, cut)


def _shoulders(
    tracks: Tracks, rows: NDArray[np.intp], xyxy: NDArray[np.float32], visible: Detections
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Cut bodies that are VISIBLE out of hair and shoulders, XYXY (n, 4), around those of ROWS that are faint faces.

    Whoever may have such a face is behind them; the face itself stays hidden, and so does what is beside them.
    """
    faint = (_kind(tracks)[rows] == Kind.FACE) & (best_scores(tracks)[tracks.track[rows]] < FOLD)
    core = np.zeros_like(xyxy)
    core[faint] = grow(tracks.xyxy[rows[faint]], FACE_ALONE)
    core = np.hstack([np.maximum(core[:, :2], xyxy[:, :2]), np.minimum(core[:, 2:], xyxy[:, 2:])])
    return _cut_out(visible[visible.kind == Kind.PERSON], tracks, rows, xyxy, faint & (core != xyxy).any(axis=1), core)


def _cut_out(  # noqa: PLR0917  who is cut out of what, and what stays of it
    people: Detections,
    tracks: Tracks,
    rows: NDArray[np.intp],
    xyxy: NDArray[np.float32],
    cut: NDArray[np.bool_],
    core: NDArray[np.float32] | None = None,
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Cut PEOPLE out of those of the boxes XYXY (n, 4), which hide ROWS on the same frames, that are CUT (n,).

    Of each its CORE (n, 4) stays, where one is given. Gives the rows, each as often as boxes are left of it, and those.
    """
    first, end = people.spans(tracks.frame[rows])
    whose, parts = [np.arange(len(rows))], [xyxy]
    gone = np.zeros(len(rows), np.bool_)
    for place in np.flatnonzero(cut & (end > first)).tolist():
        there = people.xyxy[first[place] : end[place]]
        if not intersection(xyxy[[place]], there).any():
            continue
        rest = without(xyxy[place], there)
        least = np.minimum(SLIVER, xyxy[place, 2:] - xyxy[place, :2])
        sliver = (rest[:, 2:] - rest[:, :2] < least).any(axis=1) & _beside(rest, there)
        rest = rest[~sliver]
        rest = rest if core is None else np.concatenate([core[[place]], rest])
        gone[place] = True
        whose.append(np.full(len(rest), place))
        parts.append(rest)
    whose[0], parts[0] = np.flatnonzero(~gone), xyxy[~gone]
    which = np.concatenate(whose)
    order = np.argsort(which, kind="stable")
    return rows[which[order]], np.concatenate(parts)[order]


def _beside(parts: NDArray[np.float32], bodies: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(n,) which PARTS (n, 4) lie within LEAST px of one of the BODIES (m, 4), from end to end."""
    near = bodies + np.array([-LEAST, -LEAST, LEAST, LEAST], np.float32)
    begin, end = parts[:, None, :2] >= near[None, :, :2], parts[:, None, 2:] <= near[None, :, 2:]
    inside = np.asarray((begin & end).all(axis=2))
    return np.asarray(inside.any(axis=1))


def _in_visible(tracks: Tracks, rows: NDArray[np.intp], visible: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Tell which of ROWS are doubtful faces inside the body of somebody VISIBLE: folds and hands, mostly.

    They are hidden, as all that is not known, but nobody's hair and shoulders are around them.
    """
    kind, doubtful = _kind(tracks), best_scores(tracks)[tracks.track] < FIRM
    faces, bodies = np.flatnonzero(kind[rows] == Kind.FACE), visible[kind[visible] == Kind.PERSON]
    inside = np.zeros(len(rows), np.bool_)
    if not len(bodies):
        return inside
    both = np.concatenate([rows[faces], bodies])
    for some, here in _together(tracks.frame[both], kind[both]):
        share = overlap_share(tracks.xyxy[both[some]], tracks.xyxy[both[here]]).max(axis=1, initial=0)
        inside[faces[some]] = (share >= COVERED) & doubtful[both[some]]
    return inside


def _yielding(
    tracks: Tracks, rows: NDArray[np.intp], xyxy: NDArray[np.float32], visible: Detections
) -> NDArray[np.float32]:
    """Take back what is added at the sides of bodies in ROWS, covered by XYXY (n, 4), before somebody VISIBLE.

    Only at their sides, never above or below, and never a part of the box that was found. Somebody beside them is as
    certain as they are, and their edges meet.
    """
    people = visible[visible.kind == Kind.PERSON]
    first, end = people.spans(tracks.frame[rows])
    made = xyxy.copy()
    for place in np.flatnonzero((_kind(tracks)[rows] == Kind.PERSON) & (end > first)).tolist():
        own, beside = tracks.xyxy[rows[place]], people.xyxy[first[place] : end[place]]
        beside = beside[(made[place, 1] < beside[:, 3]) & (made[place, 3] > beside[:, 1])]
        left, right = _edges(own, beside)
        made[place, 0], made[place, 2] = max(made[place, 0], left), min(made[place, 2], right)
    return made


def _edges(own: NDArray[np.float32], beside: NDArray[np.float32]) -> tuple[float, float]:
    """Where the cover of a body, OWN (4,), ends at most to the left and to the right, of those BESIDE it (n, 4).

    Where two share a little, each ends in the middle of it; but not where OWN is wider than high: the head of whoever
    lies is at a side.
    """
    low, high = own[0], own[2]
    shared = np.minimum(high, beside[:, 2]) - np.maximum(low, beside[:, 0])
    slim = (shared <= SHARED * np.minimum(high - low, beside[:, 2] - beside[:, 0])) & (own[3] - own[1] >= high - low)
    middle = (low + high) / 2
    right, left = beside[:, 0] > middle, beside[:, 2] < middle
    begins, ends = np.floor(beside[:, 0] / 2) * 2, np.ceil(beside[:, 2] / 2) * 2  # else rounding would cover them
    before = np.where(slim, np.maximum(begins, (beside[:, 0] + high) / 2), np.maximum(begins, high))[right]
    after = np.where(slim, np.minimum(ends, (beside[:, 2] + low) / 2), np.minimum(ends, low))[left]
    return float(after.max(initial=-np.inf)), float(before.min(initial=np.inf))


def _either_way(
    clip: Clip,
    tracks: Tracks,
    rows: NDArray[np.intp],
    cover: Cover,
    ways: Sequence[Orientation],
    *,
    visible: Detections,
    doubtful: NDArray[np.bool_],
    unknown: Collection[int],
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Give the boxes that hide ROWS, and which row each hides, whichever of WAYS the right one is."""
    size, parts = (clip.width, clip.height), []
    for way in ways:
        upright = replace(tracks, xyxy=way.to_upright(tracks.xyxy, *size))
        shown = replace(visible, xyxy=way.to_upright(visible.xyxy, *size))
        some, boxes = _covering(upright, rows, cover, doubtful, np.isin(tracks.track[rows], [*unknown]))
        parts.append((some, way.to_coded(_yielding(upright, some, boxes, shown), *size)))
    if cover is Cover.BODY:  # the same rows each time
        every = np.stack([boxes for _, boxes in parts])
        return rows, np.hstack([every[..., :2].min(axis=0), every[..., 2:].max(axis=0)])
    return np.concatenate([some for some, _ in parts]), np.concatenate([boxes for _, boxes in parts])


def _covering(
    tracks: Tracks, rows: NDArray[np.intp], cover: Cover, doubtful: NDArray[np.bool_], unknown: NDArray[np.bool_]
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Give the boxes that hide ROWS of TRACKS, px of the upright picture, and which row each hides.

    DOUBTFUL (n,) are faces in someone who is visible; where there is a head in what is UNKNOWN (n,), nobody knows.
    """
    kind = _kind(tracks)[rows]
    boxes = np.zeros((len(rows), 4), np.float32)
    for each in Kind:
        boxes[kind == each] = _margin(tracks.xyxy[rows[kind == each]], MARGIN[each])
    loose = np.zeros(len(rows), np.bool_)
    for faces, bodies in _together(tracks.frame[rows], kind):
        share = overlap_share(tracks.xyxy[rows[faces]], tracks.xyxy[rows[bodies]]).max(axis=1, initial=0)
        loose[faces] = (share < COVERED) & ~doubtful[faces]
    if cover is Cover.BODY:
        boxes[loose] = _margin(tracks.xyxy[rows[loose]], BUST)
        return rows, boxes
    people = (kind == Kind.PERSON) & ~unknown
    boxes[people, 3] = boxes[people, 1] + HEAD * (boxes[people, 3] - boxes[people, 1])
    if cover is Cover.HEAD:
        boxes[people, 3] = np.maximum(boxes[people, 3], _chins(tracks, rows, kind, boxes)[people])
        return rows, boxes
    needed = unknown | ~_shows_face(tracks.frame[rows], kind, boxes)
    return rows[needed], boxes[needed]


def _chins(
    tracks: Tracks, rows: NDArray[np.intp], kind: NDArray[np.uint8], boxes: NDArray[np.float32]
) -> NDArray[np.float32]:
    """(n,) px: how far down the lowest face whose middle is in each body of ROWS is covered; -inf without one.

    A body around several people holds heads that are further down than the tallest one's.
    """
    lowest = np.full(len(rows), -np.inf, np.float32)
    for faces, bodies in _together(tracks.frame[rows], kind):
        face, body = tracks.xyxy[rows[faces]], tracks.xyxy[rows[bodies]]
        middle = centre(face)[:, None]
        inside = ((middle >= body[:, :2]) & (middle <= body[:, 2:])).all(axis=2)
        lowest[bodies] = np.where(inside, boxes[faces, 3, None], -np.inf).max(axis=0)
    return lowest


def _shows_face(frame: NDArray[np.int32], kind: NDArray[np.uint8], boxes: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Tell for every row whether it is a head in the middle of which a face is hidden anyway."""
    shows = np.zeros(len(frame), np.bool_)
    for faces, heads in _together(frame, kind):
        middle = centre(boxes[faces])[:, None]
        low, size = boxes[heads, :2], boxes[heads, 2:] - boxes[heads, :2]
        place = (middle - low) / size
        shows[heads] = ((place > 0.25) & (place < 0.75)).all(axis=2).any(axis=0)  # noqa: PLR2004  the middle half
    return shows


def widest(xyxy: NDArray[np.float32], kind: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(n, 4) the most that hides each of XYXY (n, 4), of KIND (n,), px of the upright picture."""
    hides = xyxy.copy()
    for each in Kind:
        hides[kind == each] = _margin(xyxy[kind == each], BUST if each is Kind.FACE else MARGIN[each])
    return hides


def _margin(xyxy: NDArray[np.float32], margin: tuple[float, float, float, float]) -> NDArray[np.float32]:
    """Widen boxes by MARGIN: left, above, right, below, in widths and heights. float32 (n, 4) -> float32 (n, 4)."""
    size = np.tile(xyxy[:, 2:] - xyxy[:, :2], 2)
    return np.asarray(xyxy + size * (-margin[0], -margin[1], margin[2], margin[3]), np.float32)


def _at_least(xyxy: NDArray[np.float32]) -> NDArray[np.float32]:
    """Widen boxes that are smaller than LEAST px about their middles."""
    lack = np.maximum(LEAST - (xyxy[:, 2:] - xyxy[:, :2]), 0) / 2
    return np.hstack([xyxy[:, :2] - lack, xyxy[:, 2:] + lack]).astype(np.float32)


def _together(frame: NDArray[np.int32], kind: NDArray[np.uint8]) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Positions of the faces and of the bodies on every frame that has a face."""
    some = np.flatnonzero(np.isin(frame, frame[kind == Kind.FACE]))
    order = some[np.argsort(frame[some], kind="stable")]
    _, first = np.unique(frame[order], return_index=True)
    face, body = kind == Kind.FACE, kind == Kind.PERSON
    for group in np.split(order, first[1:]) if len(order) else ():
        yield group[face[group]], group[body[group]]
