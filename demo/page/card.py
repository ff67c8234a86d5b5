"""The card of a link: what a chat or a search engine shows of it. Its title, its description, and a picture.

The picture is of this very experiment: its table, half noise and half learned, and names from the learned half. It uses
the counted table, because counting is cheap and gives nearly the same as training.
"""

import io
from collections.abc import Iterator
from functools import lru_cache
from html import escape
from itertools import islice
from typing import NamedTuple, get_args
from urllib.parse import urlencode

import anyio.to_thread
import torch
from anyio import CapacityLimiter
from cachetools import LRUCache
from PIL import Image, ImageColor, ImageDraw, ImageFont
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import bigram
from demo.compute.runs import CHARACTER, READING, Corpus, corpus, initial_weights
from demo.compute.turns import turn
from demo.experiment import Experiment, noted, plain, read_link
from demo.teaching import course
from demo.teaching.lessons import BY_KEY
from demo.web.gradio_doors import FONT

PATH = "/gradio_api/lab/card.png"
TITLE = "How a computer makes up names"
ABOUT = "It learns which letter follows which, in two ways: by counting, and by gradient descent. Both give the same."
SHOWN_OF_A_PAGE = ("tab", "hide", "embed", "large")  # settings that change no number
LONGEST_TITLE, LONGEST_ABOUT = 100, 200  # characters
MOST_WAITING = 16  # pictures; who comes then gets the default one
DRAWING = 0.03  # seconds
KEPT: LRUCache[str, bytes] = LRUCache(64)  # pictures, by their links; one has about 50 kB

WIDTH, HEIGHT, MARGIN = 1200, 630, 48  # pixels, as chats expect them
SIDE = HEIGHT - 2 * MARGIN  # of the table
LEFT = MARGIN + SIDE + MARGIN  # of the words
MOST_CELLS = 40  # in a row of the table
MOST_NAMES = 10  # that are drawn; the card shows three or so
PAPER, INK, QUIET, NAME = "#ffffff", "#24292f", "#57606a", "#c2410c"
AMOUNTS = ("#edf6ff", "#a5d2ff", "#58a3ee", "#3064ae", "#0d296e")  # from 0 to the maximum
SHADES = 64  # of each ramp of colours; the ramps are the palette of the picture
RAMPS = (AMOUNTS, (PAPER, INK), (PAPER, QUIET), (PAPER, NAME))


class Card(NamedTuple):
    """What is told of a link."""

    e: Experiment
    title: str = TITLE
    about: str = ABOUT
    query: str = ""  # of the link without what changes no number; "" for the default experiment


DEFAULT = Card(Experiment())


@lru_cache(256)
def card_of(query: str) -> Card:
    """The card of a link, by its query string. A link that is not all right has the default card."""
    try:
        link = read_link(query)
    except ValueError:
        return DEFAULT
    opened, wrong = course.opened(link.guide)
    if link.notices or wrong:
        return DEFAULT
    e = link.experiment.model_copy(
        update={key: Experiment.model_fields[key].default for key in SHOWN_OF_A_PAGE if key != "tab" or not opened}
    )
    whole = e.query() + ("&" + urlencode(link.guide) if link.guide else "")
    if not opened:
        own = Card(e, *told(e), whole)
        return DEFAULT if e == DEFAULT.e else own
    if "course" in opened:
        links = len(opened["course"])
        return Card(e, f"A course of {links} {'link' if links == 1 else 'links'}", ABOUT, whole)
    if "key" in opened:
        lesson = BY_KEY[opened["key"]]
        return Card(lesson.experiment, short(lesson.question, LONGEST_TITLE), choices(lesson.choices), whole)
    own = opened["own"]
    return Card(e, short(own["question"], LONGEST_TITLE), choices(own["choices"]), whole)


def told(e: Experiment) -> tuple[str, str]:
    """The title and the description of an experiment."""
    field = Experiment.model_fields["data"]
    labels = dict(zip(get_args(field.annotation), noted(field)["labels"], strict=True))
    words = len(e.words.split())
    of = f"{words:,} own {'word' if words == 1 else 'words'}" if e.data == "own" else labels[e.data]
    title = f"Made-up names from {of}"
    settings = f"Order {e.order}, smoothing {plain(e.k)}, {e.steps:,} steps, rate {plain(e.lr)}, L2 {plain(e.l2)}."
    return title, f"{settings} Counting and gradient descent learn the same table."


def choices(all_choices: tuple[str, ...] | list[str]) -> str:
    """The choices of a lesson in one line."""
    return short("Predict, then run it: " + " / ".join(all_choices), LONGEST_ABOUT)


def short(text: str, most: int) -> str:
    """A text in one line of at most so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def tags(query: str, root: str) -> str:
    """The tags of a page for its head. `root`: where its visitor has found the lab, without a / at the end."""
    card = card_of(query)
    page, picture = f"{root}/{card.query}", f"{root}{PATH}{card.query}"
    named = {"description": card.about, "twitter:card": "summary_large_image"}
    properties = {
        "og:type": "website",
        "og:site_name": "Bigram Lab",
        "og:title": card.title,
        "og:description": card.about,
        "og:url": page,
        "og:image": picture,
        "og:image:width": WIDTH,
        "og:image:height": HEIGHT,
        "og:image:alt": "A table of letter pairs, half random and half learned, and names that it makes up",
    }
    return "\n".join(
        [
            *(f'<meta name="{key}" content="{escape(str(value))}">' for key, value in named.items()),
            *(f'<meta property="{key}" content="{escape(str(value))}">' for key, value in properties.items()),
            f'<link rel="canonical" href="{escape(page)}">',
        ]
    )


async def picture(request: Request) -> Response:
    """The picture of the card of a link, as a PNG."""
    card = card_of(request.url.query)
    if card.query not in KEPT:
        if LIMIT.statistics().tasks_waiting >= MOST_WAITING:
            return png(kept(DEFAULT), "no-store")
        content = await anyio.to_thread.run_sync(kept, card, limiter=LIMIT)
        return png(content)
    return png(KEPT[card.query])


ROUTE = Route(PATH, picture)
LIMIT = CapacityLimiter(2)  # pictures are drawn at the same time


def png(content: bytes, lifetime: str = "public, max-age=86400") -> Response:
    return Response(content, media_type="image/png", headers={"cache-control": lifetime})


def kept(card: Card) -> bytes:
    """The picture of a card, drawn once. The default one where its words cannot be had."""
    if card.query not in KEPT:
        try:
            with turn(DRAWING + max(READING, CHARACTER * len(card.e.words))):
                KEPT[card.query] = drawn(card)
        except ValueError:
            return kept(DEFAULT)
    return KEPT[card.query]


def drawn(card: Card) -> bytes:
    """The picture of a card. ValueError: a sentence on words or a table that the lab does not take."""
    words = corpus(card.e)
    image = Image.new("P", (WIDTH, HEIGHT), SHADES)  # paper
    image.putpalette(PALETTE)
    image.paste(table(card.e, words), (MARGIN, MARGIN))

    def write(top: int, line: str, size: int, colour: str) -> None:
        mask = Image.new("L", (WIDTH - LEFT, 2 * size))
        ImageDraw.Draw(mask).text((0, 0), line, 255, font(size))
        first = SHADES * next(ramp for ramp, stops in enumerate(RAMPS) if stops[-1] == colour)
        image.paste(mask.point([first + value * SHADES // 256 for value in range(256)]), (LEFT, top), mask)

    top = MARGIN - 10
    for line in broken(card.title if is_drawable(card.title) else TITLE, 46, 4):
        write(top, line, 46, INK)
        top += 58
    bottom = HEIGHT - MARGIN - 34
    write(bottom, "Bigram Lab: letter pairs, counted and learned", 25, QUIET)
    top = max(top + 24, MARGIN + 200)
    for name in islice(names(card.e, words), (bottom - top) // 82):
        write(top, name, 58, NAME)
        top += 82
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=3)
    return file.getvalue()


def table(e: Experiment, words: Corpus) -> Image.Image:
    """The table of the experiment as a square: counts above the diagonal from the lower left corner, noise below it."""
    size = min(MOST_CELLS, words.V)
    N = words.N[:size, :size].double()
    noise = torch.softmax(initial_weights(words, e), dim=1)[:size, :size].double() * words.N[:size].sum(1, keepdim=True)
    at = torch.arange(size)
    mixed = torch.where(at[:, None] + at < size, N, noise)
    share = (mixed / max(float(N.max()), 1.0)).clamp(max=1).sqrt()  # rare pairs show
    cell = SIDE // size
    shades = (share * (SHADES - 1)).round().to(torch.uint8).repeat_interleave(cell, 0).repeat_interleave(cell, 1)
    shades[::cell] = shades[:, ::cell] = SHADES  # a line of paper between the cells
    return Image.fromarray(shades.numpy(), "P")


def palette() -> list[int]:
    """The colours of all ramps, one after another: red, green and blue of each."""
    colours: list[int] = []
    for stops in RAMPS:
        red_green_blue = [ImageColor.getrgb(stop) for stop in stops]
        for shade in range(SHADES):
            at = shade / (SHADES - 1) * (len(stops) - 1)
            left = min(int(at), len(stops) - 2)
            pairs = zip(red_green_blue[left], red_green_blue[left + 1], strict=True)
            colours += [round(a + (at - left) * (b - a)) for a, b in pairs]
    return colours


PALETTE = palette()


def names(e: Experiment, words: Corpus) -> Iterator[str]:
    """The names of the counted table that the card has room for: those of the lab, in their order."""
    count = min(e.draws, MOST_NAMES)
    drawn_names = bigram.sample(bigram.probabilities(words.N, e.k), words.vocab, count, e.draw_seed)
    return (name for name in drawn_names if 3 <= len(name) <= 14 and is_drawable(name) and fits(name, 58))


@lru_cache(8)
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Gradio's font for many languages; where it cannot be read, Pillow's own font for English."""
    try:
        return ImageFont.truetype(FONT, size)
    except OSError:
        return ImageFont.load_default(size)


def fits(line: str, size: int) -> bool:
    return font(size).getlength(line) <= WIDTH - LEFT - MARGIN


def is_drawable(text: str) -> bool:
    """Whether the font has all these characters. What it lacks, it would draw as empty boxes."""
    return all(map(has, set(text)))


@lru_cache(2_000)
def has(character: str) -> bool:
    """Whether the font has this character."""
    mask, lacking = (pixels(one) for one in (character, "\uffff"))
    return character.isspace() or mask != lacking


def pixels(character: str) -> bytes:
    image = Image.new("L", (40, 40))
    ImageDraw.Draw(image).text((0, 0), character, 255, font(20))
    return image.tobytes()


def broken(text: str, size: int, most: int) -> list[str]:
    """A text in at most so many lines. The last one ends in … where the text goes on."""
    lines = [""]
    for word in (cut(word, size) for word in text.split()):
        longer = f"{lines[-1]} {word}".strip()
        if fits(longer, size):
            lines[-1] = longer
        else:
            lines.append(word)
    lines = [line for line in lines if line]
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], cut(" ".join(lines[most - 1 :]), size)]


def cut(text: str, size: int) -> str:
    """As much of a text as fits one line; it ends in … where that is not all."""
    short = text
    while not fits(short, size):
        short = short.removesuffix("…")[:-1].rstrip() + "…"
    return short
