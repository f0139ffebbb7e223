"""How each layout is recognised in a file, one module per layout.

Each has `candidates(source)`: a draft for every jet collection in a tree or file, none if it has another layout. The
links in these drafts are guessed from names and types; `tagwerk.drafts.choose` reads the jets to verify them.
"""
