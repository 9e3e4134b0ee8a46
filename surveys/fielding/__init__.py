"""Fielding 调查实施: whom a survey reaches, when, how often, and what came of every invitation."""
