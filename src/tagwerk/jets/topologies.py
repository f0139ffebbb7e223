"""The names of the trees that jets can have, apart from what makes them so that cards are checked without compiling."""

# Powers p of the generalised kt algorithms (arXiv:0802.1189).
POWERS = {"cambridge_aachen": 0, "kt": 1, "anti_kt": -1}
TOPOLOGIES = (*POWERS, "ascending_pt", "descending_pt", "random")
# Node numbers are kept in 16 bits, and a tree of n constituents has 2n - 1 nodes.
LARGEST = 32768
