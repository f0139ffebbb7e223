"""Embedded files keep their content; pictures only lose colours that no one sees."""

import os
from base64 import b64decode
from io import BytesIO

import numpy as np
import pytest
from PIL import EpsImagePlugin, Image

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


def test_a_picture_of_another_format_is_not_given_to_another_program(tmp_path, monkeypatch):
    ghostscript, hacked = tmp_path / "gs", tmp_path / "hacked"
    ghostscript.write_text(f"#!/bin/sh\ntouch {hacked}\n")
    ghostscript.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(EpsImagePlugin, "gs_binary", None)  # not yet looked for
    picture = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n%%EOF\n"
    with pytest.raises(OSError, match=r"Unable to locate|cannot identify|broken|No such file"):
        Image.open(BytesIO(picture)).convert("RGB")
    hacked.unlink()
    with pytest.raises(ValueError, match="not a PNG picture"):
        smaller_png(picture)
    assert not hacked.exists()


@pytest.mark.parametrize(
    "content", [b"", b"<svg onload='alert(1)'/>", png(np.zeros((9, 9, 3), np.uint8))[:45]], ids=range(3)
)
def test_a_picture_that_is_damaged_or_none_is_refused(content):
    with pytest.raises(ValueError, match="not a PNG picture"):
        smaller_png(content)
