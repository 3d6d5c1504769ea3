"""Looking closely at a convolution: the arithmetic of a pixel, an animation, a page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli import console
from cnncli.commands.shared import outputs
from cnncli.commands.shared.convolve_pictures import Request
from cnncli.errors import UsageError

if TYPE_CHECKING:
    from cnncli.images.convolution import Arithmetic
    from cnncli.images.image import Image

Place = tuple[int, int]


def looks(
    request: Request, at: str | None, animate: Path | None, html: Path | None, *, as_json: bool
) -> list[Callable[[], None]]:
    """Return what is to be done for `--at`, `--animate` and `--html`, each of it checked."""
    if at is None and animate is None and html is None:
        return []
    if len(request.images) != 1:
        raise UsageError("--at, --animate and --html take one image")
    _one_on_stdout(request, at, animate, html)
    place = _place(at) if at is not None else None
    # A page shows any number of kernels, and where --at looks with it.
    if (html is None or animate is not None or as_json) and len(request.kernels) != 1:
        raise UsageError(
            "--at and --animate take one kernel", hint="For example: --kernel sobel-left"
        )
    image = request.read(request.images[0])
    several = [kernel.name for kernel in request.kernels if kernel.sums(image.channels)]
    if several and (place is not None or html is not None):
        raise UsageError(
            f"--at and --html show one matrix; {several[0]} has one for each channel of the image",
            hint="Add --grey: the mean over its channels, on the grey values.",
        )
    found: list[Callable[[], None]] = []
    if place is not None and len(request.kernels) == 1:
        found.append(_arithmetic(request, image, place, as_json=as_json))
    if animate is not None:
        found.append(_animation(request, image, place, _destination(request, animate, ".gif")))
    if html is not None:
        found.append(_page(request, image, place, _destination(request, html, ".html")))
    return found


def _one_on_stdout(
    request: Request, at: str | None, animate: Path | None, html: Path | None
) -> None:
    places = {"-o": request.output, "--animate": animate, "--html": html}
    wanting = [f"{option} -" for option, path in places.items() if path == outputs.STDOUT]
    if at is not None and len(request.kernels) == 1:
        wanting.append("--at")
    if len(wanting) > 1:
        raise UsageError(
            f"{wanting[0]} and {wanting[1]} both want standard output",
            hint="Name a file for one of them.",
        )


def _place(text: str) -> Place:
    parts = text.replace(",", " ").split()
    if len(parts) != 2 or not all(part.isdecimal() for part in parts):
        raise UsageError(
            f'--at is ROW,COLUMN of an output pixel, counted from 0, not "{text}"',
            hint="For example: --at 100,120",
        )
    return int(parts[0]), int(parts[1])


def _destination(request: Request, path: Path, ending: str) -> outputs.Destination:
    if outputs.says_a_format(path) and path.suffix.lower() != ending:
        raise UsageError(f"{path} does not end in {ending}", hint=f"For example: slide{ending}")
    return outputs.choose(path, force=request.force, default=f"convolve{ending}")


def _arithmetic(
    request: Request, image: Image, place: Place, *, as_json: bool
) -> Callable[[], None]:
    from cnncli.images.convolution import arithmetic

    kernel = request.kernels[0]
    rows, columns = request.sliding.axes(image.height, image.width, kernel)
    if place[0] >= rows.out or place[1] >= columns.out:
        raise UsageError(
            f"--at {place[0]},{place[1]} lies outside of the output, which is "
            f"{rows.out} x {columns.out} (rows x columns)",
            hint=f"The last row is {rows.out - 1}, the last column {columns.out - 1}; "
            "both count from 0.",
        )
    worked = arithmetic(image.pixels, kernel, request.sliding, *place)

    def show() -> None:
        if as_json:
            console.json_result(_document(request, image, place, worked))
        else:
            console.result("\n".join(_lines(request, image, place, worked)), folds=True)

    return show


def _lines(request: Request, image: Image, place: Place, worked: list[Arithmetic]) -> list[str]:
    from cnncli.render.terminal import arithmetic

    kernel = request.kernels[0]
    title = f"{image.name}{_values(image)}, {kernel.name}: output row {place[0]}, column {place[1]}"
    body = arithmetic.text(worked, request.sliding.bias, request.activation, console.stdout().width)
    return [f"{title} ({', '.join(request.movement)})", "", *body]


def _values(image: Image) -> str:
    """Say what values the pixels have, where they are not those of every picture."""
    kind, bits = image.pixels.dtype, 8 * image.pixels.dtype.itemsize
    if kind.kind == "f":
        return f" ({kind} values)"
    return f" ({bits}-bit: 0 to {2**bits - 1:,})" if bits > 8 else ""


def _document(
    request: Request, image: Image, place: Place, worked: list[Arithmetic]
) -> dict[str, Any]:
    from cnncli.render.terminal.arithmetic import channel_names

    sliding = request.sliding
    names = ["sum"] if sliding.sum_channels else channel_names(len(worked))
    return {
        "schema": "cnncli.convolve/1",
        "image": image.name,
        "kernel": request.kernels[0].name,
        "row": place[0],
        "column": place[1],
        "padding": sliding.padding,
        "stride": sliding.stride,
        "dilation": sliding.dilation,
        "flip": sliding.flip,
        "transpose": sliding.transpose,
        "bias": sliding.bias,
        "activation": request.activation,
        "channels": [
            {
                "channel": name or "grey",
                "pixels": each.window.transpose(2, 0, 1),
                "weights": each.weights,
                "products": [product.transpose(2, 0, 1) for product in each.products],
                "sums": each.responses,
                "combined": each.combined,
                "biased": each.biased,
                "output": each.output,
            }
            for name, each in zip(names, worked, strict=True)
        ],
    }


def _animation(
    request: Request, image: Image, place: Place | None, destination: outputs.Destination
) -> Callable[[], None]:
    from cnncli.images.channels import to_grey
    from cnncli.render.pictures import slide, slide_part

    kernel = request.kernels[0]
    if request.sliding.transpose:
        raise UsageError("--animate shows no --transpose", hint="--at shows its arithmetic.")
    grey = to_grey(image).pixels
    part = slide_part.part(grey, kernel, request.sliding, place)

    def write() -> None:
        with outputs.writing(destination) as path, console.status("Drawing the animation"):
            slide.draw(path, grey, part, kernel, request.sliding, request.activation, image.name)
        what = " of its grey values" if image.channels > 1 else ""
        why = ", where the response varies most" if place is None and part.is_choice else ""
        console.note(
            f"Drawn{what}: the output's {slide_part.places(part.places)}{why}. "
            "Move it with --at ROW,COL."
        )

    return write


def _page(
    request: Request, image: Image, place: Place | None, destination: outputs.Destination
) -> Callable[[], None]:
    from cnncli.render.pages import kernel_page

    def write() -> None:
        page = kernel_page.build(
            image,
            request.kernels,
            request.sliding,
            request.activation,
            place,
            grey=request.grey,
        )
        with outputs.writing(destination) as path:
            path.write_text(page.html, encoding="utf-8")
        for note in page.notes:
            console.note(note)

    return write
