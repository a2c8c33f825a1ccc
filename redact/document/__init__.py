"""A report, whatever it is printed as: its parts, as a page, as a PDF."""
