"""The whole project in a copy of the checkout, with a few training steps on three categories."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT

pytestmark = pytest.mark.slow

CATEGORIES = ("coffee", "shoes", "computers")
COPIED = ("configs", "rules", "scripts", "src", "LICENSES", "LICENSE", "README.md", "project.yml", "pyproject.toml")
STEPS = {"max_steps": 4}
# What reads the rules, and what the whole library.
REASSEMBLED = {"calibrate", "assemble", "package"}
REREAD = {"check", "vocabulary", "corpus", "evaluate", *REASSEMBLED}


def run(directory: Path, *arguments: str) -> str:
    """The output of a command of the copy, whose sources come before those of the development install."""
    environment = os.environ | {"PYTHONPATH": str(directory / "src")}
    result = subprocess.run(
        [sys.executable, *arguments],
        cwd=directory,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert result.returncode == 0, result.stdout[-4000:]
    return result.stdout


def run_project(directory: Path, command: str, *options: str) -> str:
    overrides = [word for name, value in STEPS.items() for word in (f"--vars.{name}", str(value))]
    return run(directory, "-m", "spacy", "project", "run", command, ".", *options, *overrides)


def commands_run(output: str) -> list[str]:
    """The commands that were not skipped."""
    skipped = set(re.findall(r"Skipping '(\w+)'", output))
    return [name for name in re.findall(r"=+ (\w+) =+", output) if name not in skipped]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy in which everything was run once."""
    directory = tmp_path_factory.mktemp("project")
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, directory / name)
    (directory / "corpus" / "listings").mkdir(parents=True)
    shutil.copy(ROOT / "corpus" / "sample.csv", directory / "corpus")
    for category in CATEGORIES:
        shutil.copy(ROOT / "corpus" / "listings" / f"{category}.txt", directory / "corpus" / "listings")
    if (ROOT / "assets" / "encoder").is_dir():
        shutil.copytree(ROOT / "assets" / "encoder", directory / "assets" / "encoder")
    output = run_project(directory, "all")
    assert "installs, loads and extracts in a clean environment" in output
    yield directory
    shutil.rmtree(directory)


def test_wheel_is_small_and_complete(project: Path) -> None:
    (wheel,) = (project / "packages").glob("*.whl")
    assert wheel.stat().st_size < 60e6
    names = run(project, "-m", "zipfile", "-l", str(wheel))
    for part in (
        "rules/units.yml",
        "transformer/model",
        "licenses/LICENSE",
        "licenses/LICENSES/Apache-2.0.txt",
        "cli.py",
    ):
        assert part in names, part


def test_second_run_skips_everything(project: Path) -> None:
    # `fingerprint` looks at the sources each time.
    assert commands_run(run_project(project, "all")) == ["fingerprint"]


@pytest.mark.parametrize(
    ("edited", "line", "rerun"),
    [
        ("corpus/listings/shoes.txt", "# a comment", {"corpus"}),
        ("configs/train.cfg", "# a comment", {"train"}),
        ("rules/patterns/grades.jsonl", '{"label": "GRADE", "pattern": "Grade Z"}', {"check", *REASSEMBLED}),
        ("src/en_product_attrs/colors/scan.py", "# a comment", REREAD),
        ("src/en_product_attrs/crf.py", "# a comment", {"train", *REREAD}),
        ("scripts/show_sample.py", "# a comment", {"sample"}),
    ],
)
def test_an_edit_reruns_what_depends_on_it(project: Path, edited: str, line: str, rerun: set[str]) -> None:
    """A dry run tells what is stale by the inputs as they stand, before earlier commands change their outputs."""
    path = project / edited
    before = path.read_text()
    path.write_text(f"{before}{line}\n")
    run_project(project, "fingerprint")
    planned = commands_run(run_project(project, "all", "--dry"))
    path.write_text(before)
    run_project(project, "fingerprint")
    assert set(planned) == {"fingerprint", *rerun}


def test_a_new_brand_is_live_without_training(project: Path) -> None:
    pattern = '{"label": "BRAND", "pattern": "Zorblax", "id": "brand:zorblax", "confidence": 0.95}\n'
    (project / "rules" / "patterns" / "brands.jsonl").write_text(pattern)
    run_project(project, "assemble")
    shown = run(project, "-m", "en_product_attrs", "show", "Zorblax widget", "--model", "training/assembled")
    assert "Zorblax" in shown.split("attribute")[1]


def test_readme_examples_run(project: Path, tmp_path: Path) -> None:
    """Every Python block of the README, one after the other, and every command that needs no network."""
    readme = (ROOT / "README.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", readme, flags=re.DOTALL)
    assert blocks
    script = tmp_path / "readme.py"
    script.write_text("\n".join(blocks))
    run(project, str(script))
    commands = [
        line for block in re.findall(r"```bash\n(.*?)```", readme, flags=re.DOTALL) for line in block.splitlines()
    ]
    own = [line for line in commands if line.startswith("python -m en_product_attrs")]
    assert own
    for line in own:
        words = re.findall(r'"[^"]*"|\S+', line)[1:]
        run(project, *(word.strip('"') for word in words))
