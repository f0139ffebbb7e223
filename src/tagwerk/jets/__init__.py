"""Jets: order, pad, features, substructure, trees and split."""
