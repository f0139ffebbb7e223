"""What ATLAS's athena does with a model: FlavorTagInference's SaltModel, GNNDataLoader, loaders and GNN, as of 2026."""

import json
import math
import re

import numpy as np
import onnxruntime

PION = 139.57039  # MeV
JET_GETTERS = {
    "pt": lambda jet: jet["pt"],
    "eta": lambda jet: jet["eta"],
    "phi": lambda jet: jet["phi"],
    "mass": lambda jet: jet["mass"],
    "energy": lambda jet: math.hypot(jet["pt"] * math.cosh(jet["eta"]), jet["mass"]),
}
FLOW_TYPES = [r"(pt|deta|dphi|dr|energy|isCharged)"]
TRACK_TYPES = [
    r"numberOf.*",
    r"(numberDoF|chiSquared|qOverP|theta)",
    r"(^.*[_])?(d|z)0.*",
    r"(log_)?(ptfrac|dr|pt).*",
    r"(deta|dphi)",
    r"phi|theta|qOverP",
    r"(phi|theta|qOverP)Uncertainty",
    r"lifetimeSigned.*",
]
SORTS = {r".*absSd0sort": "abs_sd0", r".*sd0sort": "sd0", r".*ptsort": "pt", r".*absD0DescendingSort": "abs_d0"}
SELECTIONS = [r".*_ip3d_.*", r".*_all_.*", r".*_r22default_.*", r".*_r22loose_.*"]


def get(variable, particle, jet):
    """One variable of a constituent, as CustomGetterUtils computes it; others are decorations of the particle."""
    if variable == "deta":
        return particle["eta"] - jet["eta"]
    if variable == "dphi":
        return (particle["phi"] - jet["phi"] + math.pi) % (2 * math.pi) - math.pi
    if variable == "energy":
        return particle["energy"]
    return particle[variable]


class SaltModel:
    """A model of version v1 in a job: one jet at a time, its constituents as lists of particles, all in MeV."""

    def __init__(self, proto):
        self.session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
        self.config = json.loads(self.session.get_modelmeta().custom_metadata_map["gnn_config"])
        assert self.config["onnx_model_version"] == "v1"
        (self.name,) = {output.name.split("_", 1)[0] for output in self.session.get_outputs()}
        assert all("_" in output.name for output in self.session.get_outputs())
        for node in (*self.config["inputs"], *self.config["input_sequences"]):
            assert all(isinstance(each[key], float) for each in node["variables"] for key in ("offset", "scale"))
        assert len(self.config["inputs"]) <= 1
        self.jet = [each["name"] for node in self.config["inputs"] for each in node["variables"]]
        self.loaders = dict(self._loader(node) for node in reversed(self.config["input_sequences"]))

    @staticmethod
    def _loader(node):
        """Name of the model's input, kind of constituents and variables of a sequence."""
        name, variables = node["name"], [each["name"] for each in node["variables"]]
        kind = next(each for each in ("tracks", "flows", "hits", "electrons") if each in name)
        types = TRACK_TYPES if kind == "tracks" else FLOW_TYPES
        assert all(any(re.fullmatch(each, variable) for each in types) for variable in variables)
        if kind == "tracks":
            assert any(re.fullmatch(each, name) for each in SORTS)
            assert any(re.fullmatch(each, name) for each in SELECTIONS)
        return f"{kind[:-1]}_features", (kind, variables)

    def decorate(self, jet, constituents):
        """The decorations of a jet: numbers, lists per track, and the tracks that these refer to."""
        fed = {"jet_features": np.array([[JET_GETTERS[name](jet) for name in self.jet]], np.float32)}
        for node, (kind, variables) in self.loaders.items():
            particles = constituents.get(kind, [])
            rows = [[get(variable, each, jet) for variable in variables] for each in particles]
            fed[node] = np.array(rows, np.float32).reshape(len(particles), len(variables))
        assert "track_features" in self.loaders
        nodes = {node.name for node in self.session.get_inputs()}
        values = self.session.run(None, {name: fed[name] for name in nodes})
        decorations = {}
        for output, value in zip(self.session.get_outputs(), values, strict=True):
            assert (output.type, len(output.shape)) in (("tensor(float)", 0), ("tensor(float)", 1), ("tensor(int8)", 1))
            assert value.ndim == len(output.shape)
            decorations[output.name] = value
        if any(len(output.shape) == 1 for output in self.session.get_outputs()):
            decorations[f"{self.name}_TrackLinks"] = constituents["tracks"]
        return decorations
