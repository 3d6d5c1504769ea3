"""The page of `mistakes --suspects` in a real browser: decided on, and saved as a table."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnncli.data.corrections import Corrections
from cnncli.render.pages.suspects_page import page
from cnncli.reporting.suspects import Pictured
from cnncli.tuning.suspects import Copy, Ranked, Ranking
from tests.render.pages.conftest import grave_faults, requests

pytestmark = pytest.mark.browser
CLASSES = ("cat", 'do"g', "</script><b>x", "a, b")
FILES = ("cat/1.png", 'cat/"2", x.png', "</script>/3.png")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ranked = [
        Ranked(file, "cat", CLASSES[row + 1], 0.1, 0.8, 1, True, (Copy("b/9.png", "b"),) * row)
        for row, file in enumerate(FILES)
    ]
    decided = Corrections("before.csv", "0" * 32, frozenset(["old.png"]), {"o.png": "cat"})
    ranking = Ranking(Path("cv"), "images", CLASSES, 0.9, ranked, decided)
    pixels = np.zeros((80, 60, 3), np.uint8)
    shown = [Pictured(one, pixels) for one in ranked[:2]] + [Pictured(ranked[2], None, "gone")]
    path = tmp_path_factory.mktemp("suspects") / "page.html"
    path.write_text(page(ranking, shown), encoding="utf-8")
    return path


# What is saved is handed to the test instead of to the user.
CATCH = """
URL.createObjectURL = (blob) => {
  blob.text().then((text) => { window.saved = text; });
  return "#";
};
"""


def test_decisions_become_the_table_that_corrections_takes(browser: Any, place: Path) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import Select, WebDriverWait

    browser.get(place.as_uri())
    assert [url for url in requests(browser) if not url.startswith("data:")] == [place.as_uri()]
    assert browser.get_log("browser") == []
    save = browser.find_element(By.ID, "save")
    assert not save.is_enabled()
    fields = browser.find_elements(By.TAG_NAME, "fieldset")
    assert len(fields) == 3
    assert (
        Select(fields[1].find_element(By.TAG_NAME, "select")).first_selected_option.text
        == (CLASSES[2])
    )
    browser.execute_script("arguments[0].scrollIntoView()", fields[0])
    fields[0].find_element(By.CSS_SELECTOR, "input[value=drop]").click()
    browser.execute_script("arguments[0].scrollIntoView()", fields[1])
    Select(fields[1].find_element(By.TAG_NAME, "select")).select_by_visible_text('do"g')
    count = browser.find_element(By.ID, "count").text
    assert count == "2 of 3 decided (and 2 of before)"
    browser.execute_script(CATCH)
    save.click()
    WebDriverWait(browser, 10).until(lambda _: browser.execute_script("return window.saved"))
    table = list(csv.reader(io.StringIO(browser.execute_script("return window.saved"))))
    assert table == [
        ["file", "action", "label"],
        ["cat/1.png", "drop", ""],
        ['cat/"2", x.png', "relabel", 'do"g'],
        ["o.png", "relabel", "cat"],
        ["old.png", "drop", ""],
    ]
    assert browser.get_log("browser") == []


def test_it_fits_a_telephone_and_is_read_out(browser: Any, place: Path) -> None:
    browser.set_window_size(400, 800)
    browser.get(place.as_uri())
    wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert browser.execute_script(wide) <= 0
    assert grave_faults(browser) == []
