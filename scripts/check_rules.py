"""Check the color table and the knowledge base: a surface that means two things is found before it confuses a user."""

from pathlib import Path

import typer

from en_product_attrs.colors import ColorTable
from en_product_attrs.errors import DataFileError
from en_product_attrs.knowledge import KnowledgeBase, find_problems


def main(rules: Path, report: Path) -> None:
    """Check RULES, and write what was counted to REPORT where nothing is wrong."""
    try:
        table = ColorTable.from_yaml(rules / "colors.yml")
        problems = find_problems(rules / "values")
    except DataFileError as error:
        problems = [error]
    if problems:
        for problem in problems:
            typer.echo(str(problem), err=True)
        raise typer.Exit(1)
    entries = len(KnowledgeBase.from_dir(rules / "values").entries)
    counted = f"{rules}: {len(table.names)} colors and {entries} values, no conflicts"
    typer.echo(counted)
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(counted + "\n", encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
