"""The console's own server: what it takes from a proxy, and that no user keeps the others from it."""

import http.client

import pytest
from tests.acceptance.browser import free_port
from tests.acceptance.installation import Installation, eventually

HEALTH = "/health/live"


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    """The port of a console that runs; a client on this machine is what a proxy is to it."""
    installation, port = Installation(tmp_path_factory.mktemp("server")), free_port()
    installation.navette("init")
    with installation.running("web", "--bind", f"127.0.0.1:{port}"):
        eventually(lambda: _answers(port))
        yield port


def _answers(port):
    try:
        return status(port, HEALTH) == 200
    except ConnectionRefusedError:
        return False


def status(port, path, **headers):
    """The status of a GET."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize(
    "header", ["SCRIPT_NAME", "script_name", "SCRIPT-NAME", "X-Script-Name", "X-Forwarded-Prefix", "SCRIPT_URL"]
)
def test_no_header_takes_a_request_past_the_path_rules_of_a_proxy(port, header):
    assert status(port, f"/elsewhere{HEALTH}", **{header: "/elsewhere"}) == 404


@pytest.mark.parametrize("header", ["PATH_INFO", "Path-Info", "X-Original-URL", "X-Rewrite-URL"])
def test_no_header_names_another_path(port, header):
    assert status(port, "/elsewhere", **{header: HEALTH}) == 404
