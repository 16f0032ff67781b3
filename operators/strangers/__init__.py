"""Strangers: who wrote to whom first, and what follows when somebody unknown writes something suspicious."""
