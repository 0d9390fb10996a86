"""Who is at what: leases of takes and of stretches, for all who work on one machine or share."""
