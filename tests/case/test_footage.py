"""Footage of a case: taken in whatever it is called, kept within its time, and one scan for all who ask."""

from __future__ import annotations

import os
import shutil
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cases import OTHER, REF, TODAY, age, as_user, attached, denied, only, opened, scanned, set_up
from corridor import FRAMES, RedSquare
from masters import make

from redact.advice import Give, Given
from redact.case.asked import asked, clip_named
from redact.case.audit import audit
from redact.case.footage import Said, attach, detach, master, open_footage, scan_clip
from redact.case.footage import scanned as found_in
from redact.case.purging import hold, items, purge
from redact.case.steps import close_request, step
from redact.errors import InputUnusable, NotPermitted, SourceChanged, UsageProblem
from redact.files import sha256_file
from redact.governance.kept import civil_day
from redact.governance.ledger.events import EventKind
from redact.governance.office import Office
from redact.governance.rules.organisation import FILE

if TYPE_CHECKING:
    from pathlib import Path

    from databases import Server

pytest_plugins = ("stages",)

NOTHING = Said()


def test_a_clip_is_taken_in_bit_for_bit_and_examined(taken_in: Office, clip: Path) -> None:
    """The master is the same file, nobody may write to it, and how long it is and where time is missing is known."""
    there = only(taken_in)
    path = master(taken_in, there)
    assert path.read_bytes() == clip.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o400
    assert (there.sha256, there.name) == (sha256_file(clip), "cam4.mp4")
    assert there.duration_s == pytest.approx(FRAMES / 25)
    (event,) = taken_in.register.events(kinds=(EventKind.IMPORTED,))
    assert (event.data["frames"], event.data["gaps"], event.data["lost"]) == (FRAMES, [], 0)


def test_the_same_clip_twice_is_attached_once(taken_in: Office, clip: Path) -> None:
    """Nothing is copied or recorded again; what is said of it anew is."""
    before = len(taken_in.register.events())
    attach(taken_in, REF, clip, NOTHING)
    assert len(taken_in.register.events()) == before
    attach(taken_in, REF, clip, Said("Camera 5"))
    assert only(taken_in).camera == "Camera 5"
    assert [event.kind for event in taken_in.register.events()[before:]] == [EventKind.DESCRIBED]


def test_the_video_stream_that_was_asked_for_is_the_one_that_is_scanned(
    office: Office, clip: Path, tmp_path: Path
) -> None:
    """Of two cameras the chosen one is remembered with the master; to ask for the other later is refused."""
    both, small = tmp_path / "both.mkv", ("-f", "lavfi", "-i", "testsrc2=s=96x64:d=2")
    make(both, *small, "-i", clip, "-map", 0, "-map", "1:v", "-c:v:1", "copy")
    with pytest.raises(InputUnusable, match="2 video streams that carry on"):
        attach(office, opened(office), both, NOTHING)
    attach(office, REF, both, Said(stream=1))
    seen = scan_clip(office, REF, only(office), [RedSquare()])
    assert (seen.clip.stream, len(seen.clip)) == (1, FRAMES)
    assert len(seen.clip.remarks) == 1
    with pytest.raises(UsageProblem, match="taken in before, without") as another:
        attach(office, REF, both, Said(stream=0))
    assert Give(Given.STREAM, "0") in another.value.problem.parts
    attach(office, REF, both, Said(stream=1))
    assert audit(office).wrong == []


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        (b"a\nb.mp4", "a\N{REPLACEMENT CHARACTER}b.mp4"),
        (b"\xff.mp4", "\N{REPLACEMENT CHARACTER}.mp4"),
        (b"-rf.mp4", "-rf.mp4"),
        (b".hidden", ".hidden"),
        ("\u202egpj.mp4".encode(), "\N{REPLACEMENT CHARACTER}gpj.mp4"),
        (b"a" * 240 + b".mp4", "a" * 116 + ".mp4"),
        ("é".encode() * 120 + b".mp4", "é" * 58 + ".mp4"),
        (b"b" * 250, "b" * 120),
    ],
)
def test_a_clip_is_taken_in_whatever_it_is_called(
    office: Office, clip: Path, tmp_path: Path, name: bytes, kept: str
) -> None:
    """Its name becomes one line that can be read, and its bytes stay."""
    odd = tmp_path / os.fsdecode(name)
    shutil.copyfile(clip, odd)
    attach(office, opened(office), odd, NOTHING)
    assert only(office).name == kept
    assert sha256_file(master(office, only(office))) == only(office).sha256
    assert audit(office).wrong == []


def test_two_clips_of_one_name_are_told_apart(taken_in: Office, clip: Path, tmp_path: Path) -> None:
    """Their name alone is not enough then, their digest is."""
    data = clip.read_bytes() + b"\0" * 16
    (tmp_path / "cam4.mp4").write_bytes(data)
    other = attach(taken_in, REF, tmp_path / "cam4.mp4", NOTHING)
    clips = asked(taken_in, REF).clips
    assert len({master(taken_in, one) for one in clips}) == 2
    with pytest.raises(UsageProblem, match="not the name or digest of one clip"):
        clip_named(clips, "cam4.mp4")
    assert clip_named(clips, other.sha256[:8]) == other
    with pytest.raises(UsageProblem):
        clip_named(clips, other.sha256[:2])


@pytest.mark.parametrize(
    "said",
    [Said("a\nb"), Said("c" * 201), *(Said(clock_offset_s=float(off)) for off in ("nan", "-inf", "4e8", "-4e8"))],
)
def test_what_cannot_be_recorded_of_a_clip_is_refused(office: Office, clip: Path, said: Said) -> None:
    """Before anything is copied."""
    opened(office)
    with pytest.raises(UsageProblem):
        attach(office, REF, clip, said)
    assert not [path for path in (office.home / "masters").iterdir() if path.is_dir()]


def test_a_file_that_changes_while_it_is_taken_in_is_refused(office: Office, clip: Path, tmp_path: Path) -> None:
    """Nothing of it is left."""
    growing = tmp_path / "growing.mp4"
    shutil.copyfile(clip, growing)
    opened(office)

    def write(stage: str, done: int, total: int | None) -> None:  # noqa: ARG001  as Progress has it
        if done == FRAMES:
            with growing.open("ab") as stream:
                stream.write(b"\0" * 16)

    with pytest.raises(SourceChanged, match="changed while it was taken in"):
        attach(office, REF, growing, NOTHING, progress=write)
    assert asked(office, REF).clips == ()
    assert not list((office.home / "masters").glob("*/*"))


def test_what_is_no_video_is_not_taken_in(office: Office, tmp_path: Path) -> None:
    """It says so, and nothing is kept of it."""
    (tmp_path / "cam.mp4").write_bytes(b"no video")
    opened(office)
    with pytest.raises(InputUnusable):
        attach(office, REF, tmp_path / "cam.mp4", NOTHING)
    assert not [path for path in (office.home / "masters").iterdir() if path.is_dir()]


def test_a_master_that_was_lost_is_put_back(taken_in: Office, clip: Path) -> None:
    """Attaching the clip again is the remedy that the error names."""
    path = master(taken_in, only(taken_in))
    path.unlink()
    with pytest.raises(InputUnusable, match="Attach it again"):
        master(taken_in, only(taken_in))
    attach(taken_in, REF, clip, NOTHING)
    assert sha256_file(path) == only(taken_in).sha256
    assert taken_in.register.events(kinds=(EventKind.DESCRIBED,))[-1].data == {"put_back": True}


def test_a_master_that_was_damaged_is_put_right(taken_in: Office, clip: Path) -> None:
    """By the same means; what was in its place is recorded, and only once."""
    path = master(taken_in, only(taken_in))
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    was = sha256_file(path)
    for _ in range(2):
        attach(taken_in, REF, clip, NOTHING)
        assert sha256_file(path) == only(taken_in).sha256
    assert path.stat().st_mode & 0o777 == 0o400
    (event,) = taken_in.register.events(kinds=(EventKind.DESCRIBED,))
    assert event.data == {"put_back": True, "was": was}
    scanned(taken_in)
    assert audit(taken_in).wrong == []


def test_footage_past_its_time_is_attached_by_the_dpo_alone(taken_in: Office, clip: Path) -> None:
    """An operator would keep it for longer by attaching it; it is refused, and recorded once."""
    opened(taken_in, OTHER)
    age(taken_in, 40)
    attach(as_user(taken_in, "operator"), OTHER, clip, NOTHING)  # the first request keeps it
    for reference in (REF, OTHER):
        close_request(taken_in, reference, "withdrawn", "", None)
    opened(taken_in, "SAR-3")
    with pytest.raises(NotPermitted, match=r"cam4\.mp4 may not be attached\. Past retention by 10 days"):
        attach(as_user(taken_in, "operator"), "SAR-3", clip, NOTHING)
    assert len(denied(taken_in)) == 1
    attach(taken_in, "SAR-3", clip, NOTHING)
    assert "10 days" in taken_in.register.events(kinds=(EventKind.ATTACHED,))[-1].data["past_retention"]


def test_what_a_recorder_keeps_says_nothing_of_how_long_footage_is_kept_here(taken_in: Office, clip: Path) -> None:
    """Else whoever names the camera would choose it: one of fewer days ends nothing, one of more lets nobody in."""
    file = taken_in.home / FILE
    cameras = '\n[cameras."Camera 4"]\nretention_days = 7\n[cameras."Camera 9"]\nretention_days = 90\n'
    file.write_text(file.read_text() + cameras)
    with Office.open(taken_in.home) as office:
        age(office, 20)
        close_request(office, REF, "withdrawn", "", None)
        assert master(office, office.register.clip(only(office).sha256)).is_file()
        age(office, 40)
        opened(office, OTHER)
        with pytest.raises(NotPermitted, match="Past retention by 10 days"):
            attach(as_user(office, "operator"), OTHER, clip, Said("Camera 9"))


def test_new_footage_past_its_time_is_refused_too(office: Office, clip: Path) -> None:
    """As soon as somebody says when it was recorded."""
    opened(office)
    old = Said(starts=datetime.fromisoformat(f"{TODAY - timedelta(31)}T10:00"))
    with pytest.raises(NotPermitted, match="may not be attached"):
        attach(as_user(office, "operator"), REF, clip, old)
    attach(office, REF, clip, old)


def test_a_hold_keeps_footage_that_is_then_attached(taken_in: Office, clip: Path) -> None:
    """The hold is the DPO's word already."""
    hold(taken_in, only(taken_in), "a fall on the stairs", TODAY + timedelta(30))
    age(taken_in, 40)
    close_request(taken_in, REF, "withdrawn", "", None)
    attach(as_user(taken_in, "operator"), opened(taken_in, OTHER), clip, NOTHING)
    assert only(taken_in, OTHER).name == "cam4.mp4"


def test_purged_footage_can_be_attached_again(taken_in: Office, clip: Path) -> None:
    """It is taken in as new, by the DPO since its time was over."""
    age(taken_in, 40)
    close_request(taken_in, REF, "withdrawn", "", None)
    assert [item.what for item, _ in purge(taken_in, [item for item in items(taken_in) if item.what == "footage"])]
    opened(taken_in, OTHER)
    with pytest.raises(NotPermitted, match="may not be attached"):
        attach(as_user(taken_in, "operator"), OTHER, clip, NOTHING)
    attach(taken_in, OTHER, clip, NOTHING)
    assert only(taken_in, OTHER).purged_at == ""
    assert master(taken_in, only(taken_in, OTHER)).is_file()
    assert audit(taken_in).wrong == []


def test_a_clip_that_was_taken_off_can_be_attached_again(taken_in: Office, clip: Path) -> None:
    """What the register says is what the ledger says, at each step."""
    operator = as_user(taken_in, "operator")
    detach(operator, REF, "cam4.mp4", "it shows another staircase")
    assert asked(taken_in, REF).clips == ()
    assert audit(taken_in).wrong == []
    with pytest.raises(UsageProblem):
        detach(operator, REF, "cam4.mp4", "it shows another staircase")
    attach(operator, REF, clip, NOTHING)
    assert only(taken_in).name == "cam4.mp4"
    assert audit(taken_in).wrong == []


def test_the_same_holds_on_postgresql(tmp_path: Path, postgresql: Server, clip: Path) -> None:
    """Taken in, taken off, attached again and purged, and the ledger says the same at the end."""
    set_up(tmp_path / "home", database=postgresql.fresh())
    with Office.open(tmp_path / "home") as office:
        attached(office, clip)
        detach(office, REF, "cam4.mp4", "it shows another staircase")
        attach(office, REF, clip, NOTHING)
        assert only(office).name == "cam4.mp4"
        age(office, 40)
        close_request(office, REF, "withdrawn", "", None)
        assert len(list(purge(office, [item for item in items(office) if item.what == "footage"]))) == 1
        assert audit(office).wrong == []


def test_an_ended_request_takes_nothing_more_and_says_so_on_record(taken_in: Office, clip: Path) -> None:
    """Each refusal is recorded once."""
    there = only(taken_in)
    close_request(taken_in, REF, "withdrawn", "", None)
    for refused in (
        lambda: attach(taken_in, REF, clip, NOTHING),
        lambda: detach(taken_in, REF, "cam4.mp4", "it shows another staircase"),
        lambda: scan_clip(taken_in, REF, there, [RedSquare()]),
    ):
        before = len(denied(taken_in))
        with pytest.raises(NotPermitted, match="was closed on"):
            refused()
        assert len(denied(taken_in)) == before + 1


def test_a_viewing_needs_a_role_and_a_reason(taken_in: Office) -> None:
    """Who looked at what and why is on record before anybody looks."""
    there = only(taken_in)
    with pytest.raises(NotPermitted, match="stranger"):
        open_footage(as_user(taken_in, "stranger"), REF, there, "master", "to find the requester")
    with pytest.raises(UsageProblem, match="only with a justification"):
        open_footage(taken_in, REF, there, "master", " look ")
    open_footage(as_user(taken_in, "reviewer"), REF, there, "master", "to find the requester")
    (event,) = taken_in.register.events(kinds=(EventKind.VIEWED,))
    assert (event.by, event.data) == ("reviewer", {"what": "master", "why": "to find the requester"})
    assert len(denied(taken_in)) == 1


def test_footage_past_its_time_is_not_looked_at(taken_in: Office) -> None:
    """Without a request that keeps it, it can only be purged."""
    there = only(taken_in)
    age(taken_in, 40)
    close_request(taken_in, REF, "withdrawn", "", None)
    with pytest.raises(NotPermitted, match="may not be used"):
        open_footage(taken_in, REF, taken_in.register.clip(there.sha256), "master", "to find the requester")
    assert len(denied(taken_in)) == 1
    assert taken_in.register.events(kinds=(EventKind.VIEWED,)) == []


def test_one_scan_serves_every_request(seen: Office, clip: Path) -> None:
    """The second request records the same scan, and nobody looks again."""
    attach(seen, opened(seen, OTHER), clip, NOTHING)
    blind = RedSquare(lambda _: True)  # by its name and digest the same network
    assert len(scan_clip(seen, OTHER, only(seen, OTHER), [blind]).found.frame) > 0
    one, other = seen.register.events(kinds=(EventKind.SCANNED,))
    assert (one.data, one.reference, other.reference) == (other.data, REF, OTHER)


def test_a_scan_in_whose_place_another_is_put_is_not_believed(seen: Office) -> None:
    """A file that is on no record would hide nobody; it is scanned again."""
    there = only(seen)
    _, digest = found_in(seen, REF, there)
    (file,) = (seen.home / "scans" / there.sha256).iterdir()
    file.write_bytes(b"nobody is there")
    with pytest.raises(UsageProblem, match="not the one that was recorded"):
        found_in(seen, REF, there)
    scanned(seen)
    assert found_in(seen, REF, there)[1] == digest


def test_a_master_that_was_changed_is_not_scanned(taken_in: Office) -> None:
    """The digest of what is decoded is compared with that of what was taken in."""
    path = master(taken_in, only(taken_in))
    path.chmod(0o600)
    path.write_bytes(path.read_bytes() + b"\0" * 16)
    with pytest.raises(SourceChanged):
        scanned(taken_in)
    assert taken_in.register.events(kinds=(EventKind.SCANNED,)) == []


def test_the_day_is_that_of_the_people_there() -> None:
    """Half past midnight in London in summer is half past eleven the day before by UTC."""
    assert civil_day("2026-06-30T23:30:00+00:00").isoformat() == "2026-07-01"
    assert civil_day("2026-12-31T23:30:00+00:00").isoformat() == "2026-12-31"
    assert civil_day("2026-06-30T23:30:00").isoformat() == "2026-06-30"


@pytest.mark.usefixtures("impatient")
def test_footage_is_taken_in_by_one_at_a_time(office: Office, clip: Path) -> None:
    """A second request for footage that is taken in at that moment waits; what else is done for the first does not."""
    opened(office)
    opened(office, OTHER)

    def meanwhile(stage: str, done: int, total: int | None) -> None:  # noqa: ARG001  as Progress has it
        if done == 1:
            for reference in (OTHER, REF):
                with pytest.raises(UsageProblem, match="Someone is working on the footage"):
                    attach(office, reference, clip, NOTHING)
            step(office, REF, EventKind.CLARIFICATION_ASKED, None, {"note": "which door"})

    attach(office, REF, clip, NOTHING, progress=meanwhile)
    attached_to = [row.reference for row in office.register.requests_of(sha256_file(clip))]
    assert attached_to == [REF]


def test_a_case_can_be_made_by_its_steps(office: Office, clip: Path) -> None:
    """What the other tests begin from."""
    attached(office, clip)
    assert only(office).camera == "Camera 4"
