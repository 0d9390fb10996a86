"""Every oddity that clips come with, made of one short clip, and what Limn makes of each."""
