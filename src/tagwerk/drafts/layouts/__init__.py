"""What a file of each layout holds, one layout a module.

Each has `candidates(source)`: a draft for every collection of jets in a tree or HDF5 file, none if it is of another
layout. What these say of links is a guess from names and types; `tagwerk.drafts.choose` reads the jets to see.
"""
