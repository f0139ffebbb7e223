"""What branch names show: four-momenta, the event's identity, labels, well-known variables."""

import re
from collections.abc import Iterable, Mapping

from tagwerk.cards.dataset import FILE, ROW
from tagwerk.cards.momenta import CONSTITUENT, FORMS, PT_ETA_PHI_MASS
from tagwerk.drafts import roles
from tagwerk.drafts.words import card_name, is_quotable, snake_case, unique_name
from tagwerk.jets.features import FEATURES
from tagwerk.jets.substructure import VARIABLES

# The longest component that a name can end with; a shared prefix distinguishes four-momenta from chance matches.
_COMPONENT = re.compile(r"(?P<prefix>.*?)(?P<component>energy|mass|eta|phi|pt|px|py|pz|m|e)[\])} ]*", re.IGNORECASE)
_LONG_NAME = {"m": "mass", "e": "energy"}

# Names of the numbers that identify an event, reduced to letters; those of the largest units first.
_EVENT_NUMBERS = (
    ("run", "runnumber", "runno", "runnum"),
    ("mcchannelnumber", "channelnumber", "dsid"),
    ("luminosityblock", "lumiblock", "lumisection", "lumi"),
    ("event", "eventnumber", "eventno", "eventid", "eventnum", "eventnr", "evt", "evtnumber", "evtnum"),
)
# Names of labels, in the form that `snake_case` gives; the most likely first.
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
# Useful constituent variables, by their names in files, reduced to letters and digits.
_CONSTITUENT_VARIABLES = {
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
# Useful jet variables, in the form that `snake_case` gives.
_JET_VARIABLES = re.compile(
    r"charge|(.+_)?decay_?mode|msoftdrop|(soft_?drop|sd)_?mass|tau[1-4](_wta)?|ptd|area|"
    r"n_?(constituents|particles|charged|neutrals|tracks)"
)
# The last word in the name of a jet collection, and what may follow it: how the jets were made.
_JET_WORD = re.compile(r"(?!sub).*(jets?|taus?)\d*|fj|j|ak\d+\w*")
_JET_SUFFIX = re.compile(r"(puppi|chs)?ak\d+|ca\d+|r\d+|\d+|puppi|chs|calo|reco|aux|dyn|aux_?dyn")
_GENERATED = re.compile(r"gen|truth|true", re.IGNORECASE)


def four_momenta(names: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return the branch of each component of every complete four-momentum, by the prefix of its branches."""
    groups: dict[str, dict[str, str]] = {}
    for name in names:
        if match := _COMPONENT.fullmatch(name):
            component = match["component"].lower()
            groups.setdefault(match["prefix"], {}).setdefault(_LONG_NAME.get(component, component), name)
    forms = {prefix: momentum_form(group) for prefix, group in groups.items()}
    return {prefix: form for prefix, form in forms.items() if form}


def momentum_form(components: Mapping[str, str]) -> dict[str, str]:
    """Return the components of the first complete form of a four-momentum; empty if none is complete."""
    complete = (form for form in FORMS if all(component in components for component in form))
    return {component: components[component] for component in next(complete, ())}


def event_branches(names: Iterable[str]) -> list[str]:
    """Return the names that identify an event; empty if there is no event number."""
    letters = {re.sub(r"[^a-z]", "", re.split(r"[./]", name)[-1].lower()): name for name in names}
    branches = [next((letters[alias] for alias in aliases if alias in letters), "") for aliases in _EVENT_NUMBERS]
    return [branch for branch in branches if branch] if branches[-1] else []


def row_identity() -> list[str]:
    """Return the identity of a row, for files without event numbers."""
    return [FILE, ROW]


def labels(variables: Mapping[str, str]) -> tuple[str, ...]:
    """Return the branches, given by variable name, that may be labels; the most likely first."""
    ranked = [(_rank(snake_case(variable)), branch) for variable, branch in variables.items() if is_quotable(branch)]
    likely = sorted((each for each in ranked if each[0] is not None), key=lambda each: each[0] or 0)
    return tuple(dict.fromkeys(branch for _, branch in likely))


def _rank(name: str) -> int | None:
    """Return a variable's rank among the known labels; anything else that looks like the truth comes last."""
    known = next((rank for rank, pattern in enumerate(_LABELS) if re.fullmatch(pattern, name)), None)
    return len(_LABELS) if known is None and roles.is_truth(name) else known


def extras(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the branches of useful constituent variables, by Tagwerk's names for them."""
    alphanumeric = {re.sub(r"[^a-z0-9]", "", variable.lower()): branch for variable, branch in variables.items()}
    branches = {
        name: next((alphanumeric[alias] for alias in aliases if alias in alphanumeric), "")
        for name, aliases in _CONSTITUENT_VARIABLES.items()
    }
    taken = {*CONSTITUENT, *FEATURES}
    return {name: branch for name, branch in branches.items() if branch and name not in taken}


def scalars(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the branches of further per-jet variables, by names that a card accepts and that are not reserved."""
    branches: dict[str, str] = {}
    for variable, branch in variables.items():
        name = card_name(snake_case(variable))
        if name not in {*PT_ETA_PHI_MASS, *VARIABLES}:
            branches[unique_name(name, branches)] = branch
    return branches


def is_well_known(name: str) -> bool:
    """Return whether a jet variable is one that taggers use."""
    return _JET_VARIABLES.fullmatch(name) is not None


def is_jet_collection(prefix: str) -> bool:
    """Return whether lists with this prefix are an event's jets rather than the constituents of a jet."""
    words = snake_case(prefix).split("_")
    while len(words) > 1 and _JET_SUFFIX.fullmatch(words[-1]):
        words.pop()
    return _JET_WORD.fullmatch(words[-1]) is not None and "sub" not in words


def jet_pt_lists(lists: Iterable[str]) -> list[str]:
    """Return the lists that hold the pT of an event's jets."""
    matches = {name: match for name in lists if (match := _COMPONENT.fullmatch(name))}
    return [
        name
        for name, match in matches.items()
        if match["component"].lower() == "pt" and is_jet_collection(match["prefix"])
    ]


def is_generated(name: str) -> bool:
    """Return whether a collection is of generator-level rather than reconstructed particles."""
    return _GENERATED.search(name) is not None or roles.is_truth(snake_case(name))


def sequence_names(prefixes: Iterable[str], has_jet: bool) -> dict[str, str]:
    """Return the sequence name for each branch prefix; a jet without its own momentum is the sum of `constituents`."""
    names: dict[str, str] = {}
    for prefix in prefixes:
        name = sequence_name(prefix) if has_jet or names else "constituents"
        names[prefix] = name if name not in names.values() else snake_case(prefix)
    return names


def sequence_name(name: str) -> str:
    """Return the name of a sequence, given the prefix or collection of its branches."""
    if re.search(r"tra?c?k", name, re.IGNORECASE):
        return "tracks"
    if re.search(r"clus|tower", name, re.IGNORECASE):
        return "clusters"
    if re.search(r"par[tc]|cand|const|pf|flow|prod|^c_?$|^$", name, re.IGNORECASE):
        return "constituents"
    return plural(name)


def plural(name: str) -> str:
    """Return the plural of a collection's name, such as muons for Muon."""
    snake = snake_case(name)
    return snake if snake.endswith("s") else f"{snake}s"
