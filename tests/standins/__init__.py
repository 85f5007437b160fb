"""Servers on loopback that stand in for DAP and Canvas."""
