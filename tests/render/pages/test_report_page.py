"""The page of `cnncli report` in a real browser: read, sorted, filtered and printed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnncli.cli import main
from tests.render.pages.conftest import grave_faults, requests
from tests.reporting.test_report import rows, write

pytestmark = pytest.mark.browser
MANY = 10_000
WIDTHS = (400, 800, 1400)
PREDICTED, PROBABILITY, FILE = 2, 3, 5  # columns of the table of predictions


@pytest.fixture(scope="module", params=["trained", "crossed"])
def small(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reports of the shared run and of the shared cross-validation, by strata."""
    of = request.getfixturevalue(request.param)
    out = tmp_path_factory.mktemp("page") / "report.html"
    assert main(["report", str(of), "--by", r"(\d)\.", "-o", str(out), "--quiet"]) == 0
    return out


@pytest.fixture(scope="module")
def large(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a run with very many test images, of patients, and noisy pictures."""
    from cnncli.facts.summarize import summarize
    from cnncli.network.architecture import of_spec
    from cnncli.render.pages.report_page import page
    from cnncli.reporting import material, pictures, report

    run = shutil.copytree(trained, tmp_path_factory.mktemp("large") / "run")
    draws = np.random.default_rng(0)
    split = [row for row in rows(run / "split.csv") if row["split"] != "test"]
    predictions = []
    for number in range(MANY):
        label = ("left", "right")[number % 2]
        chance = float(draws.uniform())
        file = f"{label}/patient-{number // 3:05}-{number:05}.png"
        split.append(
            {"file": file, "label": label, "split": "test", "digest": f"{number:032x}",
             "group": f"{number // 3:05}", "near": ""}
        )  # fmt: skip
        predictions.append(
            {"file": file, "label": label, "predicted": "right" if chance > 0.5 else "left",
             "probability": f"{max(chance, 1 - chance):.9g}", "p_left": f"{1 - chance:.9g}",
             "p_right": f"{chance:.9g}"}
        )  # fmt: skip
    write(run / "split.csv", split)
    write(run / "predictions.csv", predictions)
    of = material.read(run)
    noise = {row["file"]: draws.integers(0, 256, (256, 256, 3), np.uint8) for row in predictions}
    seen = report.Seen(
        summarize(of_spec(of.spec), lambda: None),
        lambda images: iter(()),
        pictures.Pictures(noise, {}),
        why_none="the images of this run are made up.",
    )
    out = run / "report.html"
    out.write_text(page(report.report(of, seen)), encoding="utf-8")
    return out


@pytest.fixture(autouse=True)
def wide(browser: Any) -> None:
    resize(browser, 1400)
    scheme(browser, "light")
    browser.get_log("browser")  # what an earlier page had to say


def resize(browser: Any, width: int) -> None:
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def scheme(browser: Any, name: str, media: str = "") -> None:
    feature = {"name": "prefers-color-scheme", "value": name}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature], "media": media})


def column(browser: Any, number: int) -> list[str]:
    cells = browser.find_elements("css selector", f"#body td:nth-child({number})")
    return [cell.text for cell in cells]


def test_nothing_is_said_on_the_console_and_nothing_is_asked_for(browser: Any, small: Path):
    requests(browser)
    browser.get(small.as_uri())
    asked = [address for address in requests(browser) if not address.startswith("data:")]
    assert asked == [small.as_uri()]
    assert browser.get_log("browser") == []


@pytest.mark.parametrize("shade", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_everyone_can_read_it_and_it_is_no_wider_than_the_window(
    browser: Any, small: Path, width: int, shade: str
):
    resize(browser, width)
    scheme(browser, shade)
    browser.get(small.as_uri())
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    browser.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true })")
    assert grave_faults(browser) == []


def test_the_table_is_sorted_and_filtered_by_keyboard(browser: Any, small: Path):
    browser.get(small.as_uri())
    whole = column(browser, FILE)
    button = browser.find_element("xpath", "//th/button[starts-with(., 'Probability')]")
    browser.execute_script("arguments[0].focus()", button)
    button.send_keys("\ue007")
    values = [float(text) for text in column(browser, PROBABILITY)]
    assert values == sorted(values)
    head = browser.find_element("css selector", "#head th:nth-child(3)")
    assert head.get_attribute("aria-sort") == "ascending"
    button.send_keys(" ")
    assert [float(text) for text in column(browser, PROBABILITY)] == sorted(values, reverse=True)
    assert sorted(column(browser, FILE)) == sorted(whole)
    search = browser.find_element("id", "search")
    search.send_keys("right/")
    found = column(browser, FILE)
    assert found and all(file.startswith("right/") for file in found)
    search.send_keys("nothing of this name")
    assert column(browser, FILE) == []
    assert "0 rows" in browser.find_element("id", "count").text


def test_ten_thousand_images_stay_below_five_megabytes(browser: Any, large: Path):
    assert large.stat().st_size < 5_000_000
    browser.get(large.as_uri())
    assert "1 to 50 of 10,000" in browser.find_element("id", "count").text
    assert len(column(browser, FILE)) == 50
    browser.find_element("id", "answers").send_keys("w")
    assert all(text.endswith("(wrong)") for text in column(browser, PREDICTED))
    browser.find_element("id", "on").send_keys("\ue007")
    assert "51 to 100" in browser.find_element("id", "count").text
    browser.find_element("id", "search").send_keys("patient-00007-")
    assert all("/patient-00007-" in text for text in column(browser, FILE))
    assert browser.get_log("browser") == []


def test_on_paper_everything_is_open_and_no_figure_is_taller_than_a_page(browser: Any, small: Path):
    browser.get(small.as_uri())
    browser.execute_script("dispatchEvent(new Event('beforeprint'))")
    resize(browser, 688)  # A4 without its margins, in CSS pixels
    scheme(browser, "light", media="print")
    assert browser.find_elements("css selector", "details:not([open])") == []
    tallest = browser.execute_script(
        "return Math.max(...[...document.querySelectorAll('figure, article, tr')]"
        ".map(each => each.getBoundingClientRect().height))"
    )
    assert tallest < 1017
    wide = browser.execute_script(
        "return [...document.querySelectorAll('table, figure')]"
        ".filter(each => each.getBoundingClientRect().right > 690).map(each => each.outerHTML)"
    )
    assert wide == []


def test_on_a_telephone_the_answers_are_seen_first_and_captions_whole(browser: Any, small: Path):
    resize(browser, 400)
    browser.get(small.as_uri())
    seen = browser.execute_script(
        "return [...document.querySelectorAll('#head th')].filter(each => "
        "each.getBoundingClientRect().right <= 400).map(each => each.firstChild.textContent)"
    )
    assert seen[1:3] == ["Predicted", "Probability"]
    browser.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true })")
    cut = browser.execute_script(
        "return [...document.querySelectorAll('caption span')].filter(each => "
        "each.getBoundingClientRect().right > 400).map(each => each.textContent)"
    )
    assert cut == []
