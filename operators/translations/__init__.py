"""The panel's words in other languages: a table a language, from the English words."""
