"""What FFmpeg says of damage is heard, and nothing else is."""

from __future__ import annotations

import logging
import threading

import av.logging
import pytest

from redact.video.complaints import listening


def say(line: str, name: str = "libav.h264", level: int = logging.ERROR) -> None:
    """Log LINE as FFmpeg would."""
    logging.getLogger(name).log(level, line)


def test_silence_is_no_complaint() -> None:
    """Nothing said, nothing counted."""
    with listening() as ears:
        ears.decoder("h264")
        assert ears.taken() == 0


def test_an_error_of_the_decoder_counts_once() -> None:
    """Each line is counted until it is taken; repeated lines count each time."""
    with listening() as ears:
        ears.decoder("h264")
        say("error while decoding MB 3 4")
        say("error while decoding MB 3 4")
        say("concealing 3 DC, 3 AC, 3 MV errors in P frame", level=logging.INFO)
        assert ears.taken() == 3
        assert ears.taken() == 0


@pytest.mark.parametrize(
    ("line", "name", "level"),
    [
        ("error while decoding", "libav.aac", logging.ERROR),
        ("using cpu capabilities", "libav.h264", logging.INFO),
        ("Reinit context to 320x240", "libav.h264", logging.ERROR),
        ("unknown SEI type 99", "libav.h264", logging.WARNING),
        ("mmco: unref short failure", "libav.h264", logging.ERROR),
    ],
)
def test_what_is_no_damage_does_not_count(line: str, name: str, level: int) -> None:
    """Other decoders, news, and what sound streams have as well are left out."""
    with listening() as ears:
        ears.decoder("h264")
        say(line, name, level)
        assert ears.taken() == 0


def test_only_one_thread_can_be_heard() -> None:
    """Once told so, it hears its own thread alone, and forgets what was said before."""
    with listening() as ears:
        ears.decoder("h264")
        say("error while decoding")
        ears.only_here()
        other = threading.Thread(target=say, args=("error while decoding",))
        other.start()
        other.join()
        assert ears.taken() == 0
        say("error while decoding")
        assert ears.taken() == 1


def test_packets_with_a_piece_missing_are_noted() -> None:
    """The demuxer names stream and time of a damaged packet; a time that it does not know is no time."""
    with listening() as ears:
        say("Packet corrupt (stream = 1, dts = -3600).", "libav.mpegts", logging.WARNING)
        say("Packet corrupt (stream = 0, dts = NOPTS).", "libav.mpegts", logging.WARNING)
        assert ears.corrupt == {(1, -3600)}
        assert ears.taken() == 0


def test_nothing_is_heard_afterwards() -> None:
    """The last to leave switches FFmpeg's log off; one that is left open still hears."""
    with listening() as outer:
        outer.decoder("h264")
        with listening():
            pass
        assert av.logging.get_level() == av.logging.INFO
        say("error while decoding")
        assert outer.taken() == 1
    assert av.logging.get_level() is None
    assert outer not in logging.getLogger("libav").handlers
