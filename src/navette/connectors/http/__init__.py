"""Reading lists over HTTP: pages of lists that change while they are read, at an even pace, with retries."""
