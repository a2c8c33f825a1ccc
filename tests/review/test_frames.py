"""Frames by index: the one that was asked for, whatever the master is like and in whatever order they are asked for."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from clips import plan_of
from masters import make, read
from numbered import HEIGHT, MAKES, WIDTH, number_in, number_of, numbered, numbers_of
from tones import joined

from redact.errors import SourceChanged
from redact.records.orientation import EVERY
from redact.review.pictures import reels
from redact.review.pictures.encoding import size_at
from redact.review.pictures.frames import Frames
from redact.review.pictures.preview import preview
from redact.review.pictures.reel import Reel
from redact.review.pictures.reels import Film, Reels
from redact.review.pictures.store import Key, Picture, Store
from redact.video.decode import decode
from redact.video.entering import entered
from redact.video.formats import planes
from redact.video.landmarks import Landmarks, Surveyor
from redact.video.pictures import Tally, pictures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numbered import Make

    from redact.records.clip import Clip, Frame
    from redact.records.orientation import Orientation


def landmarks_of(clip: Clip) -> Landmarks:
    """What a pass from the start takes down of CLIP."""
    surveyor = Surveyor(clip)
    for decoded in pictures(clip, Tally()):
        surveyor.see(decoded, planes(decoded.picture))
    return surveyor.landmarks()


def walk(count: int) -> list[int]:
    """Forwards, backwards, and in any order."""
    chance = np.random.default_rng(1)
    return [*range(count), *range(count - 1, -1, -1), *chance.permutation(count).tolist()]


@pytest.fixture
def frames() -> Iterator[Frames]:
    """What shows frames, and is closed."""
    with closing(Frames()) as made:
        yield made


@pytest.mark.parametrize("some", MAKES, ids=lambda some: some.name)
def test_every_frame_is_the_one_that_was_asked_for(some: Make, tmp_path: Path) -> None:
    """The number burned into it is the one that a pass from the start sees there, bit for bit, with and without one."""
    clip = numbered(tmp_path, some)
    truth, marks = numbers_of(clip), landmarks_of(clip)
    assert (len(truth), len(set(truth))) == (len(clip), len(clip))
    for known in (None, marks):
        with closing(Reel(clip, known)) as reel:
            for index in walk(len(clip)):
                shown = reel.wind(index)[-1]
                assert (shown.index, shown.pts, number_of(shown.planes[0])) == (index, clip.pts[index], truth[index])


@pytest.mark.parametrize("some", [some for some in MAKES if some.sure], ids=lambda some: some.name)
def test_the_middle_is_entered(some: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where times tell which frame is which, the last frame is shown without decoding from the start."""
    clip = numbered(tmp_path, some)
    monkeypatch.setattr("redact.review.pictures.reel.decode", lambda _: pytest.fail("decoded from the start"))
    with closing(Reel(clip)) as reel:
        assert number_of(reel.wind(len(clip) - 1)[-1].planes[0]) == numbers_of(clip)[-1]


def spoilt(path: Path, some: Make) -> Clip:
    """A master of SOME kind with a dozen wrong bytes."""
    clip = numbered(path, some)
    data, chance = bytearray(clip.path.read_bytes()), np.random.default_rng(5)
    for place in chance.integers(len(data) // 4, len(data) * 9 // 10, 12).tolist():
        data[place] ^= 0x5A
    clip.path.write_bytes(data)
    return read(clip.path, some.fps)


def restarted(path: Path) -> Clip:
    """Two recordings in one file, the second of which counts its time anew."""
    first = numbered(path, KINDS["transport"], 60).path.rename(path / "first.ts")
    return read(joined(path / "joined.ts", first, numbered(path, KINDS["transport"], 40).path))


def trimmed(path: Path) -> Clip:
    """A master whose header tells players to leave out its beginning, up to the middle between two key pictures."""
    whole = numbered(path, KINDS["b-frames"]).path
    return read(make(path / "trimmed.mp4", "-ss", 1.5, "-i", whole, "-c", "copy"))


def cut(path: Path, kind: str, some: slice) -> Clip:
    """SOME bytes of a master of KIND."""
    clip = numbered(path, KINDS[kind])
    clip.path.write_bytes(clip.path.read_bytes()[some])
    return read(clip.path)


KINDS = {some.name: some for some in MAKES}
ODD: dict[str, Callable[[Path], Clip]] = {
    "damaged transport": lambda path: spoilt(path, KINDS["transport"]),
    "damaged b-frames": lambda path: spoilt(path, KINDS["b-frames"]),
    "damaged raw-h264": lambda path: spoilt(path, KINDS["raw-h264"]),
    "damaged mpeg4-avi": lambda path: spoilt(path, KINDS["mpeg4-avi"]),
    "clock set back": restarted,
    "edit list": trimmed,
    "breaks off": lambda path: cut(path, "hevc", slice(-3000)),
    "begins in the middle": lambda path: cut(path, "transport", slice(188 * 40, None)),
}


@pytest.mark.parametrize("odd", ODD)
def test_a_damaged_master_shows_what_a_pass_from_its_start_sees(odd: str, tmp_path: Path) -> None:
    """Every frame is bit for bit that of the pass, unless it is marked as not being as it was recorded."""
    clip = ODD[odd](tmp_path)
    seen = [[plane.copy() for plane in frame.planes] for frame in decode(clip)]
    for known in (None, landmarks_of(clip)):
        with closing(Reel(clip, known)) as reel:
            for index in walk(len(clip)):
                shown = reel.wind(index)[-1]
                assert (shown.index, shown.pts) == (index, clip.pts[index])
                assert shown.damaged or all(map(np.array_equal, shown.planes, seen[index]))
                assert shown.damaged or index not in clip.damage.hidden


@pytest.mark.parametrize("way", EVERY, ids=str)
def test_a_frame_is_upright(way: Orientation, tmp_path: Path, frames: Frames) -> None:
    """Whichever of the eight ways round the picture is seen, it is turned so before it is shown, and px stay px."""
    clip = replace(numbered(tmp_path, MAKES[0], 4), orientation=way)
    shown = frames.picture(Film("a", clip), 3).data
    upright = np.asarray(cv2.imdecode(np.frombuffer(shown, np.uint8), cv2.IMREAD_GRAYSCALE))
    assert upright.shape[1::-1] == clip.size_as_seen
    assert number_of(np.ascontiguousarray(clip.orientation.coded(upright))) == 3


def test_a_frame_is_shown_as_wide_as_asked(tmp_path: Path, frames: Frames) -> None:
    """A narrower picture is the same frame; none is enlarged."""
    clip = numbered(tmp_path, MAKES[1], 30)
    film = Film("a", clip)
    assert [number_in(frames.picture(film, 17, width).data) for width in (None, 120, 4000)] == [17, 17, 17]
    assert size_at((160, 128), 120) == (120, 96)
    assert size_at((WIDTH, HEIGHT), 4000) == (WIDTH, HEIGHT)


def test_frames_asked_for_by_many_at_once(tmp_path: Path, frames: Frames) -> None:
    """Threads that ask for frames of two clips get what they asked for."""
    films = []
    for name in (0, 5):
        (tmp_path / str(name)).mkdir()
        films.append(Film(str(name), numbered(tmp_path / str(name), MAKES[name], 60)))
    asked = [(number % 2, index) for number, index in enumerate(np.random.default_rng(2).integers(0, 60, 400).tolist())]
    with ThreadPoolExecutor(8) as pool:
        got = pool.map(lambda one: number_in(frames.picture(films[one[0]], one[1]).data), asked)
    assert list(got) == [index for _, index in asked]


def test_two_who_look_at_different_places_have_a_decoder_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of one and of the other, by turns, do not enter the file anew each time; many clips open few decoders."""
    clip, entries = numbered(tmp_path, KINDS["one-key"], 200), list[int]()

    def counted(clip: Clip, index: int, marks: Landmarks | None) -> Iterator[Frame]:
        entries.append(index)
        return entered(clip, index, marks)

    monkeypatch.setattr("redact.review.pictures.reel.entered", counted)
    reels = Reels()
    for step in range(40):
        for place in (20, 150):
            with reels.at(Film("a", clip), place + step) as reel:
                assert number_of(reel.wind(place + step)[-1].planes[0]) == place + step
    assert entries == [20, 150]
    large = replace(clip, width=1920, height=1080)
    for number in range(20):
        with reels.at(Film(f"large {number}", large), 0):
            pass
    assert len(reels) <= 4
    reels.forget(lambda _: True)
    assert len(reels) == 0


def test_a_file_that_is_no_longer_the_same_is_no_picture(tmp_path: Path, frames: Frames) -> None:
    """Where the master has been exchanged or cut, that is said, and no neighbour shown."""
    clip = numbered(tmp_path, MAKES[0], 60)
    (tmp_path / "other").mkdir()
    other = numbered(tmp_path / "other", MAKES[0], 20)
    for changed in (replace(clip, path=other.path), replace(clip, pts=clip.pts + 7)):
        with pytest.raises(SourceChanged):
            frames.picture(Film(str(changed.pts[0]) + changed.path.name, changed), 55)


def test_landmarks_of_another_master_are_not_believed(tmp_path: Path) -> None:
    """A frame whose check value is another is decoded from the start, and shown; landmarks are read as written."""
    clip = numbered(tmp_path, MAKES[1], 60)
    marks = landmarks_of(clip)
    wrong = Landmarks(marks.prints[::-1].copy(), marks.frame, marks.place, marks.pts, marks.dts, marks.size)
    with closing(Reel(clip, wrong)) as reel:
        assert [number_of(reel.wind(index)[-1].planes[0]) for index in (41, 3, 58)] == [41, 3, 58]
    file = tmp_path / "landmarks.npz"
    file.write_bytes(marks.to_bytes(clip.sha256))
    again = Landmarks.load(file, clip.sha256, len(clip))
    assert again is not None
    assert (again.prints == marks.prints).all()
    assert (again.frame == marks.frame).all()
    assert Landmarks.load(file, "0" * 64, len(clip)) is None
    assert Landmarks.load(file, clip.sha256, 59) is None
    file.write_bytes(file.read_bytes()[:-90])
    assert Landmarks.load(file, clip.sha256, len(clip)) is None


def test_a_preview_shows_what_is_not_hidden_and_nothing_else(tmp_path: Path, frames: Frames) -> None:
    """What the plan hides cannot be read from it; the same frame without a box can."""
    clip = numbered(tmp_path, MAKES[1], 40)
    hidden = plan_of(clip, [[[0, 30, WIDTH, 66]] if index == 20 else [] for index in range(40)])
    shown = [preview(frames, Film("a", clip), hidden, index, version="1", width=None).data for index in (19, 20, 21)]
    assert [number_in(shown[0]), number_in(shown[2])] == [19, 21]
    with pytest.raises(AssertionError, match="cannot be told apart"):
        number_in(shown[1])


def test_what_is_kept_is_bounded() -> None:
    """Pictures that were not asked for the longest go first, and those of a file that is gone at once."""
    store = Store(100)
    for index in range(20):
        store.put(Key("a", 0, index), Picture(bytes(10), damaged=False))
        store.get(Key("a", 0, 0))
    assert store.size_bytes == 100
    assert [index for index in range(20) if store.has(Key("a", 0, index))] == [0, *range(11, 20)]
    store.put(Key("b", 0, 1), Picture(bytes(5), damaged=False))
    store.forget(lambda of: of == "a")
    assert store.size_bytes == 5


def test_decoders_that_nobody_wants_are_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each holds tens of pictures. Whoever goes on later gets the same frames."""
    film = Film("plain", numbered(tmp_path, KINDS["25-fps"]))
    with closing(Frames()) as frames:
        before = frames.picture(film, 20).data
        frames.rest()
        assert len(frames._reels) > 0
        monkeypatch.setattr(reels, "IDLE_S", -1.0)
        deadline = time.monotonic() + 20
        while len(frames._reels) and time.monotonic() < deadline:  # what is around it is made ready first
            frames.rest()
            time.sleep(0.05)
        assert len(frames._reels) == 0
        assert frames.picture(film, 20).data == before
        assert number_in(frames.picture(film, 45).data) == 45
