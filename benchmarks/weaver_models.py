"""Writes tests/training/weaver: small networks that weaver-core itself exported, jets, and their scores in PyTorch.

Run: python benchmarks/weaver_models.py FOLDER, in an environment with weaver-core and onnx

The weights are random. weaver-core reads the jets from `jets.root` with its own loader, which builds the features, and
exports the networks with its own `train.onnx`. Scores in single precision are compared with those in double precision.
"""

import argparse
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import awkward as ak
import numpy as np
import torch
import uproot
import yaml
from weaver import train as weaver_train
from weaver.utils.dataset import DataConfig, SimpleIterDataset

LENGTH, COUNTS = 24, [0, 1, 2, 5, 9, 12, 17, 23, 24, 25, 40, 3]
SPREAD = 0.5  # of the jets' log odds
ROUNDING = 4e-6  # of a probability, between single and double precision

DATA: dict[str, Any] = {
    "new_variables": {
        "part_mask": "ak.ones_like(part_energy)",
        "part_pt": "np.hypot(part_px, part_py)",
        "part_pt_log": "np.log(part_pt)",
        "part_e_log": "np.log(part_energy)",
        "part_logptrel": "np.log(part_pt/jet_pt)",
        "part_logerel": "np.log(part_energy/jet_energy)",
        "part_deltaR": "np.hypot(part_deta, part_dphi)",
        "part_d0": "np.tanh(part_d0val)",
    },
    "inputs": {
        "pf_points": {"vars": [["part_deta", None], ["part_dphi", None]]},
        "pf_features": {
            "vars": [
                ["part_pt_log", 1.7, 0.7],
                ["part_e_log", 2.0, 0.7],
                ["part_logptrel", -4.7, 0.7],
                ["part_logerel", -4.7, 0.7],
                ["part_deltaR", 0.2, 4.0],
                ["part_d0", None],
                ["part_deta", None],
                ["part_dphi", None],
            ]
        },
        "pf_vectors": {"vars": [["part_px", None], ["part_py", None], ["part_pz", None], ["part_energy", None]]},
        "pf_mask": {"vars": [["part_mask", None]]},
    },
    "labels": {"type": "simple", "value": ["label_top", "label_qcd"]},
    "observers": ["row"],
}
for name, given in DATA["inputs"].items():
    given |= {"length": LENGTH, "pad_mode": "constant" if name == "pf_mask" else "wrap"}

NETWORK = """
import torch
from weaver.nn.model.ParticleNet import ParticleNet
from weaver.nn.model.ParticleTransformer import ParticleTransformer

NAME = {name!r}


class Model(torch.nn.Module):
    def __init__(self, features, export):
        super().__init__()
        self.softmax = export
        if NAME == "particle_net":
            self.mod = ParticleNet(features, 2, conv_params=[(3, (8, 8))], fc_params=[(8, 0.0)], use_fusion=False)
        else:
            self.mod = ParticleTransformer(
                features, 2, pair_input_dim=4, embed_dims=[8, 8], pair_embed_dims=[8], num_heads=2, num_layers=1,
                num_cls_layers=1, fc_params=[], trim=False, for_inference=export,
            )

    def forward(self, points, features, vectors, mask):
        if NAME == "particle_net":
            logits = self.mod(points, features, mask)
            return torch.softmax(logits, dim=1) if self.softmax else logits
        return self.mod(features, vectors, mask)


def get_model(data_config, for_inference=False, **options):
    names = list(data_config.input_names)
    return Model(len(data_config.input_dicts["pf_features"]), for_inference), {{
        "input_names": names,
        "input_shapes": {{name: (1, *shape[1:]) for name, shape in data_config.input_shapes.items()}},
        "output_names": ["softmax"],
        "dynamic_axes": {{**{{name: {{0: "N", 2: "n_pf"}} for name in names}}, "softmax": {{0: "N"}}}},
    }}
"""


def jets() -> dict:
    """Return the branches of jets with these numbers of constituents, in descending order of pT."""
    random, counts = np.random.default_rng(5), np.array(COUNTS)
    jet_pt, jet_eta = random.uniform(500, 700, len(counts)), random.uniform(-2, 2, len(counts))
    jet_phi, jet_mass = random.uniform(-np.pi, np.pi, len(counts)), random.uniform(20, 200, len(counts))
    pt = ak.flatten(ak.sort(ak.unflatten(random.exponential(20, counts.sum()) + 0.5, counts), ascending=False))
    d_eta, d_phi = random.normal(0, 0.2, (2, counts.sum()))
    eta, phi = np.repeat(jet_eta, counts) + d_eta, np.repeat(jet_phi, counts) + d_phi
    pt, sign = np.asarray(pt), np.sign(np.repeat(jet_eta, counts))
    lists = {
        "part_px": pt * np.cos(phi),
        "part_py": pt * np.sin(phi),
        "part_pz": pt * np.sinh(eta),
        "part_energy": pt * np.cosh(eta) * random.uniform(1, 1.02, len(pt)),
        "part_deta": sign * d_eta,  # as in JetClass
        "part_dphi": d_phi,
        "part_d0val": random.normal(0, 0.5, len(pt)),
    }
    label = np.arange(len(counts)) % 2
    return {
        "row": np.arange(len(counts)),
        "label_top": label.astype(np.int32),
        "label_qcd": (1 - label).astype(np.int32),
        "jet_pt": jet_pt,
        "jet_eta": jet_eta,
        "jet_phi": jet_phi,
        "jet_energy": np.hypot(jet_pt * np.cosh(jet_eta), jet_mass),
        **{name: ak.unflatten(values.astype(np.float32), counts) for name, values in lists.items()},
    }


def write_jets(path: Path) -> None:
    """Write the jets as a TTree."""
    branches = jets()
    kinds = {name: "var * float32" if isinstance(each, ak.Array) else each.dtype for name, each in branches.items()}
    with uproot.recreate(path, compression=uproot.LZMA(9)) as file:
        file.mktree("tree", kinds, counter_name=lambda name: f"n_{name}")
        file["tree"].extend(branches)


def arguments(folder: Path, out: Path, name: str) -> argparse.Namespace:
    """Return what weaver's export reads of its command line."""
    return argparse.Namespace(
        data_config=str(folder / "data.yaml"),
        network_config=str(folder / f"{name}.py"),
        network_option=[],
        model_prefix=str(folder / f"{name}.pt"),
        export_onnx=str(out / f"{name}.onnx"),
        onnx_opset=15,
        use_amp=False,
        compile=False,
        load_model_weights=None,
        exclude_model_weights=None,
        freeze_model_weights=None,
        regression_mode=False,
    )


def inputs_of(file: Path, card: Path) -> tuple[list[str], list[torch.Tensor]]:
    """Return the names and arrays of a network's inputs, as weaver's loader makes them."""
    data = SimpleIterDataset({"_": [str(file)]}, str(card), for_training=False, fetch_by_files=True, fetch_step=1)
    rows = {int(others["row"]): inputs for inputs, _, others in data}
    assert len(rows) == len(COUNTS)
    batches = [rows[row] for row in sorted(rows)]
    names = list(data.config.input_names)
    return names, [torch.tensor(np.stack([each[name] for each in batches])) for name in names]


def spread_scores(model: torch.nn.Module, inputs: list[torch.Tensor]) -> None:
    """Scale and shift the last layer, so that the scores depend much on the inputs."""
    with torch.no_grad():
        probabilities = model.double()(*(each.double() for each in inputs))
        odds = torch.log(probabilities[:, 0] / probabilities[:, 1])
        last = model.float().mod.fc[-1]
        for weight in (last.weight, last.bias):
            weight *= SPREAD / odds.std()
        last.bias[0] -= odds.mean() * SPREAD / odds.std()


def main(out: Path) -> None:
    """Write all files."""
    out.mkdir(exist_ok=True)
    write_jets(out / "jets.root")
    scores = {}
    with TemporaryDirectory() as path:
        folder = Path(path)
        (folder / "data.yaml").write_text(yaml.safe_dump(DATA, sort_keys=False), encoding="utf-8")
        _, inputs = inputs_of(out / "jets.root", folder / "data.yaml")
        config = DataConfig.load(str(folder / "data.yaml"), load_observers=False, load_reweight_info=False)
        for name in ("particle_net", "transformer"):
            (folder / f"{name}.py").write_text(NETWORK.format(name=name), encoding="utf-8")
            given = arguments(folder, out, name)
            torch.manual_seed(7)
            model = weaver_train.model_setup(given, config)[0].eval()
            for weight in model.parameters():
                if weight.ndim == 1:
                    torch.nn.init.uniform_(weight, 0.5, 1.5)
            spread_scores(model, inputs)
            torch.save(model.state_dict(), given.model_prefix)
            weaver_train.onnx(given)
            with torch.no_grad():
                single = model(*inputs).numpy()
                double = model.double()(*(each.double() for each in inputs)).numpy()
            print(name, np.abs(single - double).max(axis=1), single[:, 0])
            scores[name] = [None if np.isnan(row).any() else row.astype(float).tolist() for row in single]
            if np.nanmax(np.abs(single - double)) > ROUNDING:
                sys.exit(f"weaver_models.py: {name}: single and double precision differ by more than {ROUNDING}")
    (out / "scores.json").write_text(json.dumps(scores, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
