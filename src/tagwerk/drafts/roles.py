"""What a jet's variable must not be: names that tell the truth, identify an event, weigh it or score the jet.

All functions take the name of a variable without that of its collection, in the form that `snake` gives.
"""

import re
from collections.abc import Iterable, Mapping

from tagwerk.drafts.words import snake

# Of hadrons that a detector sees, not those that a label counts.
_SEEN = re.compile(r"(charged|neutral|chg?|neu?|had)_?hadrons?|hadron_?(ic|energy|fraction|mult)\w*")
_TRUTH = re.compile(
    r"truth|flavou?r|(^|_)flav(_|$)|parton|hadron|quark|gluon|label|pdg_?id|match|ancestor|mother|parent|daughter"
    r"|(^|_)(gen(?!er(al|ic))|mc|true|tru|sim|part_?flav|has_?true)|(^|_)is_[a-z]"
    r"|(^|_)(target|class|classes|category|background|bkg|pdg|pid|origin|provenance|higgs|boson|from_\w+)(_|$)"
    r"|^n_?[bc]s?$|^sig$|(^|_)signal$|^is(?!o)[a-z]"
)
_RECORDED = re.compile(
    r"(^|_)(run|lumi|lumis|luminosity|event|evt|evts|bunch|bx|bcid|orbit|dsid|channel|idx|index|indices|id|ids|uid|key"
    r"|seed|entry|row|file|job|process|proc|sample|ttv|split|fold|barcode|links?|hash)(_?(number|no|num|nr|id|block)s?)?"
    r"(_|$)|^\w*(idx|index|eventnumber|runnumber|eventid|lumiblock|luminosityblock)$"
)
_WEIGHT = re.compile(r"(^|_)(\w*weights?|wgts?|wts?|w$|sf|scale_factor|xsec|cross_section)(_|$)")
_OF_EVENT = re.compile(
    r"(((evt|event|gen|mc|mc_event|mc_gen|total|sample|jet|lumi|gen_event)_?)?(weights?|wgts?|wts?|w)(_nominal)?)"
)
_SCORE = re.compile(
    r"score|tag(_|$|ger|s_|s$|md)|(^|_)(b|c|tau|top|w|deep)_?tag|disc(r|$|_)|prob|likelihood|sig_?trans"
    r"|(^|_)(bdt|mva|nn|rnn|dnn|cnn|gnn|qgl|csv|mv\d|dl\d|gn\d|sv\d_p|ip\dd_p|jf_p|rnnip|vs|hbb|xbb|xcc|xqq|xgg)"
    r"|particle_?net|par_?t\d|particle_?transformer|pnet|deep_?(ak|csv|jet|flav|tau|set|sets|double|boosted)|raw_?\w*vs"
    r"|(^|_)(very_)?(loose|medium|tight)(_|$)|(^|_)ele_?(rnn|bdt)"
)


def truth(name: str) -> bool:
    """Return whether a variable looks like the truth about a jet."""
    return _TRUTH.search(_SEEN.sub("", name)) is not None


def recorded(name: str) -> bool:
    """Return whether a variable is a number of the event, an index or alike."""
    return _RECORDED.search(name) is not None


def weight(name: str) -> bool:
    """Return whether a variable is a weight."""
    return _WEIGHT.search(name) is not None


def score(name: str) -> bool:
    """Return whether a variable is what another tagger says of the jet."""
    return _SCORE.search(name) is not None


def weights(variables: Mapping[str, str]) -> tuple[str, ...]:
    """Return the branches, given by the variables that they hold, that may weigh a jet or its event."""
    return tuple(branch for name, branch in variables.items() if _OF_EVENT.fullmatch(snake(name)))


def why_not(name: str) -> str | None:
    """Return why a variable is not offered to taggers; None if nothing speaks against it."""
    reasons = {
        "scores of other taggers": score,
        "may tell the truth": truth,
        "weights": weight,
        "numbers of events, indices and alike": recorded,
    }
    return next((why for why, applies in reasons.items() if applies(name)), None)


def grouped(variables: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return pairs of reason and branch as one list of branches for each reason."""
    found: dict[str, list[str]] = {}
    for why, branch in variables:
        found.setdefault(why, []).append(branch)
    return found
