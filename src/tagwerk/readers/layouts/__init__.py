"""The layouts of files, one a module: the module's name is the card's key `layout`.

Each has `entries(file, dataset)`, how many rows a file has, and `read(file, dataset, tally, step)`, which yields the
branches that the card names as a record array with one entry a jet: a number a jet, or a list of numbers for what is
reached in a sequence. Its field `row` is the number of the row in the file that a jet comes from. Links are counted in
the tally.
"""
