"""What the product is measured against: single frames, as published and without depth."""
