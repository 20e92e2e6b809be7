"""Exact values on public benchmarks, trained on their training files and scored as their authors score."""
