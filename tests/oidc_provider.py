"""An OpenID Connect provider on the loopback: it accepts every code, and says what a test wants it to say."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class Provider(ThreadingHTTPServer):
    """Runs as long as its ``with``. ``claims`` is what it says of whoever comes."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Answers)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.claims = {}

    def __enter__(self):
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(self, *_error):
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        answers = {
            "/.well-known/openid-configuration": {
                "issuer": self.server.url,
                "authorization_endpoint": f"{self.server.url}/authorize",
                "token_endpoint": f"{self.server.url}/token",
                "userinfo_endpoint": f"{self.server.url}/userinfo",
                "jwks_uri": f"{self.server.url}/keys",
            },
            "/userinfo": self.server.claims,
        }
        self._answer(answers[self.path])

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer({"access_token": "token", "token_type": "Bearer"})

    def _answer(self, values):
        body = json.dumps(values).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments):
        """Say nothing."""
