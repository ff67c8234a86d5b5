"""The Bigram Lab: layout only. `python demo/app.py`, then open http://127.0.0.1:7860.

What a setting may be stands in experiment.py, what the page asks of the server in screens.py, runs and numbers in
runs.py and results.py, how the page is delivered in delivery.py, the drawing in page/static/.
"""

import inspect
import os
import re
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("PYDANTIC_ERRORS_INCLUDE_URL", "0")  # the address would tell a version
sys.path.insert(0, str(Path(__file__).parents[1]))  # a Space puts demo/ on the path, not the folder of bigram/

from demo.compute import gpu  # noqa: F401 — ZeroGPU's package comes before gradio

# isort: split
import gradio as gr
import torch
from starlette.middleware import Middleware

from demo.api import calls, endpoints
from demo.classroom import routes
from demo.compute import cache, lecture, runs, table_file
from demo.experiment import TABS, Experiment
from demo.page import card, screens
from demo.page.parts import Part
from demo.page.screens import ANSWERS
from demo.web import delivery, gradio_doors, guard

FIRST_SCREEN = ("mount", *(f"parts/{part}" for part in ("settings", "course", "notice", "two-ways", "host")))
# A browser finds a file when it has read the one before it. So the page names all files of its first screen at once,
# Gradio's before ours, as it needs them first. What a link opens and hides is known before the first paint. Until its
# own experiment is there, no other is shown.
HEAD = "\n".join(
    [
        f'<link rel="icon" href="{delivery.BASE}icon.svg">',
        f'<link rel="stylesheet" href="{delivery.BASE}styles.css">',
        *gradio_doors.preloads(),
        *(
            f'<link rel="modulepreload" href="{delivery.BASE}{name}" fetchpriority="low">'
            for name in delivery.imported_by(*(f"{name}.js" for name in FIRST_SCREEN))
        ),
        """<script>
(() => {
    const asked = new URLSearchParams(location.search), page = document.documentElement.dataset;
    if ('tab' in page) return;
    try {
        if (!location.search && !location.hash && !localStorage.getItem('bigram-seen')) page.first = '';
    } catch {}
    for (const part of ['hide', 'embed', 'large', 'tab']) page[part] = (asked.get(part) ?? '').replaceAll(',', ' ');
    for (const own of ['v', '__theme']) asked.delete(own);
    if (asked.size) page.opening = '';
})();
</script>""",
    ]
)
HEADER = """<a class="skip" href="#tabs">Skip to the model</a>
<h1>How a computer makes up names</h1>
<p>It reads a list of real names and learns one thing: which letter follows which. Then it makes up new ones.
<span class="hook">Chatbots learn in the same way, from words.</span></p>
<p class="source">Bigram Lab: the model of the lecture “building makemore”</p>
"""
# A skip link leaves the address of the page as it is: a class may stand behind its #.
SKIP = """
element.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault();
  const screen = [...document.querySelectorAll('#tabs .part')].find((part) => part.offsetParent);
  screen.tabIndex = -1;
  screen.focus();
});
"""


def build() -> gr.Blocks:
    """The page, already filled with the default experiment."""
    gradio_doors.check()
    routes.start()
    fetching = lecture.fetch()
    first = Experiment()
    runs.trained(first)  # to its end, however slow the machine is
    fetching.join(lecture.PATIENCE)
    values = {
        "settings": {
            "fields": screens.fields(),
            "limits": screens.limits(),
            "settings": screens.settings_of(first),
            "link": "?v=1",
        },
        "course": screens.guide() | {"limits": screens.limits()},
        "two-ways": screens.two_ways({"experiment": dict(first)})["value"],
    }

    def part(name: str) -> None:
        Part(name, values.get(name), ANSWERS.get(name, ()))

    with gr.Blocks(title="Bigram Lab", analytics_enabled=False, fill_width=True) as page:
        with gr.Row(elem_id="page"):
            with gr.Column(elem_id="left", scale=0, min_width=280):
                gr.HTML(HEADER, js_on_load=SKIP, apply_default_css=False, elem_id="header")
                part("course")
                part("settings")
                part("notice")
            right = gr.Column(elem_id="right", scale=1, min_width=280)
            with right, gr.Tabs(selected="two-ways", elem_id="tabs", overflow_behavior="wrap"):
                for tab, title in TABS.items():
                    with gr.Tab(title, id=tab):
                        part(tab)
        part("host")  # lies over the page
        for function in (endpoints.train, endpoints.score, endpoints.sample, endpoints.sweep):
            # Without this, Gradio's page of the API leaves the arguments out; it shows all in one paragraph.
            about = re.sub(r"\n\s+(?=\w+: )", " • ", (inspect.getdoc(function) or "").replace("Args:", "Arguments:"))
            gr.api(calls.told(function), api_name=function.__name__, api_description=about, concurrency_limit=4)
    # Nothing passes by the queue. Who waits is told seldom: else each start of a call tells all, who may have left.
    page.queue(max_size=256, api_open=False, status_update_rate=30)
    gradio_doors.install(page)
    return page


SUBDUED = {"": "*neutral_600", "_dark": "*neutral_300"}  # Gradio's own greys are too faint to read (WCAG AA)
THEME = gr.themes.Default(primary_hue="blue", font=["ui-sans-serif", "system-ui", "sans-serif"]).set(
    **{
        f"{name}{mode}": grey
        for name in ("body_text_color_subdued", "block_info_text_color")
        for mode, grey in SUBDUED.items()
    },
    # As --press and --on-press of lab.css: blue is the colour of data.
    button_primary_background_fill="#24292f",
    button_primary_background_fill_hover="#000",
    button_primary_text_color="#fff",
    button_primary_background_fill_dark="#e6e9ed",
    button_primary_background_fill_hover_dark="#fff",
    button_primary_text_color_dark="#16191d",
)
# Server-side rendering draws Gradio's footer before the page knows what its link hides.
CSS = ":root:not([data-embed]) footer, :root[data-embed='1'] footer { display: none }"


def serve(page: gr.Blocks, **options: Any) -> Any:
    """Launch the page with its theme and limits; the options and the result of Gradio's launch."""
    torch.set_num_threads(1)  # the tables are tiny and the visitors many: threads would wait for one another
    cache.give_back()
    return page.launch(
        theme=THEME,
        head=HEAD,
        css=CSS,
        max_file_size="2mb",
        max_threads=guard.MOST_THREADS,
        state_session_capacity=400,  # Gradio keeps 47 kB of each, the lab nothing: one that is dropped is made anew
        footer_links=["api"],
        run_history=False,
        enable_monitoring=False,
        show_error=True,  # Gradio's own, on wrong arguments of a call: all others are sentences by then
        app_kwargs=delivery.options(HEAD, [*routes.ROUTES, card.ROUTE], [Middleware(routes.Door)], card.tags),
        **options,
    )


if __name__ == "__main__":
    for line in table_file.links():
        print(line)
    demo = build()  # by this name `gradio demo/app.py`, the hot reload, finds it
    serve(demo)
