"""Print what RDataFrame makes of a tree with a friend tree: FILE TREE FRIEND DEFINITION."""

import json
import sys

import ROOT

file, tree, friend, definition = sys.argv[1:]
opened = ROOT.TFile(file)
events = opened.Get(tree)
events.AddFriend("tagwerk", friend)
columns = ROOT.RDataFrame(events).Define("found", definition).AsNumpy(["found"])
entries = [each.tolist() if hasattr(each, "tolist") else list(each) for each in columns["found"]]
names = [str(name) for name in ROOT.RDataFrame("tagwerk", friend).GetColumnNames()]
print(json.dumps({"found": entries, "names": sorted(names)}))
