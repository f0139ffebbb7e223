"""Print the rejections that puma finds for b jets: FILE TAGGER BACKGROUND EFFICIENCY... [CUT]."""

import json
import sys

from ftag.utils import calculate_rejection
from puma.hlplots import Results, Tagger

file, name, background, *others = sys.argv[1:]
cuts = [each for each in others if "=" in each]
results = Results(signal="bjets", sample="toy", perf_vars=["pt", "eta"])
fractions = {"fu": float(background == "ujets"), "fc": float(background == "cjets"), "fb": 0.0}
tagger = Tagger(name=name, output_flavours=["ujets", "cjets", "bjets"], fxs=fractions)
results.load_taggers_from_file([tagger], file, cuts=cuts or None)
discriminant = tagger.discriminant("bjets")
signal, rejected = (discriminant[tagger.is_flav(each)] for each in ("bjets", background))
rejections = [float(calculate_rejection(signal, rejected, float(each))) for each in others if "=" not in each]
largest_pt = float(tagger.perf_vars["pt"].max())
print(json.dumps({"rejections": rejections, "jets": [len(signal), len(rejected)], "largest_pt": largest_pt}))
