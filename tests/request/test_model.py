"""The request file: what is read, and what is said of a wrong one."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.errors import InputUnusable, UsageProblem
from redact.records.kinds import Cover, Kind, Style
from redact.request.choices import Audio
from redact.request.model import UNREFERENCED, Keep, Request, Span, format_time, parse_keep, parse_span, parse_time
from redact.request.toml import line_of

if TYPE_CHECKING:
    from pathlib import Path

HEAD = 'reference = "SAR-2026-0142"\nkind = "sar"\nrecipient = "The requester"\n'


def write(folder: Path, text: str) -> Path:
    """Put TEXT in a request file."""
    path = folder / "request.toml"
    path.write_text(text, encoding="utf-8")
    return path


def complaint(folder: Path, text: str) -> str:
    """What is said of a wrong request file."""
    with pytest.raises(UsageProblem) as problem:
        Request.load(write(folder, text))
    return problem.value.what.replace(str(folder) + "/", "")


def test_the_shortest_request_hides_everyone_and_all_sound(tmp_path: Path) -> None:
    """Who asks nothing in particular gets everything hidden."""
    request = Request.load(write(tmp_path, HEAD))
    assert request.kinds == (Kind.PERSON, Kind.FACE, Kind.PLATE)
    assert (request.keep, request.audio, request.cover, request.style) == ((), Audio.MUTE, Cover.BODY, Style.BLUR)
    assert request.warnings() == ()


def test_a_full_request_is_read(tmp_path: Path) -> None:
    """Every key of the file reaches the record."""
    body = """
hide = ["plates", "faces"]
style = "fill"
cover = "head"
audio = "keep"
mute = [{ from = "00:01", to = "00:02.5" }]
copy_number = 3
overlay = true
[span]
from = "00:01"
to = "01:00:00"
[[keep]]
at = "00:12.4"
point = [640, 360]
name = "the requester"
"""
    request = Request.load(write(tmp_path, HEAD + body))
    assert request.kinds == (Kind.FACE, Kind.PLATE)
    assert request.keep == (Keep(at=Fraction(62, 5), point=(640, 360), name="the requester"),)
    assert request.span == Span(start=Fraction(1), end=Fraction(3600))
    assert request.mute == (Span(start=Fraction(1), end=Fraction(5, 2)),)
    assert (request.copy_number, request.overlay) == (3, True)


def test_the_digest_is_of_the_bytes_as_read_and_of_what_is_asked(tmp_path: Path) -> None:
    """A comment changes the file's digest, not the digest of what is asked."""
    plain, noted = Request.load(write(tmp_path, HEAD)), Request.load(write(tmp_path, "# asked by post\n" + HEAD))
    assert plain.digest == noted.digest
    assert plain.file_sha256 != noted.file_sha256


def test_what_is_asked_survives_a_trip_through_json(tmp_path: Path) -> None:
    """The manifest's copy of a request makes the same request."""
    request = Request.load(write(tmp_path, HEAD + '[[keep]]\nat = "1:02:03.25"\npoint = [1, 2]\n'))
    assert Request.model_validate(request.plain()).digest == request.digest


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('style = "blurr"', 'line 4: style = "blurr" is not accepted. Accepted: "blur", "fill" or "pixelate".'),
        ('stile = "blur"', "line 4: stile is not known. Did you mean style?"),
        ("\n\nzebra = 1", "line 6: zebra is not known. Accepted: reference, kind,"),
        ('hide = [\n "people",\n "cars",\n]', 'line 4: hide[2] = "cars" is not accepted. Accepted: a list of "people"'),
        ("hide = []", "line 4: hide = [] is not accepted."),
        ("copy_number = true", "line 4: copy_number = true is not accepted."),
        ('[[keep]]\nat = "1"\n[[keep]]\npoint = [1, 2]', "line 6: keep[2].at is missing. Accepted: a time in quotes"),
        ('[[keep]]\nat = "soon"\npoint = [1, 2]', 'line 5: keep[1].at = "soon" is not accepted.'),
        ("[[keep]]\nat = 00:00:12.4\npoint = [1, 2]", "line 5: keep[1].at = 00:00:12.400000 is not accepted."),
        (
            '[[keep]]\nat = "1"\npoint = [1, -2]',
            "line 6: keep[1].point[2] = -2 is not accepted. Accepted: [x, y] in px",
        ),
        ('[span]\nfrom = "9"\nto = "3"', "line 4: from 00:09 to 00:03 is empty: it must end after it begins."),
        ('mute = [{ from = "1", to = "2" }]', "mute spans only mean something beside audio"),
        ("style = blur", "line 4, column 9: Invalid value."),
        ('style = "blur', "line 4, column 14: "),
        ("[span", "line 4, column 6: "),
    ],
)
def test_a_wrong_file_gets_line_field_and_accepted_values(tmp_path: Path, body: str, said: str) -> None:
    """Whoever wrote the file can correct it from the message alone."""
    assert f"request.toml, {said}" in complaint(tmp_path, HEAD + body) or said in complaint(tmp_path, HEAD + body)


def test_every_mistake_is_named_at_once(tmp_path: Path) -> None:
    """One run of the command finds every mistake, in the order of the file."""
    said = complaint(tmp_path, 'kind = "spy"\nreference = "R 1"\ncover = "hat"\n')
    assert [line.split(":")[0] for line in said.split("\n")] == [
        "request.toml",
        "request.toml, line 1",
        "request.toml, line 3",
    ]
    assert "recipient is missing" in said


def test_a_file_saved_by_a_windows_editor_is_read(tmp_path: Path) -> None:
    """A byte order mark and CRLF are no mistake."""
    path = tmp_path / "request.toml"
    path.write_bytes(b"\xef\xbb\xbf" + HEAD.replace("\n", "\r\n").encode())
    assert Request.load(path).reference == "SAR-2026-0142"


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """A wrong encoding is named with its line."""
    path = tmp_path / "request.toml"
    path.write_bytes(HEAD.encode() + b"style = \xff")
    with pytest.raises(UsageProblem, match="line 4: it is not UTF-8 text"):
        Request.load(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """No file is a sentence, not a traceback."""
    with pytest.raises(InputUnusable, match=r"nowhere\.toml cannot be read"):
        Request.load(tmp_path / "nowhere.toml")


def test_the_command_line_overrides_and_is_checked_the_same_way() -> None:
    """What is given on the command line wins; what it gets wrong is named."""
    request = Request(reference="A-1", style=Style.FILL).override({"style": "pixelate"})
    assert (request.reference, request.style) == ("A-1", Style.PIXELATE)
    with pytest.raises(UsageProblem, match='cover = "hat" is not accepted'):
        request.override({"cover": "hat"})


@pytest.mark.parametrize(
    ("request_", "word"),
    [
        (Request(), "No reference"),
        (Request(style=Style.PIXELATE), "colours"),
        (Request(cover=Cover.FACE), "Only the face"),
        (Request(audio=Audio.KEEP), "voices"),
        (Request.model_validate({"hide": ["plates"]}), "People are not hidden"),
        (Request.model_validate({"kind": "police"}), "bit-for-bit"),
    ],
)
def test_a_doubtful_wish_is_warned_of(request_: Request, word: str) -> None:
    """What an officer should think about twice is said in a sentence."""
    assert any(word in sentence for sentence in request_.warnings())
    assert Request().reference == UNREFERENCED


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("12.4", Fraction(62, 5)),
        ("00:12.4", Fraction(62, 5)),
        ("90:00", 5400),
        ("1:00:00.000001", 3600 + Fraction(1, 10**6)),
    ],
)
def test_times_are_exact(text: str, seconds: Fraction) -> None:
    """A time is a fraction, never a rounded float."""
    assert parse_time(text) == seconds


@pytest.mark.parametrize("text", ["", "-1", "1:60", "1:2:3:4", "1:60:00", "1e3", "nan", "00:1.2345678", True, None])
def test_what_is_no_time_is_refused(text: object) -> None:
    """Nothing is guessed."""
    with pytest.raises(ValueError, match="is not a time"):
        parse_time(text)


@given(st.integers(0, 10**12))
def test_a_written_time_reads_back(micro: int) -> None:
    """Writing and reading a time loses nothing."""
    assert parse_time(format_time(Fraction(micro, 10**6))) == Fraction(micro, 10**6)


def test_keep_and_span_of_the_command_line() -> None:
    """Time and point, and from and to, stand in one word each."""
    keep, span = parse_keep("00:12.4@640,360"), parse_span("00:10-01:30.5")
    assert (keep.at, keep.x, keep.y) == (Fraction(62, 5), 640, 360)
    assert (span.start, span.end) == (Fraction(10), Fraction(181, 2))


@pytest.mark.parametrize("text", ["", "12", "@1,2", "12@1", "12@1,2,3", "12@-1,2", "12@x,y"])
def test_a_wrong_keep_is_refused(text: str) -> None:
    """A point nobody can have meant stops the job."""
    with pytest.raises(UsageProblem, match="cannot be read"):
        parse_keep(text)


@pytest.mark.parametrize("text", ["", "5", "9-3", "a-b"])
def test_a_wrong_span_is_refused(text: str) -> None:
    """So does a span that is empty or no span."""
    with pytest.raises(UsageProblem, match="cannot be read"):
        parse_span(text)


@given(
    st.lists(
        st.sampled_from(["a{} = 1", "[t{}]", "# note {}", "", "b{} = [\n 1,\n 2]", 'c{} = """\nx\n"""']), max_size=8
    )
)
def test_the_line_of_a_key_is_where_it_is_written(parts: list[str]) -> None:
    """However the file is laid out, the line given is the one on which the statement begins."""
    text = ""
    at: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, part in enumerate(parts):
        line = text.count("\n") + 1
        written = part.format(number)
        if written.startswith("["):
            table = (written.strip("[]"),)
            at[table] = line
        elif " = " in written:
            at[(*table, written.split(" ")[0])] = line
        text += written + "\n"
    assert {loc: line_of(text, loc) for loc in at} == at
