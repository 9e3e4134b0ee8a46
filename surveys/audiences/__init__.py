"""Other audiences than patients: blind surveys of staff, trainees and residents, and what third parties have found."""
