"""Calibration error, bins and thresholds, and the fit of the figures that the merge weighs its sources by."""

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from en_product_attrs.calibration import THRESHOLDS, Judged, at_thresholds, expected_calibration_error, reliability_bins
from scripts.calibrate import fit_logistic

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


@given(st.lists(st.tuples(st.floats(-14, 14), st.booleans()), min_size=1))
def test_the_fit_is_where_the_loss_is_flat(cases: list[tuple[float, bool]]) -> None:
    """That of a recognizer which is sure of nearly everything, too: a full step of Newton's overshoots there."""
    prior = [1.0, 0.0]
    weights = numpy.array(fit_logistic([[x, 1.0] for x, _ in cases], [right for _, right in cases], prior))
    features, target = numpy.array([[x, 1.0] for x, _ in cases]), numpy.array([right for _, right in cases])
    gradient = features.T @ (1 / (1 + numpy.exp(-features @ weights)) - target) + (weights - prior)
    # The weights are rounded to four places.
    assert abs(gradient).max() <= 1e-3 * (1 + (features**2).sum())


def test_a_sure_recognizer_does_not_throw_the_fit_off() -> None:
    rows = [[13.8, 1.0]] * 400 + [[4.0, 1.0]] * 300 + [[0.5, 1.0]] * 300
    right = [True] * 380 + [False] * 20 + [True] * 200 + [False] * 100 + [True] * 100 + [False] * 200
    scale, offset = fit_logistic(rows, right, [1.0, 0.0])
    assert scale == pytest.approx(0.26, abs=0.05)
    assert offset == pytest.approx(-0.6, abs=0.2)
