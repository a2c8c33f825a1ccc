"""A checkpoint whose notes name a library that is not here is opened; one that names anything else is refused."""

from __future__ import annotations

import os
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from models import quiet
from models.convert import convert
from models.torch_engine import Torch
from redact.errors import ModelUnavailable

if TYPE_CHECKING:
    from pathlib import Path

SIDE = 64


class Settings:
    """What the notes of a training are made of, in a library that whoever opens them may not have."""

    def __init__(self, trace: Path) -> None:
        """Leave a TRACE wherever this is opened by its own code."""
        self.trace = str(trace)

    def __reduce__(self) -> tuple[Any, ...]:
        """Be made by a call, and given a state."""
        return type(self), (self.trace,), {"trace": self.trace, "kinds": dict}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Leave it."""
        os.mkdir(state["trace"])  # noqa: PTH102  as a pickle names it


class Command:
    """What is run when it is opened."""

    def __init__(self, trace: Path) -> None:
        """Leave a TRACE."""
        self.trace = str(trace)

    def __reduce__(self) -> tuple[Any, ...]:
        """Be made by a call."""
        return os.mkdir, (self.trace,)


def written(folder: Path, notes: Any) -> Path:
    """Write a checkpoint into FOLDER: a YOLOv8n that knows nothing, with NOTES."""
    import torch  # noqa: PLC0415  seconds

    network = quiet.ultralytics(folder).YOLO("yolov8n.yaml", task="detect").model
    network.args = notes
    path = folder / "noted.pt"
    torch.save({"model": network, "train_args": {}}, path)
    return path


@pytest.fixture
def noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkpoint with notes of a library that is gone when it is opened."""
    with monkeypatch.context() as there:
        for name in ("omegaconf", "omegaconf.dictconfig"):
            there.setitem(sys.modules, name, ModuleType(name))
        there.setattr(Settings, "__module__", "omegaconf.dictconfig")
        there.setattr(sys.modules["omegaconf.dictconfig"], "Settings", Settings, raising=False)
        return written(tmp_path, Settings(tmp_path / "trace"))


def test_notes_of_a_library_that_is_not_here_are_left_out(noted: Path, tmp_path: Path) -> None:
    """The network is converted, and run as it came; nothing of the library is run."""
    xml, _ = convert(noted, tmp_path, name="noted", head="yolo", precision="float")
    assert xml.is_file()
    answers = Torch(noted, 255.0, tmp_path)(np.zeros((1, SIDE, SIDE, 3), np.uint8))
    assert [one.shape for one in answers] == [(1, 84, 84)]
    assert not (tmp_path / "trace").exists()


def test_notes_that_would_run_a_command_are_refused(tmp_path: Path) -> None:
    """It is not run, and the sentence says what to do."""
    bad = written(tmp_path, Command(tmp_path / "trace"))
    with pytest.raises(ModelUnavailable, match="The network bad could not be converted") as problem:
        convert(bad, tmp_path, name="bad", head="yolo", precision="float")
    assert problem.value.advice
    with pytest.raises(ModelUnavailable, match="is no checkpoint that Ultralytics can load"):
        Torch(bad, 255.0, tmp_path)
    assert not (tmp_path / "trace").exists()
