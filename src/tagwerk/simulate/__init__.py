"""Simulated jets: generator, truth, detector, jets, selection, output; one direction."""
