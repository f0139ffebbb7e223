"""The layouts of files, one per module: the module's name is the card's key `layout`.

Each has `entries(file, dataset)`, the number of rows in a file, and `read(file, dataset, tally, step)`, which yields
the branches that the card names as record arrays with one entry per jet: a number, or a list of numbers for branches of
a sequence. The field `row` is the index of the file's row that a jet comes from. Links are counted in the tally.
"""
