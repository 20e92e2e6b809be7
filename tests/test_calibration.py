"""Calibration error, bins and thresholds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from en_product_attrs.calibration import THRESHOLDS, Judged, at_thresholds, expected_calibration_error, reliability_bins

JUDGED = st.lists(st.builds(Judged, st.sampled_from(["brand", "color"]), st.floats(0, 1), st.booleans()))


def test_the_error_is_the_weighted_gap() -> None:
    judged = [Judged("brand", 0.95, True)] * 3 + [Judged("brand", 0.95, False), Judged("color", 0.1, False)]
    assert expected_calibration_error(judged) == pytest.approx((4 * 0.2 + 1 * 0.1) / 5)
    assert expected_calibration_error([]) == 0


def test_bins() -> None:
    judged = [Judged("brand", 1.0, True), Judged("brand", 0.92, False), Judged("brand", 0.3, True)]
    assert [(b.low, b.size, b.right) for b in reliability_bins(judged)] == [(0.3, 1, 1.0), (0.9, 2, 0.5)]


def test_thresholds() -> None:
    judged = [Judged("brand", 0.95, True), Judged("brand", 0.55, False), Judged("color", 0.2, True)]
    table = at_thresholds(judged, {"brand": 2, "size": 1})
    by_threshold = {row.threshold: (row.precision, row.recall) for row in table["brand"]}
    assert by_threshold[0.5] == (0.5, 0.5)
    assert by_threshold[0.9] == (1.0, 0.5)
    assert [(row.precision, row.recall) for row in table["color"] + table["size"]] == [(1.0, 0.0)] * 2 * len(THRESHOLDS)


@given(JUDGED)
def test_the_error_is_a_share_and_bins_hold_all(judged: list[Judged]) -> None:
    assert 0 <= expected_calibration_error(judged) <= 1
    assert sum(b.size for b in reliability_bins(judged)) == len(judged)
