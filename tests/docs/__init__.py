"""Whatever a person can set, type, meet or break is written down."""
