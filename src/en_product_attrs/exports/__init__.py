"""Attributes in the words of others: schema.org (JSON-LD) and Google Merchant Center. Pure functions, no spaCy."""

from en_product_attrs.exports.jsonld import to_jsonld
from en_product_attrs.exports.merchant import MERCHANT_FIELDS, to_merchant

__all__ = ["MERCHANT_FIELDS", "to_jsonld", "to_merchant"]
