"""Everything that takes its time, on one page: imports, mails, reports, looks at the log, schedules."""
