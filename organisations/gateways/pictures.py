"""A logo from whatever file was given: read in bounds, drawn anew, nothing of the file kept but its pixels."""

import io
import warnings

from PIL import Image, UnidentifiedImageError

MOST_BYTES = 2 * 1024 * 1024
MOST_PIXELS = 16_000_000
LARGEST = (1200, 480)  # pixels: 10 cm by 4 cm at 300 dots an inch
LEAST = 16
_FORMATS = ("PNG", "JPEG")


class NoPicture(Exception):
    """The file is no logo; the message says why and what to give instead."""


def read_logo(content: bytes) -> tuple[bytes, int, int]:
    """PNG, width and height in pixels. Raises NoPicture."""
    if len(content) > MOST_BYTES:
        raise NoPicture(f"This file has {len(content) / 1024**2:.1f} MB. Give one of at most 2 MB.")
    if content.lstrip()[:5].lower() in {b"<?xml", b"<svg "}:
        raise NoPicture("This is an SVG, which can carry programs. Export it as PNG, about 1,200 pixels wide.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=_FORMATS) as found:
                _check(found.size)
                opaque = Image.new("RGBA", found.size, "white")
                opaque.alpha_composite(found.convert("RGBA"))
                picture = opaque.convert("RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise NoPicture("This picture has too many pixels. Give one about 1,200 pixels wide.") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise NoPicture("This file is no PNG or JPEG that can be read. Export the logo again as PNG.") from error
    picture.thumbnail(LARGEST, Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue(), picture.width, picture.height


def _check(size: tuple[int, int]) -> None:
    width, height = size
    if width * height > MOST_PIXELS:
        raise NoPicture(f"This picture has {width:,} × {height:,} pixels. Give one about 1,200 pixels wide.")
    if min(size) < LEAST:
        raise NoPicture(f"This picture has {width} × {height} pixels: too small to print. Give at least 16 in height.")
