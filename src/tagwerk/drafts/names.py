"""What the names of branches tell: four-momenta, the event's identity, labels, well-known variables."""

import keyword
import re
from collections.abc import Iterable, Mapping

from tagwerk.cards.dataset import FILE, ROW
from tagwerk.cards.momenta import CONSTITUENT, FORMS, MOMENTUM
from tagwerk.jets.features import FEATURES
from tagwerk.jets.substructure import VARIABLES

# The longest component that a name can end with; what stands before tells whole momenta from chance.
_COMPONENT = re.compile(r"(?P<prefix>.*?)(?P<component>energy|mass|eta|phi|pt|px|py|pz|m|e)", re.IGNORECASE)
_SHORT = {"m": "mass", "e": "energy"}

# What identifies an event, without anything but letters; the widest first.
_IDENTITY = (
    ("run", "runnumber", "runno", "runnum"),
    ("mcchannelnumber", "channelnumber", "dsid"),
    ("luminosityblock", "lumiblock", "lumisection", "lumi"),
    ("event", "eventnumber", "eventno", "eventid", "eventnum", "evt", "evtnumber", "evtnum"),
)
# What labels are called, in the form that `snake` gives; the likeliest first.
_LABELS = (
    r"label_.+",
    r"is_truth_matched",
    r"hadron_flavou?r",
    r"hadron_cone_excl_truth_label_id",
    r"gen_part_flav",
    r"flavou?r_label|jet_flavou?r_label",
    r"r10_?truth_label_r22.*",
    r"r10_?truth_label.*",
    r"(true_|truth_|jet_)?flavou?r",
    r"is_sig(nal)?(_new)?|signal|sig",
    r"parton_flavou?r",
    r"(parton|cone)_truth_label_id",
    r"(.+_)?(label|target|truth|class)(_id)?",
    r"hadron_cone_excl_extended_truth_label_id",
)
# Variables of constituents worth having, by what they are called in files, without anything but letters and digits.
_CONSTITUENTS = {
    "charge": ("charge", "q"),
    "pdg_id": ("pdgid", "pid", "pdg"),
    "d0": ("d0", "d0val", "dxy"),
    "z0": ("z0", "z0val", "dz", "dzval", "z0sintheta"),
    "d0_error": ("d0err", "d0error", "errord0", "dxyerr", "dxyerror", "d0uncertainty"),
    "z0_error": ("z0err", "z0error", "errordz", "dzerr", "dzerror", "z0sinthetauncertainty"),
    "d0_significance": ("d0sig", "d0significance", "dxysig", "ip3dsignedd0significance"),
    "z0_significance": ("z0sig", "z0significance", "dzsig", "ip3dsignedz0significance"),
    "is_charged_hadron": ("ischargedhadron",),
    "is_neutral_hadron": ("isneutralhadron",),
    "is_photon": ("isphoton",),
    "is_electron": ("iselectron",),
    "is_muon": ("ismuon",),
    "puppi_weight": ("puppiweight",),
    "pixel_hits": ("numberofpixelhits", "npixelhits", "npixhits"),
    "sct_hits": ("numberofscthits", "nscthits"),
    "kind": ("kind",),
}
# Variables of jets worth having, in the form that `snake` gives.
_JETS = re.compile(
    r"charge|(.+_)?decay_?mode|msoftdrop|(soft_?drop|sd)_?mass|tau[1-4](_wta)?|ptd|area|"
    r"n_?(constituents|particles|charged|neutrals|tracks)|(.+_)?score"
)
_GENERATED = re.compile(r"gen|truth|true", re.IGNORECASE)


def spelled(name: str) -> str:
    """Return a branch's name as it stands in a selection: in backticks unless it could stand alone."""
    parts = name.split(".")
    return name if all(part.isidentifier() and not keyword.iskeyword(part) for part in parts) else f"`{name}`"


def snake(name: str) -> str:
    """Return a name in small letters with underscores between its words."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"\W+|_+", "_", apart).strip("_").lower()


def momenta(names: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return, by what stands before its components, every whole four-momentum: component and branch."""
    groups: dict[str, dict[str, str]] = {}
    for name in names:
        if match := _COMPONENT.fullmatch(name):
            component = match["component"].lower()
            groups.setdefault(match["prefix"], {}).setdefault(_SHORT.get(component, component), name)
    found = {prefix: form_of(group) for prefix, group in groups.items()}
    return {prefix: form for prefix, form in found.items() if form}


def form_of(components: Mapping[str, str]) -> dict[str, str]:
    """Return the components of the first whole form of a four-momentum that there is; nothing if none is."""
    whole = (form for form in FORMS if all(component in components for component in form))
    return {component: components[component] for component in next(whole, ())}


def identity(names: Iterable[str]) -> list[str]:
    """Return the names that identify an event, or nothing if none is that of its number."""
    plain = {re.sub(r"[^a-z]", "", re.split(r"[./]", name)[-1].lower()): name for name in names}
    found = [next((plain[each] for each in called if each in plain), "") for called in _IDENTITY]
    return [name for name in found if name] if found[-1] else []


def of_rows() -> list[str]:
    """Return what identifies a row where the file does not say which event it is of."""
    return [FILE, ROW]


def labels(variables: Mapping[str, str]) -> tuple[str, ...]:
    """Return the branches, given by the variables that they hold, that may be labels; the likeliest first."""
    ranked = [
        (rank, branch)
        for rank, pattern in enumerate(_LABELS)
        for variable, branch in variables.items()
        if re.fullmatch(pattern, snake(variable))
    ]
    return tuple(dict.fromkeys(branch for _, branch in sorted(ranked, key=lambda each: each[0])))


def extras(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the well-known variables of constituents, by the names that Tagwerk gives them."""
    plain = {re.sub(r"[^a-z0-9]", "", variable.lower()): branch for variable, branch in variables.items()}
    found = {
        name: next((plain[each] for each in called if each in plain), "") for name, called in _CONSTITUENTS.items()
    }
    taken = {*CONSTITUENT, *FEATURES}
    return {name: branch for name, branch in found.items() if branch and name not in taken}


def scalars(variables: Mapping[str, str]) -> dict[str, str]:
    """Return a jet's further variables, none of them generated, by names that Tagwerk does not give itself."""
    taken = {*MOMENTUM, *VARIABLES}
    named = {snake(variable): branch for variable, branch in variables.items() if not generated(branch)}
    return {name: branch for name, branch in named.items() if name not in taken and name[:1].isalpha()}


def well_known(name: str) -> bool:
    """Return whether a jet's variable is one that taggers use."""
    return _JETS.fullmatch(name) is not None


def generated(name: str) -> bool:
    """Return whether a collection is of generated particles, not of reconstructed ones."""
    return _GENERATED.search(name) is not None


def sequences(prefixes: Iterable[str], has_jet: bool) -> dict[str, str]:
    """Return what to call the sequence behind each prefix of branches; a jet that is a sum is of `constituents`."""
    found: dict[str, str] = {}
    for prefix in prefixes:
        name = collective(prefix) if has_jet or found else "constituents"
        found[prefix] = name if name not in found.values() else snake(prefix)
    return found


def collective(name: str) -> str:
    """Return what to call a sequence, by what its branches are called."""
    if re.search(r"tra?c?k", name, re.IGNORECASE):
        return "tracks"
    if re.search(r"clus|tower", name, re.IGNORECASE):
        return "clusters"
    if re.search(r"par[tc]|cand|const|pf|flow|prod|^c_?$|^$", name, re.IGNORECASE):
        return "constituents"
    return plural(name)


def plural(name: str) -> str:
    """Return what to call several of a collection, such as muons for Muon."""
    plain = snake(name)
    return plain if plain.endswith("s") else f"{plain}s"
