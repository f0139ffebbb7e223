"""Files embedded in the page as `data:` URLs."""

from base64 import b64encode
from io import BytesIO
from pathlib import PurePath

from PIL import Image

_TYPES = {".png": "image/png", ".pdf": "application/pdf"}
_COLORS = 256


def data_url(name: str, content: bytes) -> str:
    """Return a file's content as a `data:` URL, of the type that its name's ending says."""
    return f"data:{_TYPES[PurePath(name).suffix]};base64,{b64encode(content).decode()}"


def smaller_png(content: bytes) -> bytes:
    """Return a picture with at most 256 colours, a quarter of its size; a figure shows no difference.

    Raises:
        ValueError: it is damaged, or no PNG.
    """
    small = BytesIO()
    try:
        # No other format: for some, Pillow runs another program.
        with Image.open(BytesIO(content), formats=["PNG"]) as picture:
            few = picture.convert("RGB").quantize(_COLORS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
            few.save(small, "png", optimize=True)
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"not a PNG picture ({error!s:.80})") from None
    return min(content, small.getvalue(), key=len)
