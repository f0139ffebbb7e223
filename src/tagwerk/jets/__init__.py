"""The jet record: order, pad, features, substructure and split."""
