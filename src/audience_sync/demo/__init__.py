"""The whole product on one terminal: made-up people, a pretend Meta, and the specification's flows."""
