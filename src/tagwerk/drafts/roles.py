"""What a jet variable must not be: names of truth information, event numbers, weights and scores of other taggers.

Functions that take a name expect it without that of its collection, in the form that `snake_case` gives.
"""

import re
from collections.abc import Iterable, Mapping

from tagwerk.drafts.words import snake_case

TRUTH = "possibly truth information"
# Hadrons that a detector sees, not those that a label counts.
_MEASURED = re.compile(r"(charged|neutral|chg?|neu?|had)_?hadrons?|hadron_?(ic|energy|fraction|mult)\w*")
_TRUTH = re.compile(
    r"truth|flavou?r|(^|_)flav(_|$)|parton|hadron|quark|gluon|label|pdg_?id|match|ancestor|mother|parent|daughter"
    r"|(^|_)(gen(?!er(al|ic))|mc|true|tru|sim|part_?flav|has_?true)|(^|_)is_[a-z]"
    r"|(^|_)(target|class|classes|category|background|bkg|pdg|pid|origin|provenance|higgs|boson|from_\w+)(_|$)"
    r"|^n_?[bc]s?$|^sig$|(^|_)signal$|^is(?!o)[a-z]"
)
_BOOKKEEPING = re.compile(
    r"(^|_)(run|lumi|lumis|luminosity|event|evt|evts|bunch|bx|bcid|orbit|dsid|channel|idx|index|indices|id|ids|uid|key"
    r"|seed|entry|row|file|job|process|proc|sample|ttv|split|fold|barcode|links?|hash)(_?(number|no|num|nr|id|block)s?)?"
    r"(_|$)|^\w*(idx|index|eventnumber|runnumber|eventid|lumiblock|luminosityblock)$"
)
_WEIGHT = re.compile(r"(^|_)(\w*weights?|wgts?|wts?|w$|sf|scale_factor|xsec|cross_section)(_|$)")
_JET_OR_EVENT_WEIGHT = re.compile(
    r"(((evt|event|gen|mc|mc_event|mc_gen|total|sample|jet|lumi|gen_event)_?)?(weights?|wgts?|wts?|w)(_nominal)?)"
)
_SCORE = re.compile(
    r"score|tag(_|$|ger|s_|s$|md)|(^|_)(b|c|tau|top|w|deep)_?tag|disc(r|$|_)|prob|likelihood|sig_?trans"
    r"|(^|_)(bdt|mva|nn|rnn|dnn|cnn|gnn|qgl|csv|mv\d|dl\d|gn\d|sv\d_p|ip\dd_p|jf_p|rnnip|vs|hbb|xbb|xcc|xqq|xgg)"
    r"|particle_?net|par_?t\d|particle_?transformer|pnet|deep_?(ak|csv|jet|flav|tau|set|sets|double|boosted)|raw_?\w*vs"
    r"|(^|_)(very_)?(loose|medium|tight)(_|$)|(^|_)ele_?(rnn|bdt)"
)


def is_truth(name: str) -> bool:
    """Return whether a variable looks like truth information about a jet."""
    return _TRUTH.search(_MEASURED.sub("", name)) is not None


def is_bookkeeping(name: str) -> bool:
    """Return whether a variable is an event number, an index or the like."""
    return _BOOKKEEPING.search(name) is not None


def is_weight(name: str) -> bool:
    """Return whether a variable is a weight."""
    return _WEIGHT.search(name) is not None


def is_score(name: str) -> bool:
    """Return whether a variable is another tagger's score of the jet."""
    return _SCORE.search(name) is not None


def weights(variables: Mapping[str, str]) -> tuple[str, ...]:
    """Return the branches, given by variable name, that may be jet or event weights."""
    return tuple(branch for name, branch in variables.items() if _JET_OR_EVENT_WEIGHT.fullmatch(snake_case(name)))


def exclusion_reason(name: str) -> str | None:
    """Return why a variable is not offered to taggers; None if it may be."""
    reasons = {
        "scores of other taggers": is_score,
        TRUTH: is_truth,
        "weights": is_weight,
        "event numbers, indices and the like": is_bookkeeping,
    }
    return next((reason for reason, applies in reasons.items() if applies(name)), None)


def by_reason(excluded: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return pairs of reason and branch as one list of branches per reason."""
    groups: dict[str, list[str]] = {}
    for reason, branch in excluded:
        groups.setdefault(reason, []).append(branch)
    return groups
