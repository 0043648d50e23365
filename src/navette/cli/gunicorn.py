"""The console's web server: gunicorn with threads, in one process."""

import os
from typing import Any

from gunicorn.app.base import BaseApplication

from navette.site.wsgi import application
from navette.web.concurrency import DOWNLOAD_THREADS, QUERY_THREADS


class Console(BaseApplication):  # type: ignore[misc]
    """Gunicorn without its command line. Connections stay open for longer than the interval at which pages poll."""

    def __init__(self, bind: str, threads: int) -> None:
        self._options = {
            "bind": bind,
            "worker_class": "gthread",
            "threads": threads + DOWNLOAD_THREADS.most,
            "keepalive": 10,
            "timeout": 120,
            "graceful_timeout": 20,
            "control_socket_disable": True,
            # A header such as SCRIPT_NAME could move a request to a path that the proxy did not check.
            "forwarder_headers": "",
            "header_map": "drop",
        }
        os.environ.pop("SCRIPT_NAME", None)  # gunicorn would use it
        QUERY_THREADS.most = max(1, threads // 2)
        super().__init__()

    def load_config(self) -> None:
        """Called by gunicorn."""
        for name, value in self._options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        """Called by gunicorn."""
        return application
