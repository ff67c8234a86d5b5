from components import Picture


class HeatMap(Picture):
    """A table as a heat map: one square per cell, up to 64 × 64, with several layers of numbers to switch between.

    value: {"title": str, "rows": [str], "columns": [str],
            "layers": [{"key": str, "label": str, "scale": "sequential" | "diverging",
                        "format": "integer" | "probability" | "number",
                        "data": base64 of little-endian float32, row-major,
                        "unit": optional str, "max": optional number}],
            "layer": key of the layer shown first,
            "frames": optional {"steps": [int], "key": layer key, "data": [base64, ...]},
            "note": optional str, "selected": optional [i, j], "max": optional number,
            "row_title": optional str, "column_title": optional str}

    A number that is not finite is NaN in the data. `max` ends the colour scale of the layer `layer`, so that two maps
    can share it. New `frames` are played in about a second where their layer is shown, then `data` rests.
    Events: `cell` with evt.i and evt.j, on a click or Enter.
    """

    stem = "heatmap"
