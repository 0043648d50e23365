"""``navette keys``: our SSH keys, and the secret key that hides them."""

from typing import Annotated

import typer

from navette.cli.server import ready

app = typer.Typer(
    no_args_is_help=True, help="Manage the SSH keys that automated exports sign in with, and the secret key."
)


@app.command("list")
def list_keys() -> None:
    """List the public keys, the newest first; a pair is made where there is none."""
    ready()
    from navette.control.ssh_keys import key_pairs

    for pair in key_pairs():
        replaced = ", replaced" if pair.replaced_at else ""
        typer.echo(f"{pair.fingerprint} ({pair.created_at:%Y-%m-%d}{replaced})\n{pair.public}")


@app.command("new")
def new_key(
    rsa: Annotated[
        bool, typer.Option("--rsa", help="An RSA key of 4096 bits, for servers that know no other.")
    ] = False,
) -> None:
    """Make a new pair. The ones before go on working until they are removed: let the servers know the new one first."""
    ready()
    from navette.control.ssh_keys import rotate

    pair = rotate("rsa4096" if rsa else "ed25519")
    typer.echo(pair.public)


@app.command("remove")
def remove_key(fingerprint: Annotated[str, typer.Argument(help="As list shows it: SHA256:…")]) -> None:
    """Forget a pair that no server needs any more."""
    ready()
    from navette.control.ssh_keys import remove

    remove(fingerprint)
    typer.echo(f"{fingerprint} is removed.")


@app.command("renew-secrets")
def renew() -> None:
    """Encrypt all secrets with NAVETTE_SECRET_KEY that NAVETTE_PREVIOUS_SECRET_KEY still opens."""
    ready()
    from navette.services.setup import renew_secrets

    typer.echo(f"{renew_secrets()} secrets are encrypted with the present key.")
