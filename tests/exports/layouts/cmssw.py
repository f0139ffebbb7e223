"""What CMS's cmssw does with a model and its `preprocess.json`, as of 2026.

GlobalParticleTransformerAK8TagInfoProducer for the variables, center_norm_pad and ParticleNetConstructor of
deep_helpers, BoostedJetONNXJetTagsProducer, and PhysicsTools/ONNXRuntime.
"""

import json
import math
from collections import defaultdict

import numpy as np
import onnxruntime

CHARGED = ["charge", "isEl", "isMu", "isChargedHad", "isLostTrack"]
NEUTRAL = ["isGamma", "isNeutralHad"]


def log(value):
    return math.log(value) if value > 0 else -math.inf


def delta_phi(phi, other):
    return (phi - other + math.pi) % (2 * math.pi) - math.pi


def tag_info(jet, candidates):
    """Variables of a jet, in GeV: its charged candidates and lost tracks, and its neutral ones, each by pT."""
    features = defaultdict(list)
    if not candidates:
        return features
    features["jet_pt_log"], features["jet_eta"] = [log(jet["pt"])], [jet["eta"]]
    features["jet_mass_log"] = [log(jet["mass"])]
    features["jet_energy_log"] = [log(math.hypot(jet["pt"] * math.cosh(jet["eta"]), jet["mass"]))]
    for each in sorted(candidates, key=lambda each: -each["pt"]):
        group, names = ("cpfcandlt", CHARGED) if each["charge"] else ("npfcand", NEUTRAL)
        values = {
            "px": each["pt"] * math.cos(each["phi"]),
            "py": each["pt"] * math.sin(each["phi"]),
            "pz": each["pt"] * math.sinh(each["eta"]),
            "energy": each["energy"],
            "phirel": delta_phi(each["phi"], jet["phi"]),
            "etarel": (1 if jet["eta"] > 0 else -1) * (each["eta"] - jet["eta"]),
            "mask": 1,
            "puppiw": each.get("puppiw", 1),
        }
        for name, value in (values | {name: each.get(name, 0) for name in names}).items():
            features[f"{group}_{name}"].append(value)
    return features


def center_norm_pad(values, info, min_length, max_length):
    """One variable as the model gets it, of at least and at most these lengths."""
    low, high = np.float32(info["lower_bound"]), np.float32(info["upper_bound"])
    assert low <= info["pad"] <= high
    assert min_length <= max_length
    length = min(max(len(values), min_length), max_length)
    values = [each if np.isfinite(each) and abs(each) <= 1e32 else info["replace_inf_value"] for each in values]
    done = np.clip(
        (np.array(values[:length], np.float32) - np.float32(info["median"])) * info["norm_factor"], low, high
    )
    return np.concatenate([done, np.full(length - len(done), info["pad"])]).astype(np.float32)


class JetTags:
    """The producer with a model, its JSON and the names of its outputs."""

    def __init__(self, proto, preprocess):
        self.session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
        self.groups = json.loads(preprocess)
        self.names = self.groups["output_names"]

    def __call__(self, features):
        """The score of each class of a jet; zero for one without candidates, of which the model is not asked."""
        if not any(features.values()):
            return np.zeros(len(self.names))
        fed = {}
        for name in self.groups["input_names"]:
            group = self.groups[name]
            lengths = group["min_length"], group["max_length"]
            columns = [
                center_norm_pad(features[each], group["var_infos"][each], *lengths) for each in group["var_names"]
            ]
            fed[name] = np.concatenate(columns).reshape(1, len(columns), len(columns[0]))
        for node in self.session.get_inputs():
            assert node.type == "tensor(float)"
            assert len(node.shape) == 3
        output = self.session.get_outputs()[0]
        assert output.type == "tensor(float)"
        assert all(isinstance(size, int) for size in output.shape[1:])
        scores = self.session.run(None, {node.name: fed[node.name] for node in self.session.get_inputs()})[0]
        assert scores.size == len(self.names)
        return scores.ravel()
