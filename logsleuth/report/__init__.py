"""Incident reports made from a case, and their verification."""
