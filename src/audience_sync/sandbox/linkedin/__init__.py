"""A pretend LinkedIn: DMP segments of Matched Audiences, as far as others' code and LinkedIn's pages tell."""
