"""What kind of file some bytes are, told from how they begin."""

from __future__ import annotations

# What a file begins with, its format, and Pillow's class that reads its header (imported only
# when such a file comes: importing all of Pillow's takes longer than importing OpenCV).
SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "PNG", "PngImagePlugin:PngImageFile"),
    (b"\xff\xd8\xff", "JPEG", "JpegImagePlugin:JpegImageFile"),
    (b"II*\0", "TIFF", "TiffImagePlugin:TiffImageFile"),
    (b"MM\0*", "TIFF", "TiffImagePlugin:TiffImageFile"),
    (b"II+\0", "TIFF", "TiffImagePlugin:TiffImageFile"),
    (b"MM\0+", "TIFF", "TiffImagePlugin:TiffImageFile"),
    (b"BM", "BMP", "BmpImagePlugin:BmpImageFile"),
    (b"GIF8", "GIF", "GifImagePlugin:GifImageFile"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG2000", "Jpeg2KImagePlugin:Jpeg2KImageFile"),
    (b"\xff\x4f\xff\x51", "JPEG2000", "Jpeg2KImagePlugin:Jpeg2KImageFile"),
    *((b"P%d" % kind, "PNM", "PpmImagePlugin:PpmImageFile") for kind in range(1, 7)),
    (b"Pf", "PNM", "PpmImagePlugin:PpmImageFile"),
)
WEBP = ("WebP", "WebPImagePlugin:WebPImageFile")
AVIF = ("AVIF", "AvifImagePlugin:AvifImageFile")

_NOT_READ = "a kind that is not read"
OTHERS = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip file"),
    (b"SIMPLE  =", "a FITS file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x7fELF", "a program"),
    (b"8BPS", "a Photoshop file"),
    (b"\xff\x0a", f"a JPEG XL image, {_NOT_READ}"),
    (b"\0\0\0\x0cJXL ", f"a JPEG XL image, {_NOT_READ}"),
    (b"v/1\x01", f"an OpenEXR image, {_NOT_READ}"),
    (b"#?RADIANCE", f"a Radiance image, {_NOT_READ}"),
    (b"P7\n", f"a PAM image, {_NOT_READ}"),
    (b"PF", f"a PFM image in colour, {_NOT_READ}"),
    (b"\0\0\1\0", "an icon"),
)


def identify(data: bytes) -> tuple[str, str] | None:
    """Return the format of an image file and Pillow's class for it; None for anything else."""
    for signature, format_, target in SIGNATURES:
        if data.startswith(signature):
            return format_, target
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WEBP
    if data[4:8] == b"ftyp" and data[8:12] in (b"avif", b"avis"):
        return AVIF
    return None


def is_dicom(data: bytes) -> bool:
    """Whether `data` begins as a DICOM file does (PS3.10, section 7.1)."""
    return data[128:132] == b"DICM"


def what_it_is(data: bytes) -> str:
    """Return in a few words what a file is that is no image, or none of a kind that is read."""
    said = _what(data)
    return said if _NOT_READ in said else f"{said}, not an image"


def _what(data: bytes) -> str:
    if not data:
        return "an empty file"
    if is_dicom(data):
        return f"a DICOM file, {_NOT_READ} yet"
    for signature, kind in OTHERS:
        if data.startswith(signature):
            return kind
    if data[4:8] == b"ftyp":
        return f"a HEIF image or a video, {_NOT_READ}"
    return _text(data[:4000]) or "a file of an unknown kind"


def _text(data: bytes) -> str | None:
    try:
        text = data[: len(data) - 3].decode("utf-8", "strict") if len(data) > 3 else data.decode()
    except UnicodeDecodeError:
        return None
    beginning = text.lstrip().lower()
    if beginning.startswith(("<!doctype html", "<html")):
        return "an HTML page"
    if beginning.startswith(("<svg", "<?xml")):
        return "an SVG or XML text"
    return None if set(text) & set(map(chr, range(9))) else "a text file"
