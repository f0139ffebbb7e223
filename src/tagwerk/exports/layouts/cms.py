"""CMS's reconstruction: cmssw's BoostedJetONNXJetTagsProducer, which is told what to feed by a `preprocess.json`.

Source: cmssw, as of 2026: RecoBTag/FeatureTools (deep_helpers for the JSON, GlobalParticleTransformerAK8TagInfoProducer
for the variables, the only producer there with signed η), RecoBTag/ONNXRuntime and PhysicsTools/ONNXRuntime. One jet is
fed at a time, in GeV, variables before constituents; the reader replaces infinite values, pads and cuts. Charged and
neutral candidates come apart, and with tracks that are in no candidate; the model merges them and drops the latter.
"""

import json
from typing import Any

from onnx import ModelProto

from tagwerk.errors import UserError
from tagwerk.exports import array_library
from tagwerk.exports.about import about_json
from tagwerk.exports.graph import FLOAT, INT, OnnxGraph, Shape, Value, concatenate, where
from tagwerk.exports.job import ExportJob, FedJets, TaggerOutputs
from tagwerk.exports.reader_columns import (
    check_carried,
    check_selected,
    constituent_columns,
    further_columns,
    jet_columns,
    name_of_extra,
)
from tagwerk.jets.kinematics import MAX_ETA, wrap_delta_phi
from tagwerk.training.model import TrainingRecord

_PREPROCESS = "preprocess.json"
_CANDIDATES = "pfcands"
_JET = ["jet_pt_log", "jet_eta", "jet_mass_log"]
_CHARGED, _NEUTRAL = "cpfcandlt", "npfcand"
_KINEMATIC = ["px", "py", "pz", "energy", "phirel", "mask"]
_LOST = "isLostTrack"
# Further variables, and for which candidates the reader has them; for the others they are zero by their meaning.
_EXTRA = {
    "charge": [_CHARGED],
    "isEl": [_CHARGED],
    "isMu": [_CHARGED],
    "isChargedHad": [_CHARGED],
    "isGamma": [_NEUTRAL],
    "isNeutralHad": [_NEUTRAL],
    "puppiw": [_CHARGED, _NEUTRAL],
    "hcalFrac": [_CHARGED, _NEUTRAL],
}
# More than any jet has, since the model itself cuts: the reader orders by a pT of its own, lost tracks included.
_MAX_LENGTH = 1000
_NO_BOUND, _LOG_OF_ZERO = 1e32, -99.0


def feed(graph: OnnxGraph, record: TrainingRecord, job: ExportJob) -> FedJets:
    """Return the inputs `jet_features`, `cpfcandlt_features` and `npfcand_features`, (1, K, T) each.

    Raises:
        UserError: the reader does not provide what the tagger sees.
    """
    check_carried(record, "cms")
    log_pt, eta, log_mass = _split(graph, "jet", _JET)
    jet = {"pt": array_library.exp(log_pt), "eta": eta, "mass": array_library.exp(log_mass)}
    if (sequence := _sequence(record, job)) is None:
        return FedJets(_jet(graph, record, jet), {}, {}, {})
    extra = _extra(record, job, sequence)
    charged, neutral = (
        dict(zip(names, _split(graph, group, _prefixed(group, names)), strict=True))
        for group, names in _variables(extra).items()
    )
    mask = concatenate([(charged["mask"] > 0.5) & (charged[_LOST] < 0.5), neutral["mask"] > 0.5], 1)
    read = {
        name: concatenate([charged.get(name, charged["mask"] * 0.0), neutral.get(name, neutral["mask"] * 0.0)], 1)
        for name in [*_KINEMATIC, *extra.values()]
    }
    columns = _four_momenta(read) | {column: read[name] for column, name in extra.items()}
    jet["phi"] = _jet_phi(columns, read["phirel"], mask)
    fed, key = constituent_columns(record.schema_.sequences[sequence], columns), columns[record.ordering[sequence].key]
    return FedJets(_jet(graph, record, jet), {sequence: fed}, {sequence: mask}, {sequence: key})


def _jet(graph: OnnxGraph, record: TrainingRecord, variables: dict[str, Value]) -> Value:
    """Return the columns of the jet from its variables (1, 1)."""
    return jet_columns(graph, record, "cms", {name: values.squeeze(1) for name, values in variables.items()})


def _split(graph: OnnxGraph, group: str, variables: list[str]) -> list[Value]:
    """Add the input of a group of variables to a graph and return each variable, (1, T)."""
    length = 1 if group == "jet" else f"n_{group}"
    values = graph.input(f"{group}_features", FLOAT, [1, len(variables), length])
    return [values.take(index, 1) for index in range(len(variables))]


def _four_momenta(read: dict[str, Value]) -> dict[str, Value]:
    """Return pt, eta, phi and energy (1, T), as `tagwerk.jets.kinematics.pt_eta_phi`."""
    px, py, pz = (read[name] for name in ("px", "py", "pz"))
    pt = array_library.sqrt(px**2 + py**2)
    moves = pt > 0.0
    eta = array_library.arcsinh(pz / where(moves, pt, 1.0))
    eta = where(moves, eta, array_library.sign(pz) * MAX_ETA)
    return {"pt": pt, "eta": eta, "phi": array_library.arctan2(py, px), "energy": read["energy"]}


def _jet_phi(columns: dict[str, Value], relative: Value, mask: Value) -> Value:
    """Return the jet's azimuth (1, 1), from that of its hardest candidate and their difference."""
    pt = where(mask, columns["pt"], -1.0)
    hardest = mask.graph.op("ArgMax", pt, kind=INT, axis=1, keepdims=1)
    phi, shift = (
        mask.graph.op("GatherElements", each, hardest, kind=FLOAT, axis=1) for each in (columns["phi"], relative)
    )
    wrapped: Value = wrap_delta_phi(array_library.LIBRARY, phi - shift)
    return wrapped


def _sequence(record: TrainingRecord, job: ExportJob) -> str | None:
    """Return the sequence of candidates, None if the tagger sees none.

    Raises:
        UserError: there are several sequences, or the user does not say that these are all candidates of a jet.
    """
    sequences = [*record.schema_.sequences]
    if len(sequences) > 1:
        raise UserError(
            f"layout 'cms': tagger '{record.name}' sees {' and '.join(sequences)}, and the reader has one list of"
            " candidates; export it in the layout 'tagwerk'"
        )
    for sequence in sequences:
        name = job.names.get(sequence, _CANDIDATES if sequence == "constituents" else sequence)
        if name != _CANDIDATES:
            raise UserError(
                f"layout 'cms': say with --name {sequence}={_CANDIDATES} that '{sequence}' are all particle-flow"
                f" candidates of a jet, not '{name}'; the reader has no others"
            )
        check_selected(record, job, "cms", sequence)
        return sequence
    return None


def _extra(record: TrainingRecord, job: ExportJob, sequence: str) -> dict[str, str]:
    """Return what the reader calls each further variable."""
    columns = further_columns(record, sequence)
    return {column: name_of_extra(record, job, "cms", sequence, column, [*_EXTRA]) for column in columns}


def _variables(extra: dict[str, str]) -> dict[str, list[str]]:
    """Return the variables of both groups of candidates."""
    names = list(dict.fromkeys(extra.values()))
    return {
        group: [*_KINEMATIC, *also, *(name for name in names if group in _EXTRA[name])]
        for group, also in {_CHARGED: [_LOST], _NEUTRAL: []}.items()
    }


def _prefixed(group: str, names: list[str]) -> list[str]:
    return [f"{group}_{name}" for name in names]


def outputs(record: TrainingRecord, job: ExportJob, results: TaggerOutputs) -> dict[str, tuple[Value, Shape]]:
    """Return `scores` (1, classes); the reader takes one output, so that labels of constituents are left out."""
    return {"scores": (results.scores, [1, len(record.schema_.classes)])}


def metadata(record: TrainingRecord, job: ExportJob) -> dict[str, str]:
    """Return the text of `preprocess.json`, and what Tagwerk says of every exported tagger."""
    groups, sequence = {"jet": _JET}, _sequence(record, job)
    if sequence is not None:
        variables = _variables(_extra(record, job, sequence))
        groups |= {group: _prefixed(group, names) for group, names in variables.items()}
    content: dict[str, Any] = {
        "output_names": [f"prob{name}" for name in record.schema_.classes],
        "input_names": [f"{group}_features" for group in groups],
    }
    for group, names in groups.items():
        content[f"{group}_features"] = {
            "var_names": names,
            "var_infos": {name: _info(name) for name in names},
            "min_length": 1,
            "max_length": 1 if group == "jet" else _MAX_LENGTH,
        }
    return {_PREPROCESS: json.dumps(content, indent=2), "tagwerk": about_json(record, job, "cms")}


def _info(name: str) -> dict[str, float]:
    """Return how the reader treats a variable: as it is, and zero, or the logarithm of zero, where infinite."""
    return {
        "median": 0.0,
        "norm_factor": 1.0,
        "replace_inf_value": _LOG_OF_ZERO if name.endswith("_log") else 0.0,
        "lower_bound": -_NO_BOUND,
        "upper_bound": _NO_BOUND,
        "pad": 0.0,
    }


def preprocess_json(proto: ModelProto) -> str:
    """Return the text of a model's `preprocess.json`."""
    (text,) = (str(each.value) for each in proto.metadata_props if each.key == _PREPROCESS)
    return text
