"""Print what coffea makes of a NanoAOD file with a friend tree: FILE FRIEND COLUMN."""

import json
import sys

import uproot
from coffea.nanoevents import NanoAODSchema, NanoEventsFactory

file, friend, column = sys.argv[1:]
events = NanoEventsFactory.from_root({file: "Events"}, schemaclass=NanoAODSchema).events()
events["FatJet", "score"] = uproot.open(friend)["tagwerk"][f"FatJet_{column}"].array()
tagged = events.FatJet[events.FatJet.score > 0.5]
print(json.dumps({"pt": tagged.pt.tolist(), "score": tagged.score.tolist()}))
