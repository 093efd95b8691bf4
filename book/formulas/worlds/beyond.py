"""Worlds of what lies beyond the gradient."""
