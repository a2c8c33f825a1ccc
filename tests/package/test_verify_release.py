"""What a recipient can check of a release alone, and that each part of it can fail."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from copies import street
from packages import PASSED, copy_of

from redact.errors import InputUnusable
from redact.package.verify_release import verify_release
from redact.records.plan import Check

if TYPE_CHECKING:
    from redact.records.clip import Clip

REQUEST = {"reference": "SAR-2026-0142", "copy_number": 1}


def release(folder: Path, stem: str, clip: Clip, *, checks: tuple[Check, ...] = (PASSED,), **changes: Any) -> Path:
    """Put a release of CLIP into FOLDER; gives its manifest."""
    _, made = copy_of(clip, folder, stem, checks=checks, **changes)
    manifest = folder / f"{stem}.manifest.json"
    manifest.write_bytes(made.to_bytes())
    return manifest


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """A master of odd size, so that the copy's size does not give it away."""
    return street(tmp_path_factory.mktemp("master") / "cam.mkv", "-pix_fmt", "yuv444p", size=(321, 241))


@pytest.fixture(scope="module")
def good(clip: Clip) -> Path:
    """A folder with one release in which all is right."""
    folder = clip.path.with_name("release")
    folder.mkdir()
    release(folder, "cam", clip)
    return folder


@pytest.fixture
def folder(good: Path, tmp_path: Path) -> Path:
    """The same, to be spoilt."""
    return Path(shutil.copytree(good, tmp_path / "release"))


def failed(checks: tuple[Check, ...]) -> set[str]:
    """Names of the checks that did not pass."""
    return {check.name for check in checks if not check.passed}


def edit(manifest: Path, *path: str, value: object) -> None:
    """Write VALUE at PATH of MANIFEST."""
    whole = part = json.loads(manifest.read_text())
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    manifest.write_text(json.dumps(whole))


@pytest.mark.parametrize("name", [".", "cam.manifest.json", "cam.redacted.mp4"])
def test_a_release_is_known_by_its_folder_its_manifest_or_its_copy(good: Path, name: str) -> None:
    """Whichever is given, the same is checked, and neither master nor network is asked."""
    checks = verify_release(good / name)
    assert [check.name for check in checks] == ["manifest", "copy", "times", "watermark", "recorded checks"]
    assert not failed(checks), checks


def test_a_span_is_checked_against_its_own_frames(clip: Clip, tmp_path: Path) -> None:
    """A copy that begins in the middle of its master says so in its strip and its manifest."""
    release(tmp_path, "part", clip, frames=(5, 15))
    assert not failed(verify_release(tmp_path))


def test_several_releases_are_all_checked_and_named(clip: Clip, folder: Path) -> None:
    """Of two releases in one folder each check says which it is about."""
    release(folder, "yard", clip, checks=(PASSED, Check("times", passed=False, found="23 of 24.")))
    checks = verify_release(folder)
    assert len(checks) == 10
    assert failed(checks) == {"yard: recorded checks"}
    assert len(verify_release(folder / "yard.redacted.mp4")) == 5


def test_what_is_missing_is_said(folder: Path, tmp_path: Path) -> None:
    """No such path, a folder without a release, a copy without a manifest, and the other way round."""
    with pytest.raises(InputUnusable, match=r"nowhere does not exist"):
        verify_release(tmp_path / "nowhere")
    with pytest.raises(InputUnusable, match=r"has no manifest\."):
        verify_release(tmp_path)
    (folder / "cam.manifest.json").rename(tmp_path / "cam.manifest.json")
    with pytest.raises(InputUnusable, match=r"has no manifest beside it"):
        verify_release(folder / "cam.redacted.mp4")
    with pytest.raises(InputUnusable, match=r"cam\.redacted\.mp4 is missing"):
        verify_release(tmp_path / "cam.manifest.json")
    (tmp_path / "cam.manifest.json").write_text("{}")
    with pytest.raises(InputUnusable, match=r"is not a redact-manifest/1 manifest"):
        verify_release(tmp_path)


def test_a_name_that_no_file_can_have_is_said(folder: Path) -> None:
    """Whether no file system takes it, or only this path is too long for it."""
    edit(folder / "cam.manifest.json", "output", "name", value="n" * 300)
    with pytest.raises(InputUnusable, match="a name of more than 255 bytes"):
        verify_release(folder)


def test_what_was_withheld_or_superseded_is_no_release(folder: Path, tmp_path: Path) -> None:
    """Beside a release they change nothing; alone, or asked for by name, they are said to be none."""
    for name in ("yard.withheld.mp4", "cam.superseded.mp4", "cam.superseded-2.json"):
        (folder / name).write_bytes(b"any")
        assert not failed(verify_release(folder))
        with pytest.raises(InputUnusable, match=f"{name} is no release"):
            verify_release(folder / name)
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / name).write_bytes(b"any")
        with pytest.raises(InputUnusable, match=r"has no manifest\. (The copy there was|A release that was there is)"):
            verify_release(tmp_path / name)


def test_one_byte_changed_is_noticed(folder: Path) -> None:
    """A copy that still plays is not the copy any more."""
    copy = folder / "cam.redacted.mp4"
    copy.write_bytes(copy.read_bytes() + b"\0\0\0\x08free")
    assert failed(verify_release(folder)) == {"copy"}


def test_a_copy_that_cannot_be_read_fails_and_does_not_stop_the_check(folder: Path) -> None:
    """Everything that can still be said is said."""
    (folder / "cam.redacted.mp4").write_bytes(b"no video")
    assert failed(verify_release(folder)) == {"copy", "decoding", "times", "watermark"}


def test_another_copy_under_the_right_name_is_noticed(clip: Clip, folder: Path, tmp_path: Path) -> None:
    """A copy of another request, or of other frames, says so itself, whatever was done to the manifest's digest."""
    other = release(tmp_path, "cam", clip, frames=(3, 20))
    shutil.copy(other.with_name("cam.redacted.mp4"), folder)
    described = json.loads(other.read_text())
    edit(folder / "cam.manifest.json", "output", value=described["output"])
    assert failed(verify_release(folder)) == {"times", "watermark"}


@pytest.mark.parametrize(
    ("path", "value", "name"),
    [
        (("request", "reference"), "SAR-2026-0143", "watermark"),
        (("plan", "sha256"), "0" * 64, "watermark"),
        (("source", "sha256"), "0" * 64, "watermark"),
        (("source", "width"), 640, "watermark"),
        (("times", "first_frame"), 5, "watermark"),
        (("times", "sha256"), "0" * 64, "times"),
        (("times", "count"), 25, "times"),
        (("output", "size_bytes"), 5, "copy"),
        (("checks",), [], "recorded checks"),
    ],
)
def test_a_manifest_that_was_altered_is_noticed(folder: Path, path: tuple[str, ...], value: object, name: str) -> None:
    """What the picture itself says, or its bytes, contradicts it."""
    edit(folder / "cam.manifest.json", *path, value=value)
    assert name in failed(verify_release(folder))
