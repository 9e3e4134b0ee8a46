"""The bulletin: what it says, its editions and their release by two people, its text and its pictures."""
