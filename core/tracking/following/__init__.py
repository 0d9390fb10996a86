"""Following people by their landmarks where the detector misses or misplaces them."""
