"""A fetched vocabulary becomes values beside those of the knowledge base."""

from pathlib import Path

import pytest
import typer
from conftest import ROOT

from en_product_attrs.knowledge import KnowledgeBase
from scripts.import_vocabulary import main

MAPPING = ROOT / "rules" / "vocabularies" / "shopify.yml"
VALUES = ROOT / "rules" / "values"
SOURCE = """# a comment

gid://shopify/TaxonomyValue/1   : Zorblaxian wool [Fabric]
gid://shopify/TaxonomyValue/2   : Zorblite [Door material]
gid://shopify/TaxonomyValue/3   : Cotton [Fabric]
gid://shopify/TaxonomyValue/4   : Zorblaxian wool [Clothing material]
gid://shopify/TaxonomyValue/5   : Other [Material]
gid://shopify/TaxonomyValue/6   : 5 in [Tray size]
"""


def test_new_values_join_the_knowledge_base(tmp_path: Path) -> None:
    source = tmp_path / "values.txt"
    source.write_text(SOURCE)
    main(MAPPING, VALUES, tmp_path / "out", source=str(source))
    known, joined = KnowledgeBase.from_dir(VALUES), KnowledgeBase.from_dir(VALUES, more=tmp_path / "out")
    assert [(e.value, e.safe) for e in joined.entries[len(known.entries) :]] == [
        ("Zorblaxian wool", "yes"),
        ("Zorblite", "no"),
    ]
    found = joined.lookup("material", "zorblite")
    assert found is not None
    assert found.id == "material:zorblite"


def test_without_a_vocabulary_nothing_is_added(tmp_path: Path) -> None:
    main(MAPPING, VALUES, tmp_path / "out")
    assert KnowledgeBase.from_dir(VALUES, more=tmp_path / "out").entries == KnowledgeBase.from_dir(VALUES).entries


def test_a_line_of_another_form_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "values.txt"
    source.write_text(SOURCE + "<html>\n")
    with pytest.raises(typer.Exit) as raised:
        main(MAPPING, VALUES, tmp_path / "out", source=str(source))
    assert raised.value.exit_code == 2
    assert f"{source}:9" in capsys.readouterr().err
