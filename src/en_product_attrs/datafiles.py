"""Reading YAML data files: what is wrong in one is said with file, line and remedy."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from en_product_attrs.errors import DataFileError

T = TypeVar("T")
# The parser in C is ten times faster; some platforms have only the other one.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_yaml(path: Path, type_: type[T], remedy: str) -> T:
    """The content of a YAML file as `type_` (a pydantic model or a typed container of them).

    Raises DataFileError, with the line, for unreadable YAML, a duplicate key or a value that `type_` refuses.
    """
    try:
        text = path.read_text(encoding="utf-8")
        loader = _Loader(text)
        root = loader.get_single_node()
        _refuse_bad_keys(path, root, remedy)
        data = loader.construct_document(root) if root is not None else None
    except (OSError, UnicodeDecodeError) as error:
        raise DataFileError(path, None, f"cannot be read: {error}", remedy) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise DataFileError(path, line, f"is no YAML: {error.problem}", remedy) from error
    except yaml.YAMLError as error:  # a character that no YAML may hold
        raise DataFileError(path, None, f"is no YAML: {str(error).splitlines()[0]}", remedy) from error
    try:
        return TypeAdapter(type_).validate_python(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        problem = f"{where}: {first['msg']}" if first["type"] != "extra_forbidden" else f"{where}: unknown key"
        raise DataFileError(path, line_of(root, first["loc"]), problem, remedy) from error


def _refuse_bad_keys(path: Path, node: yaml.Node | None, remedy: str) -> None:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise DataFileError(path, key.start_mark.line + 1, "a key is no plain text", remedy)
            if key.value in seen:
                raise DataFileError(path, key.start_mark.line + 1, f"the key {key.value!r} stands twice", remedy)
            seen.add(key.value)
            _refuse_bad_keys(path, value, remedy)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _refuse_bad_keys(path, value, remedy)


def line_of(node: yaml.Node | None, location: tuple[Any, ...]) -> int | None:
    """The line on which the value at `location` stands, or the nearest thing above it that has one."""
    line = node.start_mark.line + 1 if node is not None else None
    for part in location:
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if found is None:
                break
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line
