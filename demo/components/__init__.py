"""The pictures of the lab. Each is a `gr.HTML` with a fixed template; its script draws `value` in the browser.

Python sends numbers and text as JSON, never markup, and the scripts put text on the page with `textContent` only:
whatever a learner types is shown literally. The JSON travels as one string, because Gradio's page copies the values of
all outputs several times an event, and copies a nested value number by number.
"""

import json
from pathlib import Path

import gradio as gr


class Picture(gr.HTML):
    """A component drawn by the static files `<stem>.html`, `.css` and `.js` beside this one, after the shared ones."""

    stem: str

    def __init_subclass__(cls) -> None:
        folder = Path(__file__).parent
        cls.template = (folder / f"{cls.stem}.html").read_text("utf-8")
        cls.style = "".join((folder / f"{stem}.css").read_text("utf-8") for stem in ("shared", cls.stem))
        cls.script = "".join((folder / f"{stem}.js").read_text("utf-8") for stem in ("shared", cls.stem))

    def __init__(self, value: dict | None = None, **kwargs):
        super().__init__(
            value,
            html_template=self.template,
            css_template=self.style,
            js_on_load=self.script,
            apply_default_css=False,
            **kwargs,
        )

    def postprocess(self, value: dict | None) -> str:
        """The value as JSON; ValueError where a number is infinite or NaN."""
        return json.dumps(value, ensure_ascii=False, allow_nan=False)

    def api_info(self) -> dict:
        return {"type": "object"}
