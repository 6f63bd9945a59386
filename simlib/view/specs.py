"""A chart of altair's as a Vega-Lite spec.

Altair writes a table out for every layer that reads it, with all its columns, which is most of the time a
chart takes: here a table is written once, with the columns the chart names.
"""

from __future__ import annotations

import json
from contextvars import ContextVar
from typing import Any

import altair as alt
import pandas as pd

_FRAMES: ContextVar[list[pd.DataFrame] | None] = ContextVar("frames", default=None)
"""Tables that the chart being told reads."""


def spec_of(chart: Any) -> dict[str, Any]:
    """A chart of altair's as a Vega-Lite spec, its tables once each and with only the columns it names."""
    frames: list[pd.DataFrame] = []
    before = _FRAMES.set(frames)
    try:
        spec: dict[str, Any] = chart.to_dict(validate=False)
    finally:
        _FRAMES.reset(before)
    told = json.dumps({key: part for key, part in spec.items() if key != "datasets"}, ensure_ascii=False)
    read = {
        f"data-{place}": alt.to_values(frame[[name for name in frame if str(name) in told]])["values"]
        for place, frame in enumerate(frames)
    }
    return spec | {"datasets": spec.get("datasets", {}) | read} if read else spec


def _by_name(data: Any = None, **limits: Any) -> Any:
    """What altair makes of a table: its name while `spec_of` reads a chart, else the table written out."""
    frames = _FRAMES.get()
    if data is None or frames is None or not isinstance(data, pd.DataFrame):
        return alt.default_data_transformer(data, **limits)
    places = [place for place, frame in enumerate(frames) if frame is data]
    if not places:
        frames.append(data)
    return {"name": f"data-{places[0] if places else len(frames) - 1}"}


alt.data_transformers.register("by_name", _by_name)
alt.data_transformers.enable("by_name", max_rows=None)  # a page holds its rows; a province has many
