"""`python -m en_product_attrs`."""

from en_product_attrs.cli import app

app(prog_name="en_product_attrs")
