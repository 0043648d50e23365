"""Key pairs: what OpenSSH itself says of them."""

import shutil
import subprocess
from pathlib import Path
from typing import Literal

import pytest

from navette.core.errors import RequestError
from navette.destinations.sftp import fingerprint, new_key_pair

KEYGEN = shutil.which("ssh-keygen")


@pytest.mark.parametrize(("kind", "bits", "name"), [("ed25519", "256", "ED25519"), ("rsa4096", "4096", "RSA")])
def test_openssh_reads_a_new_pair_as_we_do(
    kind: Literal["ed25519", "rsa4096"], bits: str, name: str, tmp_path: Path
) -> None:
    if KEYGEN is None:
        pytest.skip("SKIPPED LOUDLY: no ssh-keygen installed")
    pair = new_key_pair(kind, "navette@example.org\nssh-rsa AAAA")
    assert "\n" not in pair.public
    (tmp_path / "key").write_text(pair.private)
    (tmp_path / "key").chmod(0o600)
    command = [KEYGEN, "-y", "-f", str(tmp_path / "key")]
    public = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    assert public.split()[:2] == pair.public.split()[:2]
    (tmp_path / "key.pub").write_text(pair.public)
    command = [KEYGEN, "-l", "-f", str(tmp_path / "key.pub")]
    shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert (shown[0], shown[1], shown[-1]) == (bits, pair.fingerprint, f"({name})")
    assert fingerprint(pair.public) == pair.fingerprint


def test_each_pair_is_new() -> None:
    assert new_key_pair("ed25519", "a").public != new_key_pair("ed25519", "a").public


@pytest.mark.parametrize("text", ["", "ssh-ed25519", "ssh-ed25519 AAAA", "hello", "é", "\0"])
def test_what_is_no_key_has_no_fingerprint(text: str) -> None:
    with pytest.raises(RequestError, match="not a public key"):
        fingerprint(text)
