from components import Picture


class Curve(Picture):
    """Lines over a common x: losses over steps, sweeps over a setting.

    value: {"title": str, "x_label": str, "y_label": str,
            "series": [{"name": str, "x": [number], "y": [number | null], "style": "solid" | "dashed" | "points",
                        "mark": optional {"x": number, "y": number, "text": str}, "color": optional int}],
            "floors": [{"name": str, "y": number}], "x_log": bool,
            "gap": optional {"series": name, "floor": y}, "animate": bool, "note": optional str,
            "x_range": optional [number, number]}

    null breaks a line. With `gap`, a button shows that series minus the floor on a logarithmic scale. With `animate`,
    a series that has grown is drawn from its last point on; one that begins anew is drawn from its start. `x_range`
    holds the axis still while a run arrives in parts. On a logarithmic axis x = 0 has a place of its own at the left.
    `color` picks one of six colours (0 blue, 1 orange, 2 teal, 3 plum, 4 olive, 5 slate); else series take turns.
    """

    stem = "curve"
