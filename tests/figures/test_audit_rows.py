"""Rows of the audit's figures on a page and on a telephone: names in full, and no line through them."""

import numpy as np
import pyarrow as pa
import pytest
from matplotlib.text import Annotation

from analysis.audit.audit import Audit, audit_of
from analysis.audit.case import case_of
from analysis.figures.style import NARROW, house_style
from analysis.sources.simulated.faults import faulty

LONG = ("claude-3-5-sonnet-20240620", "claude-3-opus-20240229", "gpt-4-turbo-2024-04-09", "llama-3.1-405b-instruct-fp8")


@pytest.fixture(scope="module")
def found() -> Audit:
    table = faulty("side", votes=8_000, models=4)
    for place, name in enumerate(("model_a", "model_b")):
        column = [LONG[int(model[-2:]) - 1] for model in table[name].to_pylist()]
        table = table.set_column(table.schema.get_field_index(name), ("model_a", "model_b")[place], pa.array(column))
    return audit_of(case_of(table), ["circles", "position", "coverage", "influence", "implausible"])


@pytest.mark.parametrize("narrow", [False, True])
def test_circles_name_their_models_in_full(found: Audit, narrow: bool) -> None:
    figure = found.checks["circles"].plot()
    canvas = figure.drawn_for(NARROW) if narrow else figure.canvas
    texts = {text.get_text().removesuffix(" ›") for text in canvas.axes[0].texts + canvas.axes[0].get_yticklabels()}
    assert set(LONG) <= texts
    assert not any("…" in text for text in texts)


@pytest.mark.parametrize("check", ["circles", "position", "coverage", "influence", "implausible"])
def test_on_a_telephone_no_line_to_compare_with_goes_through_a_name(found: Audit, check: str) -> None:
    canvas = found.checks[check].plot().drawn_for(NARROW)
    (axes,) = canvas.axes
    with house_style():
        canvas.draw_without_rendering()
        boxes = [text.get_window_extent() for text in axes.texts if isinstance(text, Annotation) and text.get_text()]
    strokes = [segment for each in axes.collections if hasattr(each, "get_segments") for segment in each.get_segments()]
    ends = [axes.transData.transform(segment) for segment in strokes if np.ptp(segment[:, 0]) == 0]
    assert ends
    assert not axes.lines  # nothing runs from top to bottom
    for (across, one), (_, other) in ends:
        for box in boxes:
            beside = not box.x0 < across < box.x1
            assert beside or max(one, other) <= box.y0 + 1 or min(one, other) >= box.y1 - 1
