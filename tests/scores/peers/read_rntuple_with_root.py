"""Print a column of an RNTuple that RDataFrame reads: FILE COLUMN."""

import json
import sys

import ROOT

file, column = sys.argv[1:]
values = ROOT.RDataFrame("tagwerk", file).AsNumpy([column])[column]
print(json.dumps([list(map(float, each)) for each in values]))
