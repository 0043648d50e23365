"""Where the layers meet: loads and exports."""
