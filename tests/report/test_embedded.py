"""Embedded files keep their content; pictures only lose colours that no one sees."""

from base64 import b64decode
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from tagwerk.report.embedded import data_url, smaller_png


def png(pixels):
    file = BytesIO()
    Image.fromarray(pixels).save(file, "png")
    return file.getvalue()


def test_a_data_url_has_type_and_content():
    head, _, content = data_url("roc.pdf", b"%PDF-1.4").partition(",")
    assert head == "data:application/pdf;base64"
    assert b64decode(content) == b"%PDF-1.4"
    with pytest.raises(KeyError):
        data_url("roc.exe", b"")


def test_a_picture_of_many_shades_becomes_smaller_and_stays_nearly_the_same():
    ramp = np.linspace(0, 255, 300).astype(np.uint8)
    noise = np.random.default_rng(1).integers(0, 4, (200, 300, 3), dtype=np.uint8)
    pixels = np.clip(np.broadcast_to(ramp[None, :, None], (200, 300, 3)).astype(int) + noise, 0, 255).astype(np.uint8)
    small = smaller_png(png(pixels))
    assert len(small) < len(png(pixels)) / 2
    after = np.asarray(Image.open(BytesIO(small)).convert("RGB"))
    assert np.abs(after.astype(int) - pixels).mean() < 16


def test_a_picture_that_is_small_already_is_kept():
    tiny = png(np.zeros((1, 1, 3), np.uint8))
    assert len(smaller_png(tiny)) <= len(tiny)
