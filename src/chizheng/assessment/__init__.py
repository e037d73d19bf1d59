"""Assessment (articles 1.1, 1.3): stations, sessions, enrolment sheets, marking, results."""
