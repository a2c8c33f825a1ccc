"""What the networks are shown does not depend on tags alone, and a camera that hangs upside down is noticed."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from clips import clip_of
from copies import plan_of, spec_of
from hypothesis import given
from hypothesis import strategies as st
from masters import make, read

from redact.decide.plan import Hiding, plan
from redact.detect.across import across_poses, gain, settled
from redact.detect.found import Looks
from redact.detect.pose import CODED, Pose, by_tags, joined, ways
from redact.detect.scan import look_again, scan
from redact.detect.scan_file import load_scan, save_scan
from redact.detect.survey import candidates
from redact.files import canonical_json
from redact.records.kinds import Cover, Kind, Origin
from redact.records.orientation import EVERY, UPRIGHT, Orientation
from redact.records.tracks import Detections, FrameBatch, Tracks
from redact.verify.pair import Pair
from redact.verify.second_look import SecondLook
from redact.video.decode import decode
from redact.video.geometry import compose
from redact.watermark.strip import lay_out

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from redact.records.clip import Clip

WIDTH, HEIGHT, FRAMES = 320, 240, 24
HEAD, BODY = (130, 60, 150, 80), (120, 60, 160, 160)
"""px of the picture as seen upright: somebody whose head is white and whose clothes are grey."""


class HeadsUp:
    """Finds whoever has a white head above grey clothes, of human shape; whoever lies or is upside down it misses."""

    name, digest, sides = "heads-up", "e" * 64, (320, 480)
    kinds: tuple[Kind, ...] = (Kind.PERSON,)

    def __call__(self, batch: FrameBatch) -> Detections:
        """One box a picture, where there is one."""
        rows = []
        for index, rgb in zip(batch.index.tolist(), batch.rgb, strict=True):
            there = (rgb[..., 0] > 135).astype(np.uint8)  # the padding is darker
            x, y, w, h = cv2.boundingRect(there)
            part = rgb[y : y + h, x : x + w, 0] > 215
            if w and 1.6 * w < h < 4 * w and part[: h // 3].mean() > 0.2 and part[h // 2 :].mean() < 0.05:
                rows.append((index, (x, y, x + w, y + h)))
        return Detections(
            np.array([index for index, _ in rows], np.int32),
            np.array([box for _, box in rows], np.float32).reshape(-1, 4),
            np.full(len(rows), 0.9, np.float32),
            np.zeros(len(rows), np.uint8),
        )


def somebody(path: Path, *arguments: object, shape: str = "null", tag: Orientation = UPRIGHT) -> Path:
    """A clip in which somebody walks, put through the filter SHAPE before it is coded, and tagged as seen by TAG."""
    body, head = (f"x={box[0]}:y={box[1]}:w={box[2] - box[0]}:h={box[3] - box[1]}" for box in (BODY, HEAD))
    drawn = f"drawbox={body}:c=0xB0B0B0:t=fill,drawbox={head}:c=white:t=fill,{shape}"
    picture = ("-f", "lavfi", "-i", f"color=c=black:s={WIDTH}x{HEIGHT}:r=25:d={FRAMES / 25}", "-vf", drawn)
    flat = make(path.with_name(f"flat-{path.name}"), *picture, *arguments, "-c:v", "libx264", "-pix_fmt", "yuv420p")
    return make(path, "-display_rotation", -90 * tag.turns, "-i", flat, "-c", "copy")


UNTAGGED = {
    "turned by 90°": ("transpose=cclock", (60, 160, 160, 200)),
    "turned by 180°": ("hflip,vflip", (160, 80, 200, 180)),
    "turned by 270°": ("transpose=clock", (80, 120, 180, 160)),
    "pixels 2:1": (f"scale={WIDTH // 2}:{HEIGHT},setsar=1", (60, 60, 80, 160)),
    "pixels 1:2": (f"scale={WIDTH}:{HEIGHT // 2},setsar=1", (120, 30, 160, 80)),
}
"""Filters by how the result has to be seen, and where somebody is in the coded picture."""


@pytest.mark.parametrize("seen", UNTAGGED)
def test_a_camera_that_hangs_wrong_without_a_tag_is_noticed(seen: str, tmp_path: Path) -> None:
    """All of the clip is looked at in the pose in which somebody is found, which is told and kept."""
    shape, place = UNTAGGED[seen]
    found = scan(somebody(tmp_path / "a.mp4", shape=shape), [HeadsUp()])
    assert len(found.poses) == 2
    assert f"More people were found with the picture {found.poses[1].orientation}" in found.clip.remarks[-1]
    assert seen in found.clip.remarks[-1]
    assert found.found.frame.tolist() == found.looked.tolist()
    assert np.abs(found.found.xyxy - np.array(place)).max() <= 6


def test_an_upright_clip_is_looked_at_once(tmp_path: Path) -> None:
    """Where everybody is found as tagged no other pose is taken, and nothing is said."""
    found = scan(somebody(tmp_path / "a.mp4"), [HeadsUp()])
    assert found.poses == (CODED,)
    assert found.clip.remarks == ()
    assert len(found.found) == len(found.looked)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_wrong_turn_in_the_header_hides_nobody_from_the_networks(turns: int, tmp_path: Path) -> None:
    """An upright picture tagged as turned is looked at as it is coded, too; so is a squeezed one."""
    path = somebody(tmp_path / "a.mp4", tag=Orientation(turns))
    found = scan(path, [HeadsUp()])
    assert found.poses == (Pose(Orientation(turns), Fraction(1)), CODED)
    assert found.found.frame.tolist() == found.looked.tolist()
    assert np.abs(found.found.xyxy - np.array(BODY)).max() <= 6


def test_a_wrong_pixel_shape_in_the_header_hides_nobody_from_the_networks(tmp_path: Path) -> None:
    """The same for a tag that would draw everybody out."""
    found = scan(somebody(tmp_path / "a.mp4", shape="setsar=4"), [HeadsUp()])
    assert found.poses == (Pose(UPRIGHT, Fraction(4)), CODED)
    assert found.found.frame.tolist() == found.looked.tolist()


def test_who_was_missed_is_looked_for_in_every_pose(tmp_path: Path) -> None:
    """Another look at the time around a finding is taken in the poses of the scan."""
    seen = scan(somebody(tmp_path / "a.mp4", shape="hflip,vflip"), [HeadsUp()])
    nobody = replace(seen, found=Detections.none())
    missed = seen.found[:1]
    assert len(look_again(nobody, missed, [HeadsUp()]).found) > 1


@pytest.mark.parametrize(
    ("way", "aspect", "more"),
    [
        (Orientation(), "1", False), (Orientation(mirrored=True), "1", False), (Orientation(1), "1", True),
        (Orientation(2, mirrored=True), "1", True), (UPRIGHT, "16/11", False), (UPRIGHT, "3/4", False),
        (UPRIGHT, "2/3", True), (UPRIGHT, "2", True),
    ],
)  # fmt: skip
def test_unusual_tags_are_not_trusted_alone(way: Orientation, aspect: str, more: bool) -> None:
    """A turn, or pixels far from square; a mirror alone and the shapes of television are as good as none."""
    clip = clip_of(orientation=way, sample_aspect_ratio=Fraction(aspect))
    assert by_tags(clip) == (Pose.tagged(clip), *((CODED,) if more else ()))


def test_poses_are_joined_in_order() -> None:
    """Each once; and the ways round among them, each once."""
    other = Pose(Orientation(2), Fraction(1))
    assert joined((CODED, other), (other, CODED)) == (CODED, other)
    assert ways((CODED, Pose(UPRIGHT, Fraction(2)), other)) == (UPRIGHT, Orientation(2))


def test_the_second_look_distrusts_tags_whatever_the_scan_did(tmp_path: Path) -> None:
    """It finds somebody bare in a copy of a wrongly turned clip of which the scan says that it looked as tagged."""
    clip = read(somebody(tmp_path / "a.mp4", tag=Orientation(1)))
    bare, layout = plan_of(clip, {}), lay_out(clip)
    looks = Looks(np.array([0, 23], np.int32), poses=(Pose.tagged(clip),))
    look = SecondLook([HeadsUp()], spec_of(clip, bare, looks=looks, kinds=(Kind.PERSON,)), layout)
    assert see_all(look, clip)
    hidden = plan_of(clip, {index: [BODY] for index in range(FRAMES)})
    again = SecondLook([HeadsUp()], spec_of(clip, hidden, looked=looks.frames, kinds=(Kind.PERSON,)), layout)
    assert not see_all(again, clip)


def see_all(look: SecondLook, clip: Clip) -> int:
    """How many findings LOOK makes of the unmasked frames of CLIP."""
    for frame in decode(clip):
        composed = compose(frame, clip, lay_out(clip))
        luma = composed.planes[0]
        hidden = np.zeros((0, 4), np.int32), np.zeros(0, np.int32)
        look.see(Pair(frame.index, luma, luma, luma, luma, composed.planes, *hidden))
    return len(look.tally.found)


def rows(*some: tuple[tuple[float, float, float, float], float]) -> Detections:
    """People on frame 0: box and score."""
    return Detections(
        np.zeros(len(some), np.int32),
        np.array([box for box, _ in some], np.float32).reshape(-1, 4),
        np.array([score for _, score in some], np.float32),
        np.zeros(len(some), np.uint8),
    )


def test_poses_are_united_without_doubles() -> None:
    """Of one person found in two poses the surer box stays, also over a part; two people stay two."""
    upright = rows(((0, 0, 40, 100), 0.8), ((200, 0, 240, 100), 0.3))
    lying = rows(((0, 10, 44, 95), 0.5), ((10, 0, 30, 30), 0.2), ((204, 2, 244, 102), 0.6), ((90, 0, 120, 80), 0.1))
    kept = across_poses([upright, lying])
    assert sorted(kept.xyxy[:, 0].tolist()) == [0, 90, 204]


def test_one_pose_is_left_as_it_is() -> None:
    """Somebody before somebody else, found in one pose, is not taken for a double."""
    both = rows(((0, 0, 40, 100), 0.8), ((10, 0, 30, 30), 0.2))
    assert len(across_poses([both])) == 2
    assert len(across_poses([both, Detections.none()])) == 2


def face(box: tuple[float, float, float, float], score: float) -> Detections:
    """A face on frame 0."""
    one = rows((box, score))
    return Detections(one.frame, one.xyxy, one.score, np.full(1, Kind.FACE, np.uint8))


def test_where_the_pictures_say_that_the_tag_is_right_a_face_in_nobody_counts_in_no_other_pose() -> None:
    """A wheel that is a face only upside down goes; whoever was found so, and a face in them, stay."""
    tagged = rows(((0, 0, 40, 100), 0.9), ((200, 0, 240, 100), 0.9))
    seen = Detections.concat([rows(((0, 0, 40, 100), 0.3), ((90, 0, 130, 99), 0.4)), face((60, 40, 80, 60), 0.6)])
    seen = Detections.concat([seen, face((100, 70, 120, 90), 0.2)])
    poses, found = settled((Pose(Orientation(2), Fraction(1)), CODED), [tagged, seen])
    assert [pose.doubtful for pose in poses] == [False, True]
    assert found.xyxy[found.kind == Kind.FACE, 0].tolist() == [100]
    assert sorted(found.xyxy[found.kind == Kind.PERSON, 0].tolist()) == [0, 90, 200]


@pytest.mark.parametrize("tagged", [rows(((0, 0, 40, 100), 0.4)), rows(((0, 0, 40, 100), 0.95)), rows()])
def test_where_somebody_is_seen_well_in_the_other_pose_every_face_in_it_counts(tagged: Detections) -> None:
    """As where the tag is wrong, nobody is found at all, or one person lies among those who stand."""
    lying = Detections.concat([rows(((200, 0, 240, 100), 0.8)), face((60, 40, 80, 60), 0.6)])
    for seen in (lying, face((60, 40, 80, 60), 0.6)):
        poses, found = settled((Pose(Orientation(2), Fraction(1)), CODED), [tagged, seen])
        assert not any(pose.doubtful for pose in poses)
        assert 60 in found.xyxy[:, 0].tolist()


def test_what_is_found_better_is_a_gain() -> None:
    """Only what is found well counts, by as much as it scores more."""
    known = rows(((0, 0, 40, 100), 0.5))
    assert gain(known, known) == 0
    assert gain(rows(((0, 0, 40, 100), 0.8)), known) == pytest.approx(0.3)
    assert gain(rows(((200, 0, 240, 100), 0.8)), known) == pytest.approx(0.8)
    assert gain(rows(((200, 0, 240, 100), 0.4)), known) == 0


def test_every_turn_and_both_squeezes_are_tried() -> None:
    """Five poses beside the tagged one, none of them twice."""
    clip = clip_of(orientation=Orientation(1, mirrored=True), sample_aspect_ratio=Fraction(16, 11))
    tried = candidates(Pose.tagged(clip), Detections.none(), clip)
    assert len(set(tried)) == 5
    assert {pose.orientation.mirrored for pose in tried} == {True}


@pytest.mark.parametrize("way", EVERY, ids=str)
def test_a_head_is_hidden_where_it_is_seen(way: Orientation) -> None:
    """With heads alone covered the mask lies at the top of the body as seen, however it is coded."""
    boxes = masks(way, Cover.HEAD, (way,))
    assert contains(boxes, to_coded(way, HEAD))
    assert not contains(boxes, to_coded(way, (120, 130, 160, 160)))


@given(st.sampled_from(EVERY), st.sampled_from(EVERY), st.sampled_from(list(Cover)))
def test_where_the_way_round_is_in_doubt_either_end_is_hidden(one: Orientation, two: Orientation, cover: Cover) -> None:
    """Whatever hides a head by one way or the other hides it where both are possible."""
    both = masks(one, cover, (one, two))
    for way in (one, two):
        for box in masks(one, cover, (way,)).tolist():
            assert contains(both, box)


def to_coded(way: Orientation, box: tuple[int, int, int, int]) -> tuple[int, ...]:
    """BOX of the picture as seen in px of the coded one."""
    size = way.size(WIDTH, HEIGHT)
    return tuple(way.to_coded(np.array([box], np.float32), *size)[0].astype(int).tolist())


def masks(way: Orientation, cover: Cover, some: tuple[Orientation, ...]) -> NDArray[np.int32]:
    """The boxes that hide somebody seen that WAY round, where SOME are the ways that may be right."""
    clip = clip_of(*way.size(WIDTH, HEIGHT), frames=1, orientation=way)
    box = np.array([to_coded(way, BODY)], np.float32)
    zero = np.zeros(1, np.int32)
    tracks = Tracks(
        zero, box, np.ones(1, np.float32), np.full(1, Origin.SEEN, np.uint8), np.array([0, 1]), np.zeros(1, np.uint8)
    )
    return plan(clip, tracks, (), Hiding(tuple(Kind), (0, 1), cover=cover), ways=some).boxes(0)


def contains(boxes: NDArray[np.int32], inner: tuple[int, ...] | list[int]) -> bool:
    """Whether one of BOXES contains INNER."""
    outside = np.concatenate([boxes[:, :2] > inner[:2], boxes[:, 2:] < inner[2:]], axis=1)
    return bool((~outside.any(axis=1)).any())


def test_poses_are_kept_with_the_scan(tmp_path: Path) -> None:
    """They come back as they were; a file of an earlier version was looked at as tagged, and had degrees."""
    master = somebody(tmp_path / "a.mp4", tag=Orientation(3))
    seen, path = scan(master, [HeadsUp()]), tmp_path / "a.scan.npz"
    save_scan(seen, [HeadsUp()], path)
    read_back, _ = load_scan(path, master, seen.clip.sha256)
    assert read_back.poses == seen.poses
    assert read_back.clip.orientation == Orientation(3)
    with np.load(path) as held:
        arrays = {name: held[name] for name in held.files}
    facts = json.loads(arrays["facts"].tobytes())
    del facts["poses"], facts["clip"]["orientation"]
    facts["clip"]["rotation"] = 270
    arrays["facts"] = np.frombuffer(canonical_json(facts), np.uint8)
    np.savez_compressed(path, allow_pickle=False, **arrays)
    old, _ = load_scan(path, master, seen.clip.sha256)
    assert old.clip.orientation == Orientation(3)
    assert old.poses == (Pose.tagged(old.clip),)
