"""What happened, as the rows that the vendor's reports would show at an instant."""
