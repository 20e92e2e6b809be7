"""Show what was found in the sample catalogue, and where the wheel lies: the last thing that a first run prints."""

from pathlib import Path

import srsly
import typer
from rich.console import Console
from rich.table import Table


def main(extracted: Path, wheel: Path) -> None:
    """Print the products of EXTRACTED, a JSON Lines file that `extract` wrote, and the place of WHEEL."""
    console = Console()
    for row in srsly.read_jsonl(extracted):
        table = Table(title=row["title"], title_justify="left", show_header=False, box=None)
        for name, values in row["product"].items():
            table.add_row(name, ", ".join(srsly.json_dumps(v) if isinstance(v, dict) else str(v) for v in values))
        console.print(table)
        console.print()
    console.print(
        f"The wheel: {wheel.resolve()} ({wheel.stat().st_size / 1e6:.1f} MB)" if wheel.is_file() else "No wheel yet."
    )


if __name__ == "__main__":
    typer.run(main)
