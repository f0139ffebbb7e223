"""Recurrent and recursive layers on packed sequences and trees, forward and backward, for CPUs.

As in PyTorch's packed sequences, jets are ordered by descending length, and their first steps come first, then their
second steps and so on. The same step of all jets that have it is one block of rows, and padding is never computed.
Whatever does not depend on other steps (products with the inputs, gradients of the weights) is a single product.

The nodes of trees are packed by level: all leaves, then the nodes whose children are all leaves, and so on. A level of
all trees is one block of rows, and the residuals grow with the number of nodes, whatever their depth.
"""
