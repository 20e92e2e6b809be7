"""Search for texts that break the pure readers: coverage-guided fuzzing of units, prices and colors by atheris.

A finding is an exception, a surface that is not at its offsets, a measure that is no JSON, or a text that takes longer
than its length allows. The fuzzer stops at it and leaves the text as a file `crash-*` or `timeout-*` in the folder of
inputs; what is found becomes a case in tests/cases or an example in a test. Needs `pip install atheris` (Linux).
"""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

try:
    import atheris
except ImportError:
    sys.exit("Fuzzing needs atheris: pip install atheris")

with atheris.instrument_imports(include=["en_product_attrs"]):
    from en_product_attrs import colors, units
    from en_product_attrs.values import Measure

_HINTS = [None, "width", "pack_size", "net_content", "memory", "voltage"]
_MAX_LENGTH = 400


def check(data: bytes) -> None:
    """What holds for every text."""
    provider = atheris.FuzzedDataProvider(data)
    hint = provider.PickValueInList(_HINTS)
    raw = provider.ConsumeBytes(_MAX_LENGTH)
    # Bytes that are no UTF-8 become lone surrogates, which texts from the wild hold too.
    text = raw.decode("utf-8", errors="surrogateescape")
    found = [*units.parse(text, hint=hint), *units.parse_money(text), *colors.parse(text), *colors.normalize(text)]
    for match in found:
        if text[match.start_char : match.end_char] != match.text or not match.text:
            raise AssertionError(f"{match!r} is not at its offsets in {text!r}")
        if isinstance(match.value, Measure):
            json.dumps(match.value.to_dict(), allow_nan=False)
            if not match.value.low <= match.value.high:
                raise AssertionError(f"{match!r} of {text!r} ends before it begins")


def write_dictionary(path: Path) -> None:
    """The words of the unit and color tables, in libFuzzer's format, to build texts of."""
    words = {*units.default_table().readings, "1/2", "1,000", ".5", " x ", "Pack of ", "up to ", "&frac12;", "±", "$"}
    words |= {"black", "navy", "blue", "heather", "&", " and "}
    lines = {"".join(rf"\x{byte:02x}" for byte in word.encode()) for word in words}
    path.write_text("\n".join(f'"{line}"' for line in sorted(lines) if line), encoding="ascii")


def main(
    inputs: Annotated[Path, typer.Argument(help="Folder that keeps what is worth mutating; also of findings")],
    seconds: Annotated[int, typer.Option(help="How long to search")] = 600,
    cases: Path = Path("tests/cases"),
) -> None:
    """Search for SECONDS, starting from the cases of the tests and from what earlier runs left in INPUTS."""
    inputs.mkdir(parents=True, exist_ok=True)
    for file in ("units.jsonl", "colors.jsonl"):
        for number, line in enumerate((cases / file).read_text(encoding="utf-8").splitlines()):
            # The hint is drawn from the end of the input.
            (inputs / f"{file}-{number}").write_bytes(json.loads(line)["text"].encode() + b"\0")
    dictionary = inputs.with_suffix(".dict")
    write_dictionary(dictionary)
    flags = [f"-max_total_time={seconds}", "-timeout=30", f"-max_len={_MAX_LENGTH + 1}", f"-dict={dictionary}"]
    atheris.Setup([sys.argv[0], *flags, f"-artifact_prefix={inputs}/", str(inputs)], check)
    atheris.Fuzz()


if __name__ == "__main__":
    typer.run(main)
