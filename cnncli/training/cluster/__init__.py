"""Several processes that train one network: where they are, how they meet, who sees them die."""
