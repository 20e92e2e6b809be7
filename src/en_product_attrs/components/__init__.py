"""spaCy components: thin shells around the pure modules beside this package."""
