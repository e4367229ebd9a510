"""The data steward's desk: plain pages about one source, its covenant and month, forms for offices."""
