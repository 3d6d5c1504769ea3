"""The page of `cnncli convolve --html` in a real browser, against what the command says."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.conftest import Cli

pytestmark = pytest.mark.browser
PHONE = (390, 844)


class Page:
    """The page, as a user works with it."""

    def __init__(self, browser: Any, path: Path, size: tuple[int, int] = (1280, 800)) -> None:
        self.browser = browser
        metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1}
        metrics["mobile"] = size == PHONE
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        browser.get_log("browser")  # what an earlier page had to say
        browser.get(path.as_uri())

    def find(self, name: str) -> Any:
        return self.browser.find_element("id", name)

    def set(self, name: str, value: str) -> None:
        """Choose in a list, or type into a field and leave it."""
        field = self.find(name)
        if field.tag_name == "select":
            field.find_element("xpath", f".//option[@value='{value}' or text()='{value}']").click()
        else:
            overtype(field, value)

    def at(self, row: int, column: int) -> float:
        self.set("row", str(row))
        self.set("column", str(column))
        return self.output

    @property
    def output(self) -> float:
        return float(self.find("end").get_attribute("data-value"))

    @property
    def place(self) -> tuple[int, int]:
        return int(self.find("row").get_attribute("value")), int(
            self.find("column").get_attribute("value")
        )

    def complaints(self) -> list[str]:
        return [entry["message"] for entry in self.browser.get_log("browser")]


def overtype(field: Any, value: str) -> None:
    """Replace what stands in a field, and leave it."""
    field.send_keys("\ue009a\ue000", value, "\t")  # Control-A


def said(cli: Cli, *argv: str | Path) -> list[float]:
    """Return what the command computes for one pixel, channel by channel."""
    result = cli("convolve", *argv, "--json")
    assert result.code == 0, result.err
    return [channel["output"] for channel in json.loads(result.out)["channels"]]


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    pixels = np.random.default_rng(3).integers(0, 256, (40, 53, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def written(cli: Cli, image: str | Path, path: Path, *options: str) -> Path:
    result = cli("convolve", image, *options, "--html", path)
    assert result.code == 0, result.err
    return path


@pytest.mark.parametrize("image", ["sample:mri", "sample:digits/4"])
def test_values_are_those_of_the_command(
    browser: Any, cli: Cli, tmp_path: Path, image: str
) -> None:
    page = Page(browser, written(cli, image, tmp_path / "page.html", "-k", "sobel"))
    for kernel in ("sobel", "gaussian", "emboss"):
        page.set("kernel", kernel)
        for row, column in ((0, 0), (3, 7), (5, 2)):
            (expected,) = said(cli, image, "-k", kernel, "--at", f"{row},{column}")
            assert page.at(row, column) == pytest.approx(expected, rel=1e-12, abs=1e-9)
    assert page.complaints() == []


def test_settings_work_as_those_of_the_command(
    browser: Any, cli: Cli, photo: Path, tmp_path: Path
) -> None:
    page = Page(browser, written(cli, photo, tmp_path / "page.html", "-k", "sobel-left"))
    settings = {"padding": "reflect", "stride": "2", "dilation": "3", "bias": "4.5"}
    for name, value in settings.items():
        page.set(name, value)
    page.set("activation", "leaky_relu")
    page.find("flip").click()
    options = ["--padding", "reflect", "--stride", "2", "--dilation", "3", "--bias", "4.5"]
    options += ["-a", "leaky_relu", "--flip", "-k", "sobel-left"]
    for row, column in ((0, 0), (19, 26), (7, 11)):
        expected = said(cli, photo, *options, "--at", f"{row},{column}")
        for channel, value in zip(("red", "green", "blue"), expected, strict=True):
            page.set("shown", channel)
            assert page.at(row, column) == pytest.approx(value, rel=1e-12)
    page.set("channels", "sum")
    (expected,) = said(cli, photo, *options, "--sum", "--at", "7,11")
    assert page.at(7, 11) == pytest.approx(expected, rel=1e-12)
    assert page.complaints() == []


@pytest.mark.parametrize(
    "options",
    [
        ["-k", "gaussian"],
        ["-k", "sobel", "--padding", "valid", "--stride", "3", "--bias", "2", "-a", "sigmoid"],
        ["-k", "sobel-top", "--padding", "reflect", "--stride", "2", "--dilation", "4"],
        ["-k", "emboss", "--padding", "edge", "--dilation", "3", "--flip", "--sum"],
        ["-k", "motion-blur:size=31", "--padding", "reflect"],
    ],
)
def test_the_whole_feature_map_is_that_of_the_command(
    browser: Any, cli: Cli, photo: Path, tmp_path: Path, options: list[str]
) -> None:
    page = Page(browser, written(cli, photo, tmp_path / "page.html", *options))
    script = "return [shown.rows, shown.columns, shown.planes.map((plane) => [...plane])]"
    rows, columns, planes = page.browser.execute_script(script)
    result = cli("convolve", photo, *options, "--raw", "-o", tmp_path / "values.npy")
    assert result.code == 0, result.err
    expected = np.load(tmp_path / "values.npy").reshape(rows, columns, len(planes))
    found = np.array(planes).reshape(len(planes), rows, columns)
    np.testing.assert_allclose(np.moveaxis(found, 0, 2), expected, rtol=1e-6, atol=1e-4)
    page.set("row", "9")
    assert page.output == pytest.approx(found[0, 9, page.place[1]], rel=1e-9, abs=1e-9)
    assert page.complaints() == []


def test_a_kernel_is_edited_by_hand(browser: Any, cli: Cli, photo: Path, tmp_path: Path) -> None:
    page = Page(browser, written(cli, photo, tmp_path / "page.html", "-k", "identity"))
    weight = page.browser.find_element("css selector", "[aria-label='weight in row 0, column 2']")
    overtype(weight, "1/4")
    (red, *_) = said(cli, photo, "-k", "0 0 0.25; 0 1 0; 0 0 0", "--at", "9,9")
    assert page.at(9, 9) == pytest.approx(red)
    assert "0 0 0.25; 0 1 0; 0 0 0" in page.find("command").text
    overtype(weight, "abc")
    assert "not a number" in page.find("error").text
    assert page.at(9, 9) == pytest.approx(red)


def test_the_keyboard_moves_the_window(browser: Any, cli: Cli, tmp_path: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    page = Page(browser, written(cli, "sample:mri", tmp_path / "page.html", "--at", "20,30"))
    assert page.place == (20, 30)
    page.find("outputFrame").send_keys(Keys.ARROW_DOWN, Keys.ARROW_LEFT, Keys.ARROW_LEFT)
    assert page.place == (21, 28)
    page.find("inputFrame").send_keys(Keys.SHIFT, Keys.ARROW_RIGHT)
    assert page.place == (21, 38)
    page.find("outputFrame").send_keys(*[Keys.ARROW_UP] * 40)
    assert page.place == (0, 38)


def test_a_large_image_is_shrunk_and_the_page_begins_where_it_was_asked_to(
    browser: Any, cli: Cli, tmp_path: Path
) -> None:
    Image.fromarray(np.zeros((1000, 1280), np.uint8)).save(tmp_path / "large.png")
    options = ["-k", "blur", "--at", "600,400"]
    page = Page(browser, written(cli, tmp_path / "large.png", tmp_path / "page.html", *options))
    assert page.place == (300, 200)
    assert "shrunk from 1000 × 1280" in page.find("inputSize").text
    assert "shrunk to 500 x 640" in page.find("command").text


def test_pointing_shows_the_pixel_under_the_mouse(
    browser: Any, cli: Cli, photo: Path, tmp_path: Path
) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    page = Page(browser, written(cli, photo, tmp_path / "page.html", "-k", "blur"))
    frame = page.find("outputFrame")
    ActionChains(browser).move_to_element_with_offset(frame, 3, 2).perform()
    cell = frame.size["width"] / 53
    row, column = page.place
    assert abs(row - 20) <= 3 / cell and abs(column - 26) <= 3 / cell + 1
    (red, *_) = said(cli, photo, "-k", "blur", "--at", f"{row},{column}")
    assert page.output == pytest.approx(red)


def test_it_fits_a_phone(browser: Any, cli: Cli, tmp_path: Path) -> None:
    path = written(cli, "sample:mri", tmp_path / "page.html", "-k", "sobel")
    page = Page(browser, path, PHONE)
    wide = page.browser.execute_script("return document.documentElement.scrollWidth")
    assert wide == PHONE[0]
    page.browser.execute_script("arguments[0].scrollIntoView()", page.find("right"))
    before = page.place
    page.find("right").click()
    assert page.place == (before[0], before[1] + 1)
    Page(browser, path)  # back to the size of a desk


@pytest.mark.parametrize("options", [["--sum", "-k", "gaussian:size=9"], ["-k", "sobel"]])
def test_nothing_stands_out_sideways(
    browser: Any, cli: Cli, photo: Path, tmp_path: Path, options: list[str]
) -> None:
    path = written(cli, photo, tmp_path / "page.html", *options)
    for width in (320, 390, 768, 1024, 1280):
        page = Page(browser, path, (width, 800))
        wide, seen = page.browser.execute_script(
            "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert wide <= seen, width
    Page(browser, path)


def test_parts_of_the_arithmetic_open_and_close(browser: Any, cli: Cli, tmp_path: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    options = ["-k", "gaussian", "--sum", "--at", "20,30"]
    page = Page(browser, written(cli, "sample:china", tmp_path / "page.html", *options))

    def opened() -> list[bool]:
        parts = page.browser.find_elements("css selector", "details.step")
        return [part.get_attribute("open") is not None for part in parts]

    assert opened() == [True, False, False]
    page.browser.find_elements("css selector", "details.step summary")[1].send_keys(Keys.ENTER)
    page.find("outputFrame").send_keys(Keys.ARROW_DOWN)
    assert page.place == (21, 30)
    assert opened() == [True, True, False]
    # The sums in the headings lead to the output.
    headings = page.browser.find_elements("css selector", "details.step summary")
    sums = [float(heading.text.split()[-1]) for heading in headings]
    assert sum(sums) == pytest.approx(page.output, rel=1e-4)


def test_the_window_slides_by_itself_and_stops(browser: Any, cli: Cli, tmp_path: Path) -> None:
    from selenium.webdriver.support.wait import WebDriverWait

    # Over 8 x 8 places: from the end of a row to the next one.
    options = ["-k", "blur", "--at", "2,7"]
    page = Page(browser, written(cli, "sample:digits/4", tmp_path / "page.html", *options))
    page.find("play").click()
    WebDriverWait(browser, 10).until(lambda _: page.place >= (3, 0))
    assert page.find("play").get_attribute("aria-pressed") == "true"
    page.find("play").click()
    stopped = page.place
    browser.execute_async_script("setTimeout(arguments[0], 800)")
    assert page.place == stopped
    assert page.complaints() == []


def test_the_window_is_enlarged_where_pixels_are_small(
    browser: Any, cli: Cli, tmp_path: Path
) -> None:
    for image, is_small in (("sample:mri", False), ("sample:digits/4", True)):
        page = Page(browser, written(cli, image, tmp_path / f"{is_small}.html", "--at", "2,3"))
        for lens in ("inputLens", "outputLens"):
            assert page.find(lens).is_displayed() is not is_small
    assert page.complaints() == []


def test_the_lens_shows_the_pixels_under_the_window(
    browser: Any, cli: Cli, photo: Path, tmp_path: Path
) -> None:
    page = Page(browser, written(cli, photo, tmp_path / "page.html", "--at", "12,31"))
    script = """
        const lens = document.getElementById("inputLens"), context = lens.getContext("2d");
        const at = (row, column) =>
            [...context.getImageData(column * 16 + 8, row * 16 + 8, 1, 1).data];
        return [at(7, 7), at(0, 0), at(14, 3)];
    """
    middle, corner, low = page.browser.execute_script(script)
    pixels = np.asarray(Image.open(photo))
    for found, (row, column) in ((middle, (12, 31)), (corner, (5, 24)), (low, (19, 27))):
        assert found[:3] == pixels[row, column].tolist()


def test_a_window_that_does_not_fit_is_said(browser: Any, cli: Cli, tmp_path: Path) -> None:
    page = Page(browser, written(cli, "sample:digits/4", tmp_path / "page.html", "-k", "blur"))
    page.set("padding", "valid")
    page.set("dilation", "9")
    assert "does not fit" in page.find("error").text
    page.set("dilation", "1")
    assert page.find("error").text == ""
    assert page.complaints() == []


def test_a_name_is_text_and_never_markup(browser: Any, cli: Cli, tmp_path: Path) -> None:
    image = tmp_path / "<img src=x onerror=document.title='bad'>$data.png"
    Image.fromarray(np.zeros((4, 5), np.uint8)).save(image)
    page = Page(browser, written(cli, image, tmp_path / "page.html", "-k", "blur"))
    assert "onerror" in page.find("name").text
    assert "onerror" in browser.title
    assert page.complaints() == []


def test_the_page_refers_to_no_other_host(cli: Cli, tmp_path: Path) -> None:
    text = written(cli, "sample:mri", tmp_path / "page.html").read_text(encoding="utf-8")
    assert re.findall(r"https?:|src=|href=|//\w+\.\w", text) == []
    assert "default-src 'none'" in text


@pytest.mark.parametrize("sample", ["portrait", "china"])
def test_it_prints_on_one_page(browser: Any, cli: Cli, tmp_path: Path, sample: str) -> None:
    path = tmp_path / "page.html"
    assert cli("convolve", f"sample:{sample}", "--kernel", "outline", "--html", path).code == 0
    Page(browser, path)
    printed = base64.b64decode(browser.print_page())
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
