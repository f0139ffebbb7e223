"""What the report says of scores from elsewhere: their files, and how their jets were matched."""

from tagwerk.cards.score_files import ScoreFiles
from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.score_file_results import ScoreFileResult


def match_sentence(match: ScoreFileResult, comparison: Comparison) -> str:
    """Return how the jets of score files were matched to the test jets, and which were left out."""
    how = {
        "identity": f"{match.jets:,} jets, matched by identity",
        "position": f"{match.jets:,} jets, matched by position for want of a common identity; their labels agree jet "
        "by jet",
        "reference": f"these {match.jets:,} jets are the test jets",
    }
    counts = {
        "others in the file are not test jets": match.superfluous,
        "have a label of no class": match.left_out,
        "have zero weight and are left out": match.zero_weights,
    }
    further = [f"{count:,} {what}" for what, count in counts.items() if count]
    return f"{comparison.titles[match.tagger]}: {'; '.join([how[match.by], *further])}."


def settings(card: ScoreFiles) -> list[tuple[str, str]]:
    """Return names and values of a card's keys: files and columns."""
    columns = dict(card.probabilities) or {"score": card.score}
    lines = [("files", ", ".join(card.files))]
    lines += [(f"columns of {name}" if card.probabilities else name, ", ".join(each)) for name, each in columns.items()]
    classes = "; ".join(f"{name}: {', '.join(map(str, values))}" for name, values in card.classes.items())
    lines.append(("label", f"{card.label} ({classes})"))
    named = {"weight": [card.weight] if card.weight else [], "event": card.event, "jet": card.jet}
    return lines + [(key, ", ".join(names)) for key, names in named.items() if names]
