"""Blind mutual scoring of units: who scores whom, sealed ballots, rounds, results."""
