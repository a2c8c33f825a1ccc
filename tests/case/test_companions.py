"""What came with a recording: kept bit for bit, approved and released with it, and for nobody but agencies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cases import approved, as_user, only, opened, police
from masters import make

from redact.case.approving import approve, parcel
from redact.case.companions import companions, keep_companion
from redact.case.footage import Said, attach, detach
from redact.case.releasing import release
from redact.errors import NotPermitted, SourceChanged, UsageProblem
from redact.package.verify_package import verify_package

if TYPE_CHECKING:
    from pathlib import Path

    from redact.governance.office import Office

pytest_plugins = ("stages",)

REF = "POL-7"
BYTES = b"MZ\x90\x00 a player that nobody starts here"


@pytest.fixture
def player(tmp_path: Path) -> Path:
    """A program of the recorder's maker."""
    path = tmp_path / "player.exe"
    path.write_bytes(BYTES)
    return path


@pytest.fixture
def asked_for(office: Office, clip: Path, player: Path) -> Office:
    """A request of the police, with a recording and its player."""
    attach(office, police(office, REF), clip, Said("Camera 4"))
    keep_companion(office, REF, None, player)
    return office


def test_it_leaves_with_the_recording_as_it_came(asked_for: Office, player: Path, tmp_path: Path) -> None:
    """Byte for byte, in what is approved, in the letter and in the package, whose recipient can check it."""
    leaving = parcel(asked_for, REF, native=True)
    assert [(one.name, one.companion) for one in leaving.exhibits] == [("cam4.mp4", False), ("player.exe", True)]
    assert [one["name"] for one in leaving.what["exhibits"]] == ["cam4.mp4", "player.exe"]
    approved(asked_for, REF, native=True)
    player.unlink()
    done = release(asked_for, REF, tmp_path / "out", native=True, zipped=False)
    assert (done.package.path / "player.exe").read_bytes() == BYTES
    letter = " ".join((done.package.path / "letter.txt").read_text().split())
    assert "player.exe: it came with cam4.mp4, and is as it came." in letter
    assert all(check.passed for check in verify_package(done.package.path, asked_for.keys.public()))


def test_whoever_added_it_does_not_approve_it(asked_for: Office, tmp_path: Path) -> None:
    """As with whoever attached the recording; and an approval from before it came is void."""
    approved(asked_for, REF, native=True)
    index = tmp_path / "cam4.idx"
    index.write_bytes(b"index")
    keep_companion(as_user(asked_for, "operator"), REF, None, index)
    with pytest.raises(NotPermitted, match="has changed since"):
        release(asked_for, REF, tmp_path / "out", native=True, zipped=False)
    with pytest.raises(NotPermitted, match="may not approve"):
        approve(as_user(asked_for, "operator"), REF, native=True, watched=True)


def test_one_that_is_not_what_was_kept_leaves_with_nothing(asked_for: Office) -> None:
    """Changed or gone on the disk, it stops the release."""
    (one,) = companions(asked_for, REF, only(asked_for, REF))
    one.path.chmod(0o600)
    one.path.write_bytes(BYTES + b"!")
    with pytest.raises(SourceChanged, match=r"player\.exe, which came with cam4\.mp4"):
        parcel(asked_for, REF, native=True)
    one.path.unlink()
    with pytest.raises(SourceChanged):
        parcel(asked_for, REF, native=True, read=False)


def test_it_is_kept_once_and_goes_with_its_recording(asked_for: Office, player: Path) -> None:
    """Under the digest of its bytes, in the folder that is purged with the recording, which nobody can write to."""
    with pytest.raises(UsageProblem, match=r"kept with cam4\.mp4 already"):
        keep_companion(asked_for, REF, None, player)
    (one,) = companions(asked_for, REF, only(asked_for, REF))
    assert one.path.parent.parent.name == only(asked_for, REF).sha256
    assert one.path.stat().st_mode & 0o777 == 0o400


def test_players_of_one_name_leave_side_by_side(asked_for: Office, player: Path, tmp_path: Path) -> None:
    """As every export of one maker brings it: each with the beginning of its clip's digest before its name."""
    first = only(asked_for, REF)
    other = make(tmp_path / "cam5.mp4", "-f", "lavfi", "-i", "testsrc2=s=96x64:d=1")
    second = attach(asked_for, REF, other, Said("Camera 5"))
    keep_companion(asked_for, REF, "cam5.mp4", player)
    names = {one.name for one in parcel(asked_for, REF, native=True).exhibits}
    players = {f"{clip.sha256[:8]}_player.exe" for clip in (first, second)}
    assert names == {"cam4.mp4", "cam5.mp4", *players}


def test_one_named_as_its_own_recording_is_told_how_to_go_on(asked_for: Office, tmp_path: Path) -> None:
    """Not to make a copy again, of which there is none."""
    other = tmp_path / "cam4.mp4"
    other.write_bytes(b"another")
    keep_companion(asked_for, REF, None, other)
    with pytest.raises(NotPermitted, match="which takes off what came with it"):
        parcel(asked_for, REF, native=True)


def test_the_wrong_file_goes_with_its_clip(asked_for: Office, clip: Path, player: Path) -> None:
    """Attached again the clip is alone, until something is kept with it again."""
    detach(asked_for, REF, "cam4.mp4", "somebody else's data came with it")
    attach(asked_for, REF, clip, Said("Camera 4"))
    assert [one.name for one in parcel(asked_for, REF, native=True).exhibits] == ["cam4.mp4"]
    keep_companion(asked_for, REF, None, player)
    assert [one.companion for one in parcel(asked_for, REF, native=True).exhibits] == [False, True]


@pytest.mark.parametrize("gone", [True, False])
def test_a_lost_one_is_put_back_by_the_same_file(asked_for: Office, player: Path, *, gone: bool) -> None:
    """Lost or damaged, under whatever name it comes; it is listed once."""
    (one,) = companions(asked_for, REF, only(asked_for, REF))
    if gone:
        one.path.unlink()
    else:
        one.path.chmod(0o600)
        one.path.write_bytes(BYTES + b"!")
    keep_companion(asked_for, REF, None, player.rename(player.with_name("again.exe")))
    assert companions(asked_for, REF, only(asked_for, REF)) == (one,)
    assert (one.path.read_bytes(), one.path.stat().st_mode & 0o777) == (BYTES, 0o400)
    assert parcel(asked_for, REF, native=True).exhibits[1].name == "player.exe"


def test_nobody_else_gets_any(office: Office, clip: Path, player: Path) -> None:
    """Masters do not leave for a person's request, and what came with them neither."""
    attach(office, opened(office, "SAR-9"), clip, Said("Camera 4"))
    with pytest.raises(UsageProblem, match="only for the police"):
        keep_companion(office, "SAR-9", None, player)
