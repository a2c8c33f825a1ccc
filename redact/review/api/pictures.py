"""Pictures of a clip: its frames by index, when each is shown, and the small copy that is played."""

from dataclasses import dataclass
from pathlib import Path as File
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from redact.case.folder import scans_path
from redact.case.planning import plan_now, present
from redact.governance.register.register import ClipRow
from redact.records.kinds import Cover, Style
from redact.request.times import microseconds
from redact.request.times import shown as shown_at
from redact.review.access.deps import DeskOf, Records, Seen, Signed, referred
from redact.review.access.sessions import Session
from redact.review.api.answers import spelt
from redact.review.api.changes import PREFIX
from redact.review.pictures.encoding import LEAST_WIDTH
from redact.review.pictures.films import Shown
from redact.review.pictures.pictures import Pictures
from redact.review.pictures.preview import preview
from redact.review.pictures.proxy import PROXY, media_times_us
from redact.review.pictures.store import Picture
from redact.review.words import Turned
from redact.video.clock import offset

__all__ = ["JPEG", "Looking", "router"]

router = APIRouter(prefix=PREFIX, tags=["pictures"])

WIDEST = 8192

Ref = Annotated[str, Path(max_length=200, description="The reference of the request, with ~ for /")]
Index = Annotated[int, Path(ge=0, le=2**31, description="Which frame of the master, from 0")]
Of = Annotated[Literal["master", "copy"], Query(description="Of the recording itself, or of the copy made last")]
Width = Annotated[int | None, Query(ge=LEAST_WIDTH, le=WIDEST, description="px across, at most; else as recorded")]

JPEG: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"image/jpeg": {}},
        "description": "The frame, upright. X-Frame says which it is; X-Damaged is there where it is not as recorded.",
    },
    404: {"description": "There is no such frame, or no copy."},
    428: {"description": "It has to be said first why the clip is looked at."},
}
MP4: dict[int | str, dict[str, Any]] = {
    200: {"content": {"video/mp4": {}}, "description": "All of it."},
    206: {"content": {"video/mp4": {}}, "description": "The part that was asked for by Range."},
    404: {"description": "It was not made yet."},
}


class How(BaseModel):
    """How a copy is painted."""

    style: Style = Field(Style.BLUR, description="What is painted over whoever is hidden")
    cover: Cover = Field(Cover.BODY, description="How much of them is")
    width: int | None = Field(None, ge=LEAST_WIDTH, le=WIDEST, description="px across, at most; else as recorded")


Painting = Annotated[How, Query()]


class Timeline(BaseModel):
    """When each frame of a clip is on screen."""

    frames: int
    width: int = Field(description="px of a frame as seen upright: boxes are in these")
    height: int
    pixel_aspect: float = Field(description="Width over height of one px, as seen upright")
    fps_text: str = Field(description="Frames a second, for people")
    times_us: list[int] = Field(description="Microseconds at which a player shows each frame of the master")
    duration_us: int
    damaged: list[int] = Field(description="Frames that are not as they were recorded")
    sound: int = Field(description="Tracks of sound")


class Table(BaseModel):
    """Which frame the small copy shows."""

    times_us: list[int] = Field(description="Media time from which on each frame is shown")
    first: int = Field(description="Frame of the master that its first one is")


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody who looks at a clip, and has said why."""

    pictures: Pictures
    session: Session
    reference: str
    clip: ClipRow
    scans: File
    """Where what was made of the clip lies."""

    def shown(self, of: str = "master") -> Shown:
        """Give the file that is OF the clip."""
        return self.pictures.shown(self.session, self.reference, self.clip, of)


def look(session: Signed, desk: DeskOf, ref: Ref, clip: Seen) -> Look:
    """Give who looks at what."""
    return Look(desk.part(Pictures), session, referred(ref), clip, scans_path(desk.home, clip.sha256))


Looking = Annotated[Look, Depends(look)]


@router.get("/timeline", summary="When each frame of a clip is shown", response_model=Timeline)
def timeline(looking: Looking) -> Response:
    """Give the table by which times and frames belong together; nothing is reckoned from a rate."""
    recorded = looking.shown().film.clip
    width, height = recorded.size_as_seen
    aspect = float(recorded.sample_aspect_ratio or 1)
    facts = Timeline.model_construct(
        frames=len(recorded),
        width=width,
        height=height,
        pixel_aspect=1 / aspect if recorded.orientation.sideways else aspect,
        fps_text=f"{float(recorded.rate):.4g}",
        times_us=microseconds(recorded, offset(recorded)),
        duration_us=round(shown_at(recorded, len(recorded) - 1) * 1_000_000) + round(1_000_000 / recorded.rate),
        damaged=recorded.damage.hidden.tolist(),
        sound=len(recorded.audio),
    )
    return spelt(facts)


@router.get("/frames/{index}", summary="One frame", response_class=Response, responses=JPEG)
def frame(looking: Looking, index: Index, of: Of = "master", width: Width = None) -> Response:
    """Give frame INDEX of the master, or what stands for it in the copy: that one, or none."""
    shown = looking.shown(of)
    try:
        picture = looking.pictures.frame(shown, index, width)
    except IndexError:
        raise no_frame(looking, shown, index) from None
    return answer(picture, index)


@router.get("/preview/{index}", summary="One frame as it will leave", response_class=Response, responses=JPEG)
def as_it_will_leave(looking: Looking, office: Records, index: Index, how: Painting) -> Response:
    """Give frame INDEX with all that would be hidden in a copy made now, by what paints the copy, without a render.

    The strip, which lies below the picture, is not there.
    """
    shown = looking.shown()
    stands = present(office, looking.reference, looking.clip, how.model_dump(exclude={"width"}))
    draft = plan_now(stands)
    first, end = draft.plan.frames
    if not first <= index < end:
        raise no_frame(looking, Shown(shown.film, first, end), index)
    version = f"{looking.reference}/{stands.known.sha256}/{stands.revision}/{how.style}/{how.cover}"
    painted = preview(looking.pictures.frames, shown.film, draft.plan, index, version=version, width=how.width)
    return answer(painted, index)


@router.get("/proxy", summary="The small copy to be played", response_class=FileResponse, responses=MP4)
def proxy(looking: Looking, of: Of = "master") -> FileResponse:
    """Give the small copy of the master, of which every frame is one, or the redacted copy itself."""
    shown = looking.shown(of)  # of the master too: footage that is past its time is not played
    path = shown.film.clip.path if of == "copy" else looking.scans / PROXY
    if not path.is_file():
        raise Turned(404, "no-proxy", f"{looking.clip.name} cannot be played yet.", "Wait until it was made ready.")
    return FileResponse(path, media_type="video/mp4", content_disposition_type="inline")


@router.get("/proxy/table", summary="Which frame the small copy shows at a media time", response_model=Table)
def table(looking: Looking, of: Of = "master") -> Response:
    """Give the media time of every frame: a frame is on screen from its own time until the next one's."""
    shown = looking.shown(of)
    recorded = shown.film.clip
    times = media_times_us(recorded) if of == "master" else microseconds(recorded)
    return spelt(Table.model_construct(times_us=times, first=shown.first))


def answer(picture: Picture, index: int) -> Response:
    """Answer with PICTURE of frame INDEX."""
    headers = {"X-Frame": str(index)} | ({"X-Damaged": "1"} if picture.damaged else {})
    return Response(picture.data, media_type="image/jpeg", headers=headers)


def no_frame(looking: Look, shown: Shown, index: int) -> Turned:
    """Say that what is SHOWN has no frame INDEX."""
    part = f"is {shown.first} to {shown.ends - 1}"
    message = f"There is no frame {index}: what {looking.clip.name} has here {part}."
    return Turned(404, "no-frame", message, "Choose one that there is.")
