"""ObjectIds: the 24 hexadecimal digits by which the contact centre, and so Navette, identifies records."""

import secrets
import time


def new_id() -> str:
    """A new ObjectId: the second in 8 digits, then 16 random ones."""
    return f"{int(time.time()):08x}{secrets.token_hex(8)}"
