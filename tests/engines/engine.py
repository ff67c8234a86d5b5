"""Chromium, Firefox and WebKit, each driven in the same few ways.

Playwright drives Chromium, and Selenium drives WebKit. Firefox is spoken to directly, because Playwright needs its own
build of it, and Selenium needs a driver that Debian does not have.
"""

import base64
import json
import os
import re
import shutil
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.websocket_connection import WebSocketConnection
from selenium.webdriver.support.expected_conditions import element_to_be_clickable
from selenium.webdriver.support.wait import WebDriverWait

from demo.screenshots import CHROMIUM, FLAGS

PATIENCE = 60  # seconds: a busy machine is slow, not wrong
SIZE = {"width": 1280, "height": 720}


class Missing(Exception):
    """An engine is not installed. The sentence says what to install."""


class Engine(ABC):
    """A browser with one page, 1280 × 720."""

    @abstractmethod
    def open(self, address: str) -> None: ...

    @abstractmethod
    def resize(self, width: int, height: int) -> None:
        """The size of the page. No window of WebKitGTK is narrower than 450 pixels."""

    @abstractmethod
    def ask(self, expression: str) -> Any:
        """The value of a JavaScript expression on the page."""

    @abstractmethod
    def press(self, selector: str) -> None:
        """Click with the mouse, as soon as this is possible."""

    @abstractmethod
    def press_home(self, selector: str) -> None:
        """Press the key Home on an element."""

    @abstractmethod
    def picture(self) -> bytes:
        """What is on the screen, as a PNG."""

    @abstractmethod
    def faults(self) -> list[str]:
        """The new errors on the console, where the engine tells them."""

    def until(self, expression: str, wanted: Any = True) -> None:
        """Wait until an expression has this value."""
        end = time.monotonic() + PATIENCE
        while (found := self.ask(expression)) != wanted:
            if time.monotonic() > end:
                raise AssertionError(f"{expression} is {found!r} instead of {wanted!r}.")
            time.sleep(0.05)

    def until_visible(self, selector: str) -> None:
        """An element is seen, or a part that it holds: a row of a grid has no box of its own."""
        parts = f"document.querySelectorAll({json.dumps(selector + ', ' + selector + ' *')})"
        self.until(f"[...{parts}].some((part) => part.checkVisibility())")

    def until_text(self, selector: str, wanted: str) -> None:
        self.until(f"document.querySelector({json.dumps(selector)})?.textContent.trim()", wanted)


class Played(Engine):
    """A browser that Playwright drives."""

    def __init__(self, browser: Browser):
        self.page = browser.new_page(viewport=SIZE)
        self.page.set_default_timeout(1_000 * PATIENCE)
        self.found: list[str] = []
        self.page.on("console", lambda said: self.found.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.found.append(str(error)))

    def open(self, address: str) -> None:
        self.page.goto(address)

    def resize(self, width: int, height: int) -> None:
        self.page.set_viewport_size({"width": width, "height": height})

    def ask(self, expression: str) -> Any:
        return self.page.evaluate(expression)

    def press(self, selector: str) -> None:
        self.page.locator(selector).click()

    def press_home(self, selector: str) -> None:
        self.page.locator(selector).press("Home")

    def picture(self) -> bytes:
        return self.page.screenshot()

    def faults(self) -> list[str]:
        found, self.found = self.found, []
        return found


class Driven(Engine):
    """A browser that Selenium drives. It does not tell what is on its console."""

    def __init__(self, driver: webdriver.WebKitGTK):
        self.driver = driver
        self.resize(**SIZE)

    def open(self, address: str) -> None:
        self.driver.get(address)

    def resize(self, width: int, height: int) -> None:
        bars = self.driver.get_window_size()["height"] - self.ask("innerHeight")
        self.driver.set_window_size(width, height + bars)

    def ask(self, expression: str) -> Any:
        return self.driver.execute_script(f"return {expression}")

    def press(self, selector: str) -> None:
        WebDriverWait(self.driver, PATIENCE).until(element_to_be_clickable((By.CSS_SELECTOR, selector))).click()

    def press_home(self, selector: str) -> None:
        self.driver.find_element(By.CSS_SELECTOR, selector).send_keys(Keys.HOME)

    def picture(self) -> bytes:
        return self.driver.get_screenshot_as_png()

    def faults(self) -> list[str]:
        return []


class Spoken(Engine):
    """A browser that speaks WebDriver BiDi, the protocol of the W3C. Firefox needs no driver for it."""

    def __init__(self, socket: WebSocketConnection):
        self.socket = socket
        self.say("session.new", capabilities={})
        self.context = self.say("browsingContext.getTree")["contexts"][0]["context"]
        self.resize(**SIZE)
        self.found: list[str] = []
        self.say("session.subscribe", events=["log.entryAdded"])
        socket.callbacks["log.entryAdded"] = [self.log]

    def say(self, method: str, **params: Any) -> Any:
        answer = self.socket.send_cmd(method, params)
        assert "error" not in answer, answer
        return answer["result"]

    def log(self, entry: dict[str, Any]) -> None:
        if entry["level"] == "error":
            self.found.append(entry["text"])

    def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height}
        self.say("browsingContext.setViewport", context=self.context, viewport=size)

    def open(self, address: str) -> None:
        self.say("browsingContext.navigate", context=self.context, url=address, wait="complete")

    def ask(self, expression: str) -> Any:
        asked = {"expression": f"JSON.stringify({expression})", "target": {"context": self.context}}
        answer = self.say("script.evaluate", **asked, awaitPromise=True)
        assert answer["type"] == "success", answer
        return json.loads(answer["result"].get("value", "null"))

    def press(self, selector: str) -> None:
        part = f"document.querySelector({json.dumps(selector)})"
        self.until(f"{part}?.checkVisibility() && !{part}.disabled")
        self.ask(f"{part}.scrollIntoView({{ block: 'nearest' }})")
        box = self.ask(f"{part}.getBoundingClientRect()")
        x, y = (round(box[start] + box[size] / 2) for start, size in (("x", "width"), ("y", "height")))
        moves = [{"type": "pointerMove", "x": x, "y": y}, {"type": "pointerDown", "button": 0}]
        self.act("pointer", [*moves, {"type": "pointerUp", "button": 0}])

    def press_home(self, selector: str) -> None:
        self.ask(f"document.querySelector({json.dumps(selector)}).focus()")
        self.act("key", [{"type": kind, "value": Keys.HOME} for kind in ("keyDown", "keyUp")])

    def act(self, device: str, actions: list[dict[str, Any]]) -> None:
        one = {"type": device, "id": device, "actions": actions}
        self.say("input.performActions", context=self.context, actions=[one])

    def picture(self) -> bytes:
        return base64.b64decode(self.say("browsingContext.captureScreenshot", context=self.context)["data"])

    def faults(self) -> list[str]:
        found, self.found = self.found, []
        return found


@contextmanager
def chromium(folder: Path) -> Iterator[Engine]:
    if not CHROMIUM:
        raise Missing("There is no Chromium or Chrome. Install one.")
    with sync_playwright() as playwright:
        yield Played(playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS))


@contextmanager
def firefox(folder: Path) -> Iterator[Engine]:
    """The Firefox of the system. It writes the address of its socket when it has started."""
    path = installed("Firefox", "firefox-esr", "firefox-esr", "firefox")
    command = [path, "--headless", "--no-remote", "--profile", str(folder), "--remote-debugging-port", "0"]
    said = folder / "said"
    with said.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            end = time.monotonic() + PATIENCE
            while not (address := re.search(r"WebDriver BiDi listening on (ws://\S+)", said.read_text("utf-8"))):
                if process.poll() is not None or time.monotonic() > end:
                    raise AssertionError(f"Firefox did not start: {said.read_text('utf-8')}")
                time.sleep(0.05)
            socket = WebSocketConnection(f"{address[1]}/session", timeout=PATIENCE, interval=0.01)
            yield Spoken(socket)
        finally:
            process.kill()  # it has nothing to save, and its socket closes with it


@contextmanager
def webkit(folder: Path) -> Iterator[Engine]:
    """WebKitGTK on a screen that nobody sees."""
    driver = installed("driver of WebKit", "webkit2gtk-driver", "WebKitWebDriver")
    with screen() as name:
        service = webdriver.WebKitGTKService(driver, env={**os.environ, "DISPLAY": name, "GDK_BACKEND": "x11"})
        session = webdriver.WebKitGTK(service=service)
        try:
            yield Driven(session)
        finally:
            session.quit()


@contextmanager
def screen() -> Iterator[str]:
    """A screen in memory, by its name. The server of the screen chooses a number that is free."""
    server = installed("Xvfb", "xvfb", "Xvfb")
    read, write = os.pipe()
    command = [server, "-displayfd", str(write), "-screen", "0", "1600x1200x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL) as process:
        os.close(write)
        with open(read) as answer:
            number = answer.readline().strip()
        try:
            yield f":{number}"
        finally:
            process.terminate()


def installed(title: str, package: str, *names: str) -> str:
    """The path of the first of these programs that is installed."""
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        raise Missing(f"There is no {title}. Install Debian's package {package}.")
    return path


ENGINES = {"chromium": chromium, "firefox": firefox, "webkit": webkit}
