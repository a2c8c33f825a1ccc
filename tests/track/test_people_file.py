"""Who is who, kept beside a scan: read back as it was, and believed for nothing else."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np
import pytest
from crowds import scan_of, scans_at_random, walks
from hypothesis import given, settings

from redact.track import people_file
from redact.track.associate import tracks_of
from redact.track.people import people
from redact.track.people_file import from_bytes, to_bytes

if TYPE_CHECKING:
    from redact.detect.found import Scan

DIGEST = "a" * 64


def spelt(scan: Scan) -> bytes:
    """Who is in SCAN, as a file."""
    return to_bytes(people(scan), tracks_of(scan), DIGEST)


@settings(max_examples=15)
@given(scans_at_random())
def test_everyone_is_read_back_as_they_were(scan: Scan) -> None:
    """Every array and every word, whoever is there."""
    found = people(scan)
    read = from_bytes(spelt(scan), scan, DIGEST)
    assert read is not None
    again, tracks = read
    for name in (field.name for field in fields(tracks)):
        assert np.array_equal(getattr(tracks, name), getattr(tracks_of(scan), name)), name
    assert (again.subjects, again.open) == (found.subjects, found.open)
    for one, other in ((found.tracks, again.tracks), (found.where, again.where)):
        for name in (field.name for field in fields(one) if field.name != "lost"):
            assert np.array_equal(getattr(one, name), getattr(other, name)), name
    assert np.array_equal(found.owner, again.owner)
    assert np.array_equal(found.why, again.why)
    assert np.array_equal(found.on(3), again.on(3))


def test_of_another_scan_or_by_other_code_it_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then who is who is worked out anew."""
    scan = scan_of(walks(0, 4))
    data = spelt(scan)
    assert from_bytes(data, scan, "b" * 64) is None
    monkeypatch.setattr(people_file, "made_by", lambda: "c" * 64)
    assert from_bytes(data, scan, DIGEST) is None


@pytest.mark.parametrize("data", [b"", b"no archive", b"PK\x03\x04"])
def test_what_is_none_is_nothing(data: bytes) -> None:
    """A file that is damaged is made anew."""
    assert from_bytes(data, scan_of(walks(0, 4)), DIGEST) is None


def test_one_that_was_cut_short_is_nothing() -> None:
    """At any place."""
    scan = scan_of(walks(0, 4))
    data = spelt(scan)
    assert all(from_bytes(data[:size], scan, DIGEST) is None for size in range(0, len(data) - 1, len(data) // 20))
