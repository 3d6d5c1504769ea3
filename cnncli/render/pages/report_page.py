"""A report as one HTML page that needs nothing else, may be mailed, and prints on A4."""

from __future__ import annotations

import base64
import re
import tempfile
from collections.abc import Callable, Sequence
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli.errors import ModelError
from cnncli.json_text import dumps
from cnncli.render.pages import charts
from cnncli.render.pages.svg import element, words
from cnncli.reporting import parts
from cnncli.reporting.parts import Part, Report, Section
from cnncli.visible import visible

if TYPE_CHECKING:
    import numpy as np

QUALITY = 80  # of JPEG
TILE = 192  # pixels of the longer side of a picture of a mistake
TONES = {"good": "Good", "caution": "Caution", "doubt": "Doubt", "missing": "Missing"}


def page(report: Report) -> str:
    """Return a report as HTML; what users wrote is text in it, and never markup."""
    folder = files("cnncli.render.pages")
    contents = "".join(
        f'<li><a href="#{each.key}">{words(each.title)}</a></li>' for each in report.sections
    )
    filled = {
        "title": words(report.title),
        "line": words(report.line),
        "contents": contents,
        "sections": "\n".join(map(_section, report.sections)),
        "style": folder.joinpath("report_page.css").read_text(encoding="utf-8"),
        "script": folder.joinpath("report_page.js").read_text(encoding="utf-8"),
    }
    text = folder.joinpath("report_page.html").read_text(encoding="utf-8")
    # In one pass: a name that holds such a mark is left as it is.
    return re.sub(rf"\$({'|'.join(filled)})\b", lambda found: filled[found[1]], text)


def _section(of: Section) -> str:
    inner, charted = [], []
    for part in of.parts:
        if type(part) in _CHARTS:
            charted.append(_CHARTS[type(part)](part))
            continue
        if charted:
            inner.append(element("div", "".join(charted), class_="charts"))
            charted = []
        inner.append(_PARTS[type(part)](part))
    if charted:
        inner.append(element("div", "".join(charted), class_="charts"))
    heading = element("h2", words(of.title), id=f"{of.key}-title")
    return element("section", heading + "\n".join(inner), id=of.key,
                   aria_labelledby=f"{of.key}-title")  # fmt: skip


def _text(of: parts.Text) -> str:
    if of.tone == "plain":
        return element("p", words(of.text))
    tone = element("strong", TONES[of.tone])
    return element("p", f"{tone} {words(of.text)}", class_=f"say {of.tone}")


def _facts(of: parts.Facts) -> str:
    rows = (
        element("div", element("dt", words(name)) + element("dd", words(value)))
        for name, value in of.rows
    )
    return element("dl", "".join(rows))


def _grid(of: parts.Grid) -> str:
    def row(cells: Any, tag: str) -> str:
        return element(
            "tr",
            "".join(
                element(
                    tag,
                    words(cell),
                    class_="right" if place in of.right else None,
                    scope="col" if tag == "th" else None,
                )
                for place, cell in enumerate(cells)
            ),
        )

    head = element("thead", row(of.columns, "th"))
    body = element("tbody", "".join(row(cells, "td") for cells in of.rows))
    caption = element("caption", element("span", words(of.caption)))
    table = element("table", caption + head + body)
    scrolled = element("div", table, class_="wide", tabindex="0", role="region",
                       aria_label=of.caption)  # fmt: skip
    if not of.folded:
        return scrolled
    return element("details", element("summary", words(of.caption)) + scrolled)


def _commands(of: parts.Commands) -> str:
    shown = element("pre", element("code", "\n".join(map(words, of.lines))), tabindex="0")
    if not of.caption:
        return shown
    return element("details", element("summary", words(of.caption)) + shown)


def _figure(title: str, drawing: str, kind: str = "chart") -> str:
    return element("figure", element("figcaption", words(title)) + drawing, class_=kind)


def _network(of: parts.Network) -> str:
    drawing = boxes(of)
    if drawing is None:
        return element("p", "It has too many layers to draw; they are listed below.")
    scrolled = element("div", drawing, class_="wide paper", tabindex="0", role="region",
                       aria_label="Drawing of the network")  # fmt: skip
    return _figure("The layers that make maps and vectors", scrolled, "network")


def boxes(of: parts.Network) -> str | None:
    """Return the drawing of a network as SVG within a page; None of one that is too large."""
    from cnncli.render.pictures.diagram import boxes as drawing
    from cnncli.render.pictures.figure import save

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "network.svg")
        try:
            save(drawing.draw(of.summary), path, ".svg")
        except ModelError:
            return None
        text = path.read_text(encoding="utf-8")
    text = text[text.index("<svg") :]
    # Names of the vocabularies of XML, which a page does not need.
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", text).replace("xlink:href", "href")
    return text.replace("<svg", f'<svg role="img" aria-label="{words(of.text)}"', 1)


def _mistakes(of: parts.Mistakes) -> str:
    return element("div", "".join(map(_mistake, of.found)), class_="mistakes")


def _mistake(of: parts.Mistake) -> str:
    said = f"{of.label}, taken for {of.predicted} with a probability of {of.probability:.3f}"
    if of.fold is not None:
        said += f", by the network of fold {of.fold}"
    tiles = [_tile(of.pixels, f"{of.file}, as it goes into the network", "the image", "")]
    for each in of.maps:
        about = f"{each.name} of {of.file}" + (f": {each.empty}" if each.empty else "")
        lines = [words(line) for line in (each.empty, *each.lines) if line]
        lines += [element("strong", words(line)) for line in each.doubts]
        tiles.append(_tile(_overlay(of.pixels, each), about, each.name, _small(lines)))
    shown = element("h3", words(of.file)) + element("p", words(said))
    shown += element("div", "".join(tiles), class_="tiles")
    if of.near:
        near = (
            _tile(each.pixels, f"training image {each.file}", each.label, _file(each.file))
            for each in of.near
        )
        shown += element("p", "Nearest training images:", class_="near")
        shown += element("div", "".join(near), class_="tiles")
    return element("article", shown)


def _file(name: str) -> str:
    return _small([words(name)])


def _small(lines: Sequence[str]) -> str:
    return "".join(element("small", line) for line in lines)


def _overlay(pixels: np.ndarray, of: parts.Explained) -> np.ndarray:
    from cnncli.images.resize import fitting
    from cnncli.render.pictures.overlay import blended, scale

    small = fitting(pixels, TILE)
    return small if of.empty else blended(small, of.values, scale(of.values))


def _tile(pixels: np.ndarray, about: str, name: str, below: str) -> str:
    from cnncli.images.resize import fitting

    image = element("img", src=jpeg(fitting(pixels, TILE)), alt=visible(about))
    caption = element("figcaption", words(name) + below)
    return element("figure", image.removesuffix("</img>") + caption)


def jpeg(pixels: np.ndarray) -> str:
    """Return pixels (uint8, height x width x 1 or 3) as an address that holds the picture."""
    from PIL import Image

    made = BytesIO()
    image = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    image.save(made, "JPEG", quality=QUALITY, optimize=True)
    return f"data:image/jpeg;base64,{base64.b64encode(made.getvalue()).decode()}"


def _predictions(of: parts.Predictions) -> str:
    rows = [[row.file, row.label, row.predicted, round(row.probability, 4)] for row in of.rows]
    grouped = any(row.group for row in of.rows)
    folded = any(row.fold is not None for row in of.rows)
    if grouped:
        rows = [[*cells, row.group or ""] for cells, row in zip(rows, of.rows, strict=True)]
    if folded:
        rows = [[*cells, row.fold or 0] for cells, row in zip(rows, of.rows, strict=True)]
    document = {
        "classes": of.classes,
        "rows": rows,
        "grouped": grouped,
        "folded": folded,
        "pictures": {place: jpeg(pixels) for place, pixels in of.pictures.items()},
    }
    # What looks like markup must not end the element that the data stand in.
    data = dumps(document).replace("<", "\\u003c")
    text = files("cnncli.render.pages").joinpath("report_table.html").read_text(encoding="utf-8")
    return text.replace("$data", data)


_CHARTS: dict[type, Callable[[Any], str]] = {
    parts.Curves: lambda of: _figure(of.title, charts.curves(of)),
    parts.Estimates: lambda of: _figure(of.title, charts.estimates(of)),
    parts.Confusion: lambda of: _figure("What was taken for what", charts.confusion(of)),
    parts.Unit: lambda of: _figure(of.title, charts.unit(of)),
    parts.Flow: lambda of: _figure("Where the images went", charts.flow(of)),
}
_PARTS: dict[type[Part], Callable[[Any], str]] = {
    parts.Text: _text,
    parts.Facts: _facts,
    parts.Grid: _grid,
    parts.Commands: _commands,
    parts.Network: _network,
    parts.Mistakes: _mistakes,
    parts.Predictions: _predictions,
}
