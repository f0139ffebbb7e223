"""The architectures, one per file: the file's name is the key in a tagger's card.

A file declares its `ENGINE`, the `INPUTS` that it takes and a `build`, whose keyword-only arguments are the
hyperparameters. Networks import Keras inside `build`, so that cards can be checked without the seconds that TensorFlow
takes to import.
"""
