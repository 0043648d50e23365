"""``navette keys``: manage the SSH keys, and the secret key that encrypts them."""

from typing import Annotated

import typer

from navette.cli.server import ready

app = typer.Typer(no_args_is_help=True, help="Manage the SSH keys of automated exports, and the secret key.")


@app.command("list")
def list_keys() -> None:
    """List the public keys, the newest first. Creates a key pair if there is none."""
    ready()
    from navette.control.actor import OPERATOR
    from navette.services.ssh_keys import public_keys

    for pair in public_keys(OPERATOR):
        replaced = ", replaced" if pair.replaced_at else ""
        typer.echo(f"{pair.fingerprint} ({pair.created_at:%Y-%m-%d}{replaced})\n{pair.public}")


@app.command("new")
def new_key(
    rsa: Annotated[
        bool, typer.Option("--rsa", help="Create an RSA key of 4096 bits, for servers that do not support Ed25519.")
    ] = False,
) -> None:
    """Create a new key pair. Existing keys work until you remove them: add the new key to the servers first."""
    ready()
    from navette.control.actor import OPERATOR
    from navette.services.ssh_keys import rotate

    pair = rotate(OPERATOR, "rsa4096" if rsa else "ed25519")
    typer.echo(pair.public)


@app.command("remove")
def remove_key(fingerprint: Annotated[str, typer.Argument(help="The fingerprint that list shows: SHA256:…")]) -> None:
    """Remove a key pair that no server needs any more."""
    ready()
    from navette.control.actor import OPERATOR
    from navette.services.ssh_keys import remove

    remove(OPERATOR, fingerprint)
    typer.echo(f"{fingerprint} is removed.")


@app.command("renew-secrets")
def renew() -> None:
    """Encrypt all secrets with NAVETTE_SECRET_KEY, after NAVETTE_PREVIOUS_SECRET_KEY decrypted them."""
    ready()
    from navette.control.actor import OPERATOR
    from navette.services.setup import renew_secrets

    typer.echo(f"{renew_secrets(OPERATOR)} secrets are encrypted with the present key.")
