"""Make the pictures of README and docs: `python demo/screenshots.py` (needs the extra `dev`, and Chromium or Chrome).

Starts the lab, opens it in a headless browser, and writes demo/screenshots/*.svg. Run it again when the page changes.
A picture is a WebP inside an SVG, which is text: the Hugging Face Hub refuses a push with binary files.
"""

import os
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")  # the first is the fastest
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
# It must run in a container: no sandbox, no GPU, and no calls home.
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
PICTURES = {  # name: (link, what is pressed, what is there when the screen is filled)
    "inside": ("?v=1&tab=inside", [], "#slope .bar"),
    "lesson": ("?v=1&lesson=keepdim", ["#prediction input", "#run_lesson", "#tell"], "#verdict"),
}
WIDTH, HEIGHT = 1280, 720
SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">
<image width="{width}" height="{height}" href="data:image/webp;base64,{webp}"/>
</svg>
"""


def main() -> None:
    from demo import app

    _, url, _ = app.serve(app.build(), prevent_thread_lock=True, quiet=True)
    folder = Path(__file__).parent / "screenshots"
    folder.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(
            viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=1.5, reduced_motion="reduce"
        )
        devtools = page.context.new_cdp_session(page)  # Playwright's own screenshots are PNG and JPEG only
        for name, (query, pressed, filled) in PICTURES.items():
            page.goto(url + query)
            for part in pressed:
                page.locator(part).first.click()
            page.wait_for_selector(filled)
            page.wait_for_timeout(2000)  # ms, until the last picture has been drawn
            webp = devtools.send("Page.captureScreenshot", {"format": "webp", "quality": 80})["data"]
            (folder / f"{name}.svg").write_text(SVG.format(width=WIDTH, height=HEIGHT, webp=webp))
        browser.close()


if __name__ == "__main__":
    main()
