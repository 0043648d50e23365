"""An OpenID Connect provider on the loopback: who comes is signed in already, and is whoever a test says."""

import hashlib
import json
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm


class Provider(ThreadingHTTPServer):
    """Runs as long as its ``with``. ``claims`` is what it says of whoever comes.

    A code that it gave to a browser works once, with the verifier of its challenge; for tests without a browser, every
    other code works too. Where ``claims`` is None, who comes has called it off.
    """

    daemon_threads = True
    client_id, secret = "navette", "secret"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.claims: dict[str, Any] | None = {}
        self.challenges: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    @cached_property
    def key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def about(self) -> dict[str, Any]:
        """What a client reads first."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    def keys(self) -> dict[str, Any]:
        public = RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": "one", "use": "sig", "alg": "RS256"}]}

    def token(self) -> dict[str, str]:
        """For a code; of the identity token the signature is real."""
        now = int(time.time())
        said = {"iss": self.url, "aud": self.client_id, "iat": now, "exp": now + 60, **(self.claims or {})}
        signed = jwt.encode(said, self.key, algorithm="RS256", headers={"kid": "one"})
        return {"access_token": "token", "token_type": "Bearer", "id_token": signed}

    def takes(self, asked: dict[str, str]) -> bool:
        """Whether a token is due for these values of a form."""
        challenge = self.challenges.pop(asked["code"], None)
        hashed = urlsafe_b64encode(hashlib.sha256(asked.get("code_verifier", "").encode()).digest()).decode().strip("=")
        who = (asked.get("client_id"), asked.get("client_secret"))
        return who == (self.client_id, self.secret) and challenge in (None, hashed)


class _Answers(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, urlsplit(self.path).query
        if path == "/authorize":
            self._send_back(dict(parse_qsl(query)))
            return
        answers: dict[str, Callable[[], object]] = {
            "/.well-known/openid-configuration": self.server.about,
            "/keys": self.server.keys,
            "/userinfo": lambda: self.server.claims,
        }
        self._answer(200, answers[path]())

    def do_POST(self) -> None:
        asked = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        if self.server.takes(asked):
            self._answer(200, self.server.token())
        else:
            self._answer(400, {"error": "invalid_grant"})

    def _send_back(self, asked: dict[str, str]) -> None:
        code = secrets.token_hex(8)
        self.server.challenges[code] = asked["code_challenge"]
        answer = {"error": "access_denied"} if self.server.claims is None else {"code": code}
        self.send_response(302)
        self.send_header("Location", f"{asked['redirect_uri']}?{urlencode({**answer, 'state': asked['state']})}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _answer(self, status: int, values: object) -> None:
        body = json.dumps(values).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""
