"""`make bench`: speed and memory of the data's way, each as a ratio to a baseline measured in the same run."""
