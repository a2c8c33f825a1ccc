"""How much of what must be hidden can still be made out, on footage with truth."""
