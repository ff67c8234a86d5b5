"""The parts of the page. Each is a `gr.HTML` with one value, drawn by JavaScript modules of page/static/.

Python sends numbers and text as JSON, never markup, and the modules put text on the page as text nodes only:
whatever a learner types is shown literally. `static/parts/NAME.js` draws the part NAME, and
`static/mount.js` puts it in its place.
"""

import json
from collections.abc import Sequence

import gradio as gr

from demo.page.known import Served
from demo.page.screens import Answer
from demo.web.delivery import BASE

MOUNT = """\
import(new URL('{base}mount.js', document.baseURI)).then(
  ({{ mount }}) => mount('{name}', element, props, server),
)"""


class Part(gr.HTML):
    """A part of the page: its first value, and the answers that its module may ask for (see screens.py)."""

    def __init__(self, name: str, value: dict | None = None, answers: Sequence[Answer] = ()):
        super().__init__(
            value,
            html_template="",
            js_on_load=MOUNT.format(base=BASE, name=name),
            apply_default_css=False,
            elem_id=name,
            server_functions=[Served(answer) for answer in answers],
        )

    def postprocess(self, value: dict | None) -> str | None:
        """The value as JSON; ValueError where a number is infinite or NaN."""
        return None if value is None else json.dumps(value, ensure_ascii=False, allow_nan=False)

    @property
    def skip_api(self) -> bool:
        return True
