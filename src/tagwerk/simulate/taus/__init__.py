"""Candidates of hadronic taus: truth, pile-up, tracks with impact parameters, showers, clusters, selection."""
