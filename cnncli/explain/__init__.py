"""Why a network decided as it did: maps of what speaks for a class, one module a method."""
