"""project.yml says what each command reads, and imports point one way."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "en_product_attrs"
PROJECT: dict[str, Any] = yaml.safe_load((ROOT / "project.yml").read_text("utf-8"))
COMMANDS: list[dict[str, Any]] = PROJECT["commands"]
# What may import spaCy outside components: each is a shell around it, or imports it inside a function.
SPACY = {"__init__", "cli", "extensions", "systems", "tokenizer", "training"}


def filled(text: str) -> str:
    return re.sub(r"\$\{vars\.(\w+)\}", lambda match: str(PROJECT["vars"][match[1]]), text)


def paths(command: dict[str, Any], key: str) -> list[str]:
    return [filled(path) for path in command.get(key, [])]


def outputs(command: dict[str, Any]) -> list[str]:
    return paths(command, "outputs") + paths(command, "outputs_no_cache")


def lies_under(path: str, folders: list[str]) -> bool:
    return any(Path(path).is_relative_to(folder) for folder in folders)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command["name"])
def test_dependencies_exist_or_are_made_before(command: dict[str, Any]) -> None:
    made = [output for earlier in COMMANDS[: COMMANDS.index(command)] for output in outputs(earlier)]
    made += [asset["dest"] for asset in PROJECT["assets"]]
    for path in paths(command, "deps"):
        assert lies_under(path, made) or (ROOT / path).exists(), path


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command["name"])
def test_what_a_script_names_is_a_dependency_or_an_output(command: dict[str, Any]) -> None:
    known = paths(command, "deps") + outputs(command)
    if not paths(command, "deps"):
        return  # it runs every time
    for line in map(filled, command["script"]):
        for module in re.findall(r"-m (scripts|benchmarks)\.(\w+)", line):
            path = "/".join(module)
            assert {f"{path}.py", f"{path}/__main__.py"} & set(paths(command, "deps"))
        for word in line.split():
            if word.startswith("configs/") or (re.match(r"[\w-]+/", word) and (ROOT / word).is_file()):
                assert lies_under(word, known), word


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command["name"])
def test_commands_have_a_help_and_variables_exist(command: dict[str, Any]) -> None:
    assert command["help"]
    for line in [*command["script"], *command.get("deps", []), *command.get("outputs", [])]:
        filled(line)  # an unknown variable is a KeyError


def test_commands_and_workflows() -> None:
    names = [command["name"] for command in COMMANDS]
    assert len(names) == len(set(names))
    for workflow in PROJECT["workflows"].values():
        assert set(workflow) <= set(names)
        assert workflow == sorted(workflow, key=names.index)


def test_each_output_has_one_command() -> None:
    made = [output for command in COMMANDS for output in outputs(command)]
    assert len(made) == len(set(made))


@pytest.mark.parametrize("asset", PROJECT["assets"], ids=lambda asset: asset["dest"])
def test_assets_are_pinned(asset: dict[str, Any]) -> None:
    assert re.search(r"/[0-9a-f]{40}/", asset["url"])
    assert re.fullmatch(r"[0-9a-f]{32}", asset["checksum"])


def imports(path: Path) -> set[str]:
    """What a module imports, in functions too, as dotted names; not what is for type checkers alone."""
    tree = ast.parse(path.read_text("utf-8"))
    skipped = {
        id(node)
        for if_ in ast.walk(tree)
        if isinstance(if_, ast.If) and isinstance(if_.test, ast.Name) and if_.test.id == "TYPE_CHECKING"
        for node in ast.walk(if_)
    }
    found = set()
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


MODULES = {".".join(path.relative_to(PACKAGE).with_suffix("").parts): imports(path) for path in PACKAGE.rglob("*.py")}


def part(name: str) -> str:
    """The subpackage or module that a dotted name of this package belongs to."""
    return name.removeprefix("en_product_attrs.").split(".")[0]


def own(module: str) -> set[str]:
    return {part(name) for name in MODULES[module] if name.startswith("en_product_attrs.")} - {part(module)}


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_point_downwards(module: str) -> None:
    layer = part(module)
    if layer in ("errors", "conversion", "resources", "attribute", "crf"):
        assert own(module) == set()
    if layer != "components":
        assert "components" not in own(module) or layer == "systems"
        assert layer in SPACY or not any(name.split(".")[0] == "spacy" for name in MODULES[module])
    if layer not in ("cli", "__main__"):
        assert not own(module) & {"cli", "__main__"}
    assert not any(name.split(".")[0] == "scripts" for name in MODULES[module])


def test_values_know_the_unit_table_alone() -> None:
    assert own("values") <= {"conversion", "units"}


@pytest.mark.parametrize("package", ["units", "colors"])
def test_readers_of_units_and_colors_know_no_spacy(package: str) -> None:
    below = {"values", "errors", "resources", "conversion", "datafiles", "csvfiles", "units"}
    for module in MODULES:
        if part(module) == package:
            assert own(module) <= below, module


def test_no_two_parts_import_each_other() -> None:
    needs: dict[str, set[str]] = {}
    for module in MODULES:
        needs.setdefault(part(module), set()).update(own(module))
    # A measure looks its unit up in the table, inside a function; the table builds on values.
    needs["values"].discard("units")
    done: set[str] = set()
    while ready := {name for name, below in needs.items() if name not in done and below - {"__version__"} <= done}:
        done |= ready
    assert done == set(needs)
