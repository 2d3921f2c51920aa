"""How a file of a segment is written: which columns, how their cells look, and in which format."""
