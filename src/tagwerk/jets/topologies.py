"""The topologies of jets' trees, apart from the code that builds them, so that checking cards compiles nothing."""

# Powers p of the generalised kt algorithms (arXiv:0802.1189).
POWERS = {"cambridge_aachen": 0, "kt": 1, "anti_kt": -1}
TOPOLOGIES = (*POWERS, "ascending_pt", "descending_pt", "random")
# Node indices are stored in 16 bits, and a tree of n constituents has 2n - 1 nodes.
MAX_CONSTITUENTS = 32768
