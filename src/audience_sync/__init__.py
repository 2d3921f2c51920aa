"""Keeps the custom audiences of ad platforms equal to the segments of a customer data platform."""
