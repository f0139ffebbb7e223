"""Simulation of jets: generator, truth, detector, jets, selection, output, in this order."""
