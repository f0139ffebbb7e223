"""The base of all results of a comparison."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """An immutable model; infinities and NaN are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
