"""The search for better settings of a tagger: trials that several processes share, and what comes of them."""
