"""Recurrent and recursive layers on packed steps, forward and backward, on processors without a graphics card.

A batch's real steps are packed: jets ordered by falling length, and their first steps, their second steps and so on one
behind the other, so that a step of all jets that have one is a block of rows, and no padded step is computed. What the
steps do not depend on one another for (the products with the inputs, the gradients of the weights) is one product for
all of them.

The nodes of trees are packed by levels, all leaves first, then the nodes all of whose children are leaves and so on: a
level of all trees is a block of rows, and what is kept for the gradient grows with the nodes, whatever their depth.
"""
