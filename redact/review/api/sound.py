"""Sound of a clip: how loud it is, where somebody may be speaking, and short parts of it to listen to."""

from fractions import Fraction
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from redact.case.planning import present
from redact.errors import UsageProblem
from redact.jobs.release import sound_asked
from redact.request.choices import Audio
from redact.request.model import format_time, parse_time
from redact.request.times import shown as shown_at
from redact.review.access.deps import Records
from redact.review.api.changes import PREFIX
from redact.review.api.pictures import Looking
from redact.review.pictures.sound import SOUND, load
from redact.review.words import Turned
from redact.video.hearing import Heard, part

__all__ = ["router"]

router = APIRouter(prefix=f"{PREFIX}/sound", tags=["sound"])

LONGEST_S = 60
"""Seconds that are listened to at once."""

MOST = 20_000
"""Parts of a clip whose peaks are given at once: more than a screen is wide."""

From = Annotated[str, Query(alias="from", max_length=40, description="Time as a player shows it")]
To = Annotated[str | None, Query(alias="to", max_length=40, description="Time up to which; by default the end")]

WAV: dict[int | str, dict[str, Any]] = {200: {"content": {"audio/wav": {}}, "description": "48 kHz, two channels."}}


class PeakFacts(BaseModel):
    """How loud a clip is."""

    rate: float = Field(description="Buckets a second")
    buckets: list[tuple[float, float]] = Field(description="Lowest and highest sample in each; 1 is full scale")


class SpanFacts(BaseModel):
    """A span of time."""

    start: str = Field(serialization_alias="from", description="Time as a player shows it")
    end: str = Field(serialization_alias="to")
    from_us: int
    to_us: int


class SpeechFacts(BaseModel):
    """Where somebody may be speaking."""

    looked: bool = Field(description="Whether a network listened for speech: if not, nothing is known of it")
    spans: list[SpanFacts]


@router.get("/peaks", summary="How loud a clip is over time")
def peaks(
    looking: Looking, start: From = "0", end: To = None, buckets: Annotated[int, Query(ge=1, le=MOST)] = 1_000
) -> PeakFacts:
    """Give the lowest and highest sample of each of so many equal parts of a span, of all tracks together."""
    heard = _heard(looking)
    first, last = _span(looking, start, end)
    values = heard.between(first, last, buckets)
    pairs = [(round(low, 4), round(high, 4)) for low, high in values.tolist()]
    return PeakFacts.model_construct(rate=float(buckets / (last - first)), buckets=pairs)


@router.get("/speech", summary="Where somebody may be speaking")
def speech(looking: Looking) -> SpeechFacts:
    """Give the spans in which a network found that somebody may be speaking. It misses some; it mutes nothing."""
    heard = _heard(looking)
    spans = [
        SpanFacts(
            start=format_time(Fraction(begins, 1000)),
            end=format_time(Fraction(ends, 1000)),
            from_us=1000 * begins,
            to_us=1000 * ends,
        )
        for begins, ends in heard.speech.tolist()
    ]
    return SpeechFacts(looked=bool(heard.finder), spans=spans)


@router.get("/listen", summary="A short part, as it is or as it would leave", response_class=Response, responses=WAV)
def listen(
    looking: Looking,
    office: Records,
    start: From,
    end: To,
    after: Annotated[Literal["0", "1"], Query(description="1: as in a copy that keeps its sound")] = "0",
) -> Response:
    """Give what is heard from one time to another, at most a minute; AFTER: with what is muted now silent."""
    clip = looking.shown().film.clip
    if not clip.audio:
        raise Turned(404, "no-sound", f"{looking.clip.name} has no sound.", "There is nothing to listen to.")
    first, last = _span(looking, start, end)
    if last - first > LONGEST_S:
        message = f"{format_time(last - first)} are too long to listen to at once."
        raise UsageProblem(message, f"Choose up to {LONGEST_S} seconds.")
    mute: tuple[tuple[Fraction, Fraction], ...] = ()
    if after == "1":
        request = present(office, looking.reference, looking.clip, {"audio": Audio.KEEP}).request
        mute = sound_asked(request, clip).mute
    return Response(part(clip, first, last, mute), media_type="audio/wav")


def _heard(looking: Looking) -> Heard:
    """Give what is known of the sound. Raises Turned (404) where nothing is yet."""
    looking.shown()
    heard = load(looking.scans / SOUND, looking.clip.sha256)
    if heard is None:
        raise Turned(404, "no-sound-yet", "The sound was not looked through yet.", "Wait until it has been.")
    return heard


def _span(looking: Looking, start: str, end: str | None) -> tuple[Fraction, Fraction]:
    """Read START and END. Raises UsageProblem unless they are times of the clip, one after the other."""
    clip = looking.shown().film.clip
    ends = shown_at(clip, len(clip) - 1) + 1 / clip.rate
    try:
        first, last = parse_time(start), ends if end is None else parse_time(end)
    except ValueError as wrong:
        raise UsageProblem(str(wrong), "Give times such as 01:30 or 00:12.4.") from wrong
    if not 0 <= first < min(last, ends):
        message = f"The clip has nothing from {start} to {end or 'its end'}; it ends at {format_time(ends)}."
        raise UsageProblem(message, "Choose two times within it.")
    return first, min(last, ends)
