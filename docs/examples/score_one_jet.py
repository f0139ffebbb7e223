"""Score one jet with an exported tagger of four-momenta: python score_one_jet.py tagger.onnx."""

import json
import sys

import numpy as np
import onnxruntime

jet = {"pt": 600.0, "eta": 0.2, "phi": 3.1, "mass": 170.0}  # GeV and radians
constituents = [  # in any order
    {"pt": 250.0, "eta": 0.3, "phi": 3.0, "energy": 265.0},
    {"pt": 200.0, "eta": -0.1, "phi": -3.1, "energy": 202.0},
    {"pt": 150.0, "eta": 0.4, "phi": 3.1, "energy": 163.0},
]

session = onnxruntime.InferenceSession(sys.argv[1])
about = json.loads(session.get_modelmeta().custom_metadata_map["tagwerk"])
((sequence, expected),) = about["sequences"].items()
fed = {
    "jet": [[jet.get(name, np.nan) for name in about["jet"]]],  # NaN: if the tagger needs it, so is the score
    sequence: [[[each[name] for name in expected["columns"]] for each in constituents]],
    f"{sequence}_mask": [[1] * len(constituents)],
}
(scores,) = session.run(["scores"], {name: np.array(values, np.float32) for name, values in fed.items()})
for name, score in zip(about["classes"], scores[0], strict=True):
    print(name, f"{score:.6f}")
