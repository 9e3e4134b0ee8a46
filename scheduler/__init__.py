"""The timetable of a season and the ledger in which each due run stands once."""
