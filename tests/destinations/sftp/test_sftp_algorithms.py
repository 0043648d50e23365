"""SHA-1 is broken: nothing is signed or exchanged with it, and of a server that knows nothing else that is said."""

from pathlib import Path
from typing import Any

import asyncssh
import pytest
from tests.ssh_server import running_asyncssh, running_sshd

from navette.destinations.sftp import STEPS, Checked, NewKeyPair, Step, check, new_key_pair
from navette.destinations.sftp.algorithms import HOST_KEYS, KEY_EXCHANGES, MACS, SIGNATURES


@pytest.fixture(scope="module")
def rsa() -> NewKeyPair:
    """A pair of RSA keys, which take a while to make."""
    return new_key_pair("rsa4096", "navette@example.org")


def failed(checked: Checked) -> Step:
    [step] = [one for one in checked.steps if one.state == "failed"]
    return step


@pytest.mark.parametrize("algorithms", [KEY_EXCHANGES, MACS, SIGNATURES, HOST_KEYS])
def test_no_algorithm_has_sha_1(algorithms: list[str] | tuple[str, ...]) -> None:
    assert not [one for one in algorithms if "sha1" in one or "md5" in one or one in ("ssh-rsa", "ssh-dss")]
    assert len(algorithms) >= 6


def test_what_is_new_is_known() -> None:
    assert {"mlkem768x25519-sha256", "curve25519-sha256", "diffie-hellman-group14-sha256"} <= set(KEY_EXCHANGES)
    assert {"hmac-sha2-256-etm@openssh.com", "hmac-sha2-512"} <= set(MACS)
    assert {"rsa-sha2-256", "rsa-sha2-512", "ssh-ed25519"} <= set(SIGNATURES)


ONLY_SHA_1 = {
    "kex": {"kex_algs": ["diffie-hellman-group14-sha1"]},
    "mac": {"mac_algs": ["hmac-sha1"], "encryption_algs": ["aes128-ctr"]},
}


@pytest.mark.parametrize("options", ONLY_SHA_1.values(), ids=ONLY_SHA_1.keys())
def test_a_server_that_knows_sha_1_alone_is_named(keys: NewKeyPair, tmp_path: Path, options: dict[str, Any]) -> None:
    with running_asyncssh(keys.public, tmp_path, **options) as running:
        step = failed(check(running.address("/", keys)))
    assert (step.name, step.code) == ("algorithms", "only_sha1")
    assert "supports only SHA-1, which is broken: update the server." in str(step.help)
    assert next(iter(options.values()))[0] in str(step.help)


@pytest.mark.parametrize("line", ["KexAlgorithms diffie-hellman-group14-sha1", "HostKeyAlgorithms ssh-rsa"])
def test_openssh_with_sha_1_alone_is_named(keys: NewKeyPair, rsa: NewKeyPair, line: str) -> None:
    with running_sshd(keys.public, more=line, host_key=rsa) as running:
        step = failed(check(running.address("./", keys)))
    assert (step.name, step.code) == ("algorithms", "only_sha1")
    assert line.split()[1] in str(step.help)


def test_a_server_that_takes_rsa_signatures_with_sha_1_alone_is_named(rsa: NewKeyPair, tmp_path: Path) -> None:
    with running_asyncssh(rsa.public, tmp_path, signature_algs=["ssh-rsa"]) as running:
        step = failed(check(running.address("/", rsa)))
    assert (step.name, step.code) == ("authenticate", "only_sha1")


def test_a_server_that_does_not_know_the_rsa_key_is_not_blamed_for_sha_1(
    keys: NewKeyPair, rsa: NewKeyPair, tmp_path: Path
) -> None:
    with running_asyncssh(keys.public, tmp_path) as running:
        step = failed(check(running.address("/", rsa)))
    assert (step.name, step.code) == ("authenticate", "sign_in_refused")


@pytest.mark.parametrize("algorithm", ["rsa-sha2-256", "rsa-sha2-512"])
def test_rsa_keys_work_with_sha_2(rsa: NewKeyPair, tmp_path: Path, algorithm: str) -> None:
    host_key = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
    options: dict[str, Any] = {
        "server_host_keys": [host_key],
        "encryption_algs": ["aes128-ctr"],
        "signature_algs": [algorithm],
    }
    with running_asyncssh(rsa.public, tmp_path, **options) as running:
        checked = check(running.address("/", rsa, host_keys=(host_key.export_public_key().decode(),)))
    assert [(one.name, one.state) for one in checked.steps] == [(name, "ok") for name in STEPS]
