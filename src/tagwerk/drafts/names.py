"""What the names of branches tell: four-momenta, the event's identity, labels, well-known variables."""

import re
from collections.abc import Iterable, Mapping

from tagwerk.cards.dataset import FILE, ROW
from tagwerk.cards.momenta import CONSTITUENT, FORMS, PT_ETA_PHI_MASS
from tagwerk.drafts import roles
from tagwerk.drafts.words import distinct, named, quotable, snake
from tagwerk.jets.features import FEATURES
from tagwerk.jets.substructure import VARIABLES

# The longest component that a name can end with; what stands before tells whole momenta from chance.
_COMPONENT = re.compile(r"(?P<prefix>.*?)(?P<component>energy|mass|eta|phi|pt|px|py|pz|m|e)[\])} ]*", re.IGNORECASE)
_SHORT = {"m": "mass", "e": "energy"}

# What identifies an event, without anything but letters; the widest first.
_IDENTITY = (
    ("run", "runnumber", "runno", "runnum"),
    ("mcchannelnumber", "channelnumber", "dsid"),
    ("luminosityblock", "lumiblock", "lumisection", "lumi"),
    ("event", "eventnumber", "eventno", "eventid", "eventnum", "eventnr", "evt", "evtnumber", "evtnum"),
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
    "puppi_weight": ("puppiweight", "puppiwgt", "puppiw"),
    "constituent_weight": ("weight", "wgt", "pfweight"),
    "pixel_hits": ("numberofpixelhits", "npixelhits", "npixhits"),
    "sct_hits": ("numberofscthits", "nscthits"),
    "kind": ("kind",),
}
# Variables of jets worth having, in the form that `snake` gives.
_JETS = re.compile(
    r"charge|(.+_)?decay_?mode|msoftdrop|(soft_?drop|sd)_?mass|tau[1-4](_wta)?|ptd|area|"
    r"n_?(constituents|particles|charged|neutrals|tracks)"
)
# The last word of a collection of jets, and what may follow it: how the jets were made.
_A_JET = re.compile(r"(?!sub).*(jets?|taus?)\d*|fj|j|ak\d+\w*")
_MADE = re.compile(r"(puppi|chs)?ak\d+|ca\d+|r\d+|\d+|puppi|chs|calo|reco|aux|dyn|aux_?dyn")
_GENERATED = re.compile(r"gen|truth|true", re.IGNORECASE)


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
    ranked = [(_rank(snake(variable)), branch) for variable, branch in variables.items() if quotable(branch)]
    likely = sorted((each for each in ranked if each[0] is not None), key=lambda each: each[0] or 0)
    return tuple(dict.fromkeys(branch for _, branch in likely))


def _rank(name: str) -> int | None:
    """Return how far down the list of labels a variable is: behind all of it what looks like the truth at all."""
    known = next((rank for rank, pattern in enumerate(_LABELS) if re.fullmatch(pattern, name)), None)
    return len(_LABELS) if known is None and roles.truth(name) else known


def extras(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the well-known variables of constituents, by the names that Tagwerk gives them."""
    plain = {re.sub(r"[^a-z0-9]", "", variable.lower()): branch for variable, branch in variables.items()}
    found = {
        name: next((plain[each] for each in called if each in plain), "") for name, called in _CONSTITUENTS.items()
    }
    taken = {*CONSTITUENT, *FEATURES}
    return {name: branch for name, branch in found.items() if branch and name not in taken}


def scalars(variables: Mapping[str, str]) -> dict[str, str]:
    """Return a jet's further variables by names that a card takes and that Tagwerk does not give itself."""
    found: dict[str, str] = {}
    for variable, branch in variables.items():
        name = named(snake(variable))
        if name not in {*PT_ETA_PHI_MASS, *VARIABLES}:
            found[distinct(name, found)] = branch
    return found


def well_known(name: str) -> bool:
    """Return whether a jet's variable is one that taggers use."""
    return _JETS.fullmatch(name) is not None


def of_jets(prefix: str) -> bool:
    """Return whether lists whose names begin so are of an event's jets, not of the constituents of one."""
    words = snake(prefix).split("_")
    while len(words) > 1 and _MADE.fullmatch(words[-1]):
        words.pop()
    return _A_JET.fullmatch(words[-1]) is not None and "sub" not in words


def listed_jets(lists: Iterable[str]) -> list[str]:
    """Return the lists that hold the pT of jets, of which an event has several."""
    found = {name: match for name in lists if (match := _COMPONENT.fullmatch(name))}
    return [name for name, match in found.items() if match["component"].lower() == "pt" and of_jets(match["prefix"])]


def generated(name: str) -> bool:
    """Return whether a collection is of generated particles, not of reconstructed ones."""
    return _GENERATED.search(name) is not None or roles.truth(snake(name))


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
