"""A folder of images: index, check, split, the array on disk."""
