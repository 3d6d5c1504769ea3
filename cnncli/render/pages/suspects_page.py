"""Labels that may be wrong as a page, on which a person decides and saves the decisions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.resources import files
from typing import TYPE_CHECKING

from cnncli.json_text import dumps
from cnncli.render.pages.report_page import jpeg
from cnncli.render.pages.svg import element, words
from cnncli.reporting.suspects import Pictured, caution, copies, heading
from cnncli.visible import visible

if TYPE_CHECKING:
    from cnncli.tuning.suspects import Ranked, Ranking

ACTIONS = {"": "not decided", "keep": "keep: the class given is right", "drop": "drop the image"}
SMALL = 64  # pixels: smaller pictures are enlarged with their pixels to be seen


def page(ranking: Ranking, shown: Sequence[Pictured]) -> str:
    """Return suspects as HTML that needs nothing else; what users wrote is text in it."""
    folder = files("cnncli.render.pages")
    made = ranking.decided
    before = [made.row(file) for file in sorted(made.decided)] if made else []
    data = dumps({"files": [one.of.file for one in shown], "before": before})
    filled = {
        "title": words(f"Labels of {ranking.data} that may be wrong"),
        "line": words(f"{heading(ranking)} {caution(ranking)}"),
        "sections": _how(ranking, len(shown)) + _kinds(ranking) + _suspects(ranking, shown),
        # What looks like markup must not end the element that the data stand in.
        "data": data.replace("<", "\\u003c"),
        "style": folder.joinpath("report_page.css").read_text(encoding="utf-8"),
        "script": folder.joinpath("suspects_page.js").read_text(encoding="utf-8"),
    }
    text = folder.joinpath("suspects_page.html").read_text(encoding="utf-8")
    # In one pass: a name that holds such a mark is left as it is.
    return re.sub(rf"\$({'|'.join(filled)})\b", lambda found: filled[found[1]], text)


def _how(ranking: Ranking, shown: int) -> str:
    if not ranking.suspects:
        return element("p", "No label is a suspect.")
    said = (
        "Each image was judged by the network of a fold that was not trained on it. Look, decide, "
        "and save the decisions at the foot of the page; then "
        "cnncli crossval DATA --corrections decisions.csv --out DIR (or train) obeys them. What "
        "is not decided stays as it is."
    )
    if shown < len(ranking.suspects):
        said += f" The first {shown:,} of {len(ranking.suspects):,} suspects are shown."
    return element("p", words(said))


def _kinds(ranking: Ranking) -> str:
    rows = "".join(
        element("tr", element("td", words(given)) + element("td", words(other))
                + element("td", f"{number:,}", class_="right"))
        for (given, other), number in ranking.kinds
    )  # fmt: skip
    heads = (("Given", None), ("Suggested", None), ("Images", "right"))
    head = "".join(element("th", name, scope="col", class_=kind) for name, kind in heads)
    table = element("table", element("thead", element("tr", head)) + element("tbody", rows))
    summary = element("summary", "Pairs of classes")
    return element("details", summary + element("div", table, class_="wide")) if rows else ""


def _suspects(ranking: Ranking, shown: Sequence[Pictured]) -> str:
    articles = (_article(one, place, ranking.classes) for place, one in enumerate(shown))
    heading = element("h2", "Suspects, the most doubtful first") if shown else ""
    return heading + element("div", "".join(articles), class_="suspects")


def _article(one: Pictured, place: int, classes: Sequence[str]) -> str:
    of = one.of
    said = (
        f"given {of.given} ({of.probability_given:.3f}), "
        f"suggested {of.suggested} ({of.probability_suggested:.3f}), fold {of.fold}"
    )
    text = element("h3", words(of.file)) + _picture(one) + element("p", words(said))
    if of.copies:
        text += element("p", element("strong", words(f"The same picture: {copies(of)}")))
    return element("article", text + _decision(of, place, classes))


def _picture(one: Pictured) -> str:
    if one.pixels is None:
        return element("p", words(f"No picture: {one.reason}."), class_="say missing")
    kind = "large" if max(one.pixels.shape[:2]) > SMALL else None
    image = element("img", src=jpeg(one.pixels), alt=visible(one.of.file), class_=kind)
    return image.removesuffix("</img>")


def _decision(of: Ranked, place: int, classes: Sequence[str]) -> str:
    chosen = [
        element("label", _radio(place, action) + words(text)) for action, text in ACTIONS.items()
    ]
    options = "".join(
        element(
            "option",
            words(name),
            value=visible(name),
            selected="" if name == of.suggested else None,
        )
        for name in classes
        if name != of.given
    )
    select = element("select", options, aria_label=visible(f"right class of {of.file}"))
    chosen.append(element("label", _radio(place, "relabel") + "relabel to " + select))
    return element("fieldset", element("legend", "Decision") + "".join(chosen))


def _radio(place: int, action: str) -> str:
    checked = "" if not action else None
    made = element("input", type="radio", name=f"of-{place}", value=action, checked=checked)
    return made.removesuffix("</input>")
