"""Results: tables stored so that nothing is lost or half-written, and the measures read from them."""
