"""Pretend ad platforms with memory, on loopback, that can be told to fail.

Written from the platforms' documents, never from our connectors, and importing nothing of ours: a sandbox that shared
code with what it tests would share its mistakes too.
"""
