"""What a trained tagger loses when its input is perturbed, and which of its inputs it relies on."""
