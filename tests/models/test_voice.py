"""The network that hears speech: it hears it whatever pieces it is handed in, and not where there is none."""

from __future__ import annotations

import shutil
import subprocess
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from models.catalogue import catalogue
from models.store import problem_with
from models.voice import CHUNK, Voice, load_voice
from redact.errors import ModelUnavailable
from redact.video.hearing import BEGINS

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

RATE = 16_000
SENTENCE = "The footage was recorded in the entrance hall on Monday afternoon, and shows several people."

entry = next(entry for entry in catalogue() if entry.kind == "voice")


@pytest.fixture(scope="module")
def voice() -> Voice:
    """The network, where it was fetched."""
    if problem_with(entry):
        pytest.skip("the network that hears speech was not fetched")
    return load_voice()


def spoken() -> NDArray[np.float32]:
    """A sentence that a program speaks, at RATE."""
    program = shutil.which("espeak-ng")
    if program is None:
        pytest.skip("there is no espeak-ng to speak")
    done = subprocess.run([program, "--stdout", SENTENCE], capture_output=True, check=True)
    said = np.frombuffer(done.stdout[44:], "<i2") / 32768
    time = np.arange(0, len(said) / 22_050, 1 / RATE)
    return np.asarray(np.interp(time, np.arange(len(said)) / 22_050, said), np.float32)


def test_what_nobody_says_is_not_speech(voice: Voice) -> None:
    """Silence, noise and tones of any pitch stay below what a span of speech begins with."""
    time = np.arange(5 * RATE) / RATE
    noise = np.random.default_rng(0).normal(0, 0.1, 5 * RATE)
    for sound in (np.zeros(RATE), noise, *(0.5 * np.sin(2 * np.pi * hertz * time) for hertz in (60, 220, 1000, 3000))):
        assert voice.begin()(sound.astype(np.float32)).max() < BEGINS


def test_what_somebody_says_is(voice: Voice) -> None:
    """Most of a spoken sentence is found, loud or soft, in noise as well, and it ends when the sentence does."""
    said = spoken()
    silence = np.zeros(2 * RATE, np.float32)
    for loud, noise in ((1.0, 0.0), (0.05, 0.0), (0.5, 0.02)):
        hiss = np.random.default_rng(1).normal(0, noise, len(said) + 4 * RATE)
        likely = voice.begin()((np.concatenate([silence, loud * said, silence]) + hiss).astype(np.float32))
        first, last = 2 * RATE // CHUNK, (2 * RATE + len(said)) // CHUNK
        assert (likely[first:last] >= BEGINS).mean() > 0.8
        assert (np.concatenate([likely[: first - 2], likely[last + 30 :]]) >= BEGINS).mean() < 0.05


def test_it_does_not_matter_how_sound_is_cut(voice: Voice) -> None:
    """Pieces of any length, as they come, give what all of it at once gives."""
    sound = np.random.default_rng(2).normal(0, 0.2, 3 * RATE).astype(np.float32)
    whole = voice.begin()(sound)
    listen, cuts = voice.begin(), [0, 1, 500, 513, 9_000, 9_001, 30_000, 3 * RATE]
    pieces = [listen(sound[a:b]) for a, b in pairwise(cuts)]
    assert len(whole) == 3 * RATE // CHUNK
    assert np.abs(np.concatenate(pieces) - whole).max() < 1e-4


def test_what_is_no_such_network_is_refused(tmp_path: Path) -> None:
    """A file that cannot be read as one is a sentence, not a crash."""
    path = tmp_path / "voice.onnx"
    path.write_bytes(b"not a network")
    with pytest.raises(ModelUnavailable, match="voice-silero cannot be run"):
        Voice(entry, path)
