"""The section of a study card that says for whose software its taggers are exported."""

from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from tagwerk.cards.base import Section, first_duplicate

Layout = Literal["tagwerk", "atlas", "cms"]


class Export(Section):
    """Which trained taggers are also written as ONNX files, each with a model card, and for whose software.

    Instead of the section, its `layouts` can be given alone; `true` stands for `tagwerk`.
    """

    layouts: list[Layout] = Field(
        min_length=1, description="`tagwerk` for any program, `atlas` or `cms` for their own software"
    )
    taggers: list[str] = Field(default=[], description="the study's taggers that are exported; all by default")
    names: dict[Literal["atlas", "cms"], dict[str, str]] = Field(
        default={},
        description="for `atlas` and for `cms`, what the experiment's software calls a sequence or a further variable "
        "of constituents",
    )
    selected: bool = Field(
        default=False,
        description="for `atlas` and `cms`, whether the job feeds only constituents that pass the selections of the "
        "dataset's sequences",
    )

    @field_validator("layouts", "taggers")
    @classmethod
    def _values_are_unique(cls, values: list[str]) -> list[str]:
        if (value := first_duplicate(values)) is not None:
            raise ValueError(f"'{value}' is duplicated; name it once")
        return values

    @model_validator(mode="after")
    def _has_the_layouts_that_it_sets(self) -> Self:
        for layout in self.names:
            if layout not in self.layouts:
                raise ValueError(f"key 'names.{layout}': '{layout}' is not among the layouts; add it there, or drop it")
        if self.selected and self.layouts == ["tagwerk"]:
            raise ValueError("key 'selected' is for the layouts 'atlas' and 'cms'; add one, or drop it")
        return self


def as_export(value: Any) -> Any:
    """Return the section that a shorter form stands for."""
    if value is None or value is False or value == []:
        return None
    if value is True:
        return {"layouts": ["tagwerk"]}
    if isinstance(value, str):
        return {"layouts": [value]}
    return {"layouts": value} if isinstance(value, list) else value
