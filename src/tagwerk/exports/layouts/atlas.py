"""ATLAS's flavour-tagging software: athena's FlavorTagInference, whose models carry their inputs as metadata.

Source: the package FlavorTagInference of athena, as of 2026: SaltModel, GNNDataLoader, ConstituentsLoader and
CustomGetterUtils for what is read and how it is named, GNN for the outputs; models of version v1, as salt writes them.
One jet is fed at a time, in MeV and without a mask; offsets and scales in the metadata are not applied.
"""

import json
import re
from dataclasses import dataclass

from tagwerk.cards.excerpts import first_duplicate
from tagwerk.errors import UserError
from tagwerk.exports import array_library
from tagwerk.exports.about import about, about_json
from tagwerk.exports.graph import FLOAT, INT, OnnxGraph, Shape, Value, arange, concatenate, full
from tagwerk.exports.job import ExportJob, FedJets, TaggerOutputs
from tagwerk.exports.reader_columns import (
    check_carried,
    check_selected,
    constituent_columns,
    further_columns,
    jet_columns,
    name_of_extra,
)
from tagwerk.jets.kinematics import wrap_delta_phi
from tagwerk.readers.particle_masses import PION
from tagwerk.training.model import TrainingRecord

_JET = ["pt", "eta", "phi", "mass"]
_GEV = 1e-3  # per MeV
_TRACKS, _FLOWS = "tracks", "flows"
_FLOW_VARIABLES = ["isCharged"]
_TRACK_VARIABLES = [
    "d0", "z0SinTheta", "d0Uncertainty", "z0SinThetaUncertainty",
    "IP2D_signed_d0", "IP3D_signed_d0", "IP3D_signed_z0", "IP3D_signed_d0_significance", "IP3D_signed_z0_significance",
    "lifetimeSignedD0", "lifetimeSignedZ0SinTheta", "lifetimeSignedD0Significance",
    "lifetimeSignedZ0SinThetaSignificance", "d0RelativeToBeamspot", "d0RelativeToBeamspotSignificance",
    "z0RelativeToBeamspot", "z0RelativeToBeamspotUncertainty", "qOverP", "qOverPUncertainty", "theta",
    "thetaUncertainty", "phiUncertainty", "numberDoF", "chiSquared", "leptonID",
    "numberOfPixelHits", "numberOfPixelHoles", "numberOfPixelSharedHits", "numberOfPixelSplitHits",
    "numberOfPixelDeadSensors", "numberOfInnermostPixelLayerHits", "numberOfInnermostPixelLayerSharedHits",
    "numberOfInnermostPixelLayerSplitHits", "numberOfNextToInnermostPixelLayerHits", "numberOfSCTHits",
    "numberOfSCTHoles", "numberOfSCTSharedHits", "numberOfSCTDeadSensors", "numberOfTRTHits",
]  # fmt: skip
_SELECTIONS = [
    "all", "ip3d", "dipsLoose202102", "loose202102NoIpCuts", "r22default", "r22loose", "dipsTightUpgrade",
    "dipsLooseUpgrade",
]  # fmt: skip
_SORTS = ["ptsort", "sd0sort", "absSd0sort", "absD0DescendingSort"]


@dataclass(frozen=True)
class _ReadSequence:
    """A sequence as the software reads it: its name, and the variables of a constituent in the order of the input."""

    name: str
    variables: list[str]

    @property
    def kind(self) -> str:
        """Which of the software's constituents these are."""
        return self.name.partition("_")[0]

    @property
    def node(self) -> str:
        """Name of the model's input."""
        return f"{self.kind.removesuffix('s')}_features"


def feed(graph: OnnxGraph, record: TrainingRecord, job: ExportJob) -> FedJets:
    """Return the inputs `jet_features` (1, 4) and, for N constituents, `track_features` or `flow_features` (N, K).

    Raises:
        UserError: the software does not read what the tagger sees.
    """
    check_carried(record, "atlas")
    given = graph.input("jet_features", FLOAT, [1, len(_JET)])
    jet = {name: given.take(index, 1) for index, name in enumerate(_JET)}
    jet |= {name: jet[name] * _GEV for name in ("pt", "mass")}
    fed = FedJets(jet_columns(graph, record, "atlas", jet), {}, {}, {})
    for sequence, read in _read_sequences(record, job).items():
        columns = record.schema_.sequences[sequence]
        values, mask = _values_and_mask(graph.input(read.node, FLOAT, [f"n_{read.kind}", len(read.variables)]))
        variables = {each: values.take(index, 2) for index, each in enumerate(read.variables)}
        variables = _four_momenta(variables, jet) | {
            column: variables[job.names[column]] for column in further_columns(record, sequence)
        }
        fed.sequences[sequence], fed.masks[sequence] = constituent_columns(columns, variables), mask
        fed.keys[sequence] = variables[record.ordering[sequence].key]
    return fed


def _values_and_mask(given: Value) -> tuple[Value, Value]:
    """Return constituents (N, K) as those of one jet, (1, N + 1, K), and which are real, (1, N + 1).

    The last is padding, so that jets without constituents have a place for one.
    """
    graph, number = given.graph, given.size(0)
    padding = full(0, FLOAT, graph.constant([1], INT), given.size(1))
    mask = arange(number + 1) < number
    return concatenate([given, padding], 0).expand_dims(0), mask.expand_dims(0)


def _four_momenta(variables: dict[str, Value], jet: dict[str, Value]) -> dict[str, Value]:
    """Return pt, eta, phi and energy (1, T), in GeV and radians."""
    eta, pt = variables["deta"] + jet["eta"].expand_dims(1), variables["pt"] * _GEV
    phi = wrap_delta_phi(array_library.LIBRARY, variables["dphi"] + jet["phi"].expand_dims(1))
    if "energy" in variables:
        return {"pt": pt, "eta": eta, "phi": phi, "energy": variables["energy"] * _GEV}
    # ASSUME: tracks are charged pions, as in xAOD::TrackParticle and in Tagwerk's reader of flavour-tagging files.
    momentum = pt * array_library.cosh(eta)
    return {"pt": pt, "eta": eta, "phi": phi, "energy": array_library.sqrt(momentum**2 + PION**2)}


def _read_sequences(record: TrainingRecord, job: ExportJob) -> dict[str, _ReadSequence]:
    """Return how the software reads each sequence.

    Raises:
        UserError: the user does not say it, the software has no such sequence or variable, or two are of one kind.
    """
    names = {sequence: _checked_name(record, job, sequence) for sequence in record.schema_.sequences}
    kinds = [name.partition("_")[0] for name in names.values()]
    if (kind := first_duplicate(kinds)) is not None:
        raise UserError(
            f"layout 'atlas': {' and '.join(names)} are both {kind}, of which a model has one sequence; export it in"
            " the layout 'tagwerk'"
        )
    found: dict[str, _ReadSequence] = {}
    for sequence, name in names.items():
        known = _FLOW_VARIABLES if name == _FLOWS else _TRACK_VARIABLES
        extra = [
            name_of_extra(record, job, "atlas", sequence, column, known) for column in further_columns(record, sequence)
        ]
        variables = ["pt", "deta", "dphi", *(["energy"] if name == _FLOWS else []), *dict.fromkeys(extra)]
        found[sequence] = _ReadSequence(name, variables)
    return found


def _checked_name(record: TrainingRecord, job: ExportJob, sequence: str) -> str:
    name = job.names.get(sequence, _FLOWS if sequence == "constituents" else sequence)
    if name == _FLOWS:
        check_selected(record, job, "atlas", sequence)
    elif not re.fullmatch(rf"tracks_({'|'.join(_SELECTIONS)})_({'|'.join(_SORTS)})", name):
        raise UserError(
            f"layout 'atlas': say what ATLAS's software calls '{sequence}', such as --name {sequence}=flows, or"
            f" {sequence}=tracks_r22default_ptsort with the selection that those of the training passed, not '{name}';"
            f" selections: {', '.join(_SELECTIONS)}"
        )
    return name


def outputs(record: TrainingRecord, job: ExportJob, results: TaggerOutputs) -> dict[str, tuple[Value, Shape]]:
    """Return the probability of each class, a number, and the labels of tracks, (N,).

    The software links labels to tracks; labels of flow elements, for which it has no links, are left out.

    Raises:
        UserError: the model's name holds other characters than letters and digits.
    """
    prefix, schema = _model_name(record, job), record.schema_
    named: dict[str, tuple[Value, Shape]] = {
        f"{prefix}_p{name}": (results.scores.take(index, 1).squeeze(0), []) for index, name in enumerate(schema.classes)
    }
    sequence, read = next(iter(_read_sequences(record, job).items()), (None, None))
    if results.labels is None or sequence is None or read is None or read.kind == _FLOWS:
        return named
    labels = results.labels.slice(0, -1, 1).squeeze(0)
    origins = schema.origins.get(sequence, [])
    columns = {f"track_p{name}": labels.take(index, 1) for index, name in enumerate(origins)} or {"track_score": labels}
    return named | {f"{prefix}_{name}": (values, ["n_tracks"]) for name, values in columns.items()}


def _model_name(record: TrainingRecord, job: ExportJob) -> str:
    name = re.sub("[^A-Za-z0-9]", "", record.name) if job.model_name is None else job.model_name
    if not re.fullmatch("[A-Za-z][A-Za-z0-9]*", name):
        raise UserError(
            f"layout 'atlas': the model's name '{name}' must consist of letters and digits and start with a letter, as"
            " ATLAS's software takes it from the outputs; give another with --model-name"
        )
    return name


def metadata(record: TrainingRecord, job: ExportJob) -> dict[str, str]:
    """Return the software's `gnn_config`, and what Tagwerk says of every exported tagger."""
    read = list(_read_sequences(record, job).values())
    described, prefix = about(record, job, "atlas"), _model_name(record, job)
    config = {
        "onnx_model_version": "v1",
        "model_name": prefix,
        "inputs": [{"name": "jet_features", "variables": _described(_JET)}],
        "input_sequences": [{"name": each.name, "variables": _described(each.variables)} for each in read],
        "tagwerk_version": described["exported_by"]["tagwerk"],
        "export_git_hash": described["exported_by"]["git_hash"],
        "training_versions": record.versions,
    }
    if all(each.kind != _TRACKS for each in read):
        # GNN::decorate asks every jet for tracks, also if the model has no input for them.
        config["input_sequences"] += [{"name": "tracks_all_ptsort", "variables": _described(["pt"])}]
    return {"gnn_config": json.dumps(config), "tagwerk": about_json(record, job, "atlas")}


def _described(variables: list[str]) -> list[dict[str, str | float]]:
    return [{"name": name, "offset": 0.0, "scale": 1.0} for name in variables]
