"""The search for better settings of a tagger: trials shared by several processes, and their result."""
