"""The servers that stand between csmd and the stand-in: configuration, start, reload, kill."""

import os
import pathlib
import random
import signal
import socket
import ssl
import subprocess
import time


def free_port():
    """A port that nobody gets for a connection of its own while the server is away: those begin at 32768."""
    while True:
        port = random.randrange(20_000, 32_768)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def until(condition, what, patience=90):
    """Waits until a condition holds that another process brings about; the limit is against hanging."""
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {patience} s: {what}")
        time.sleep(0.02)


def make_certificate(folder):
    """A certificate for loopback that signs itself, with its key beside it and in one file with it."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=csm edge",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True)
    both = (folder / "cert.pem").read_text() + (folder / "key.pem").read_text()
    (folder / "both.pem").write_text(both)
    for name in ["key.pem", "both.pem"]:
        (folder / name).chmod(0o644)  # It is nobody's, for a day, and the proxies are nobody.


class Proxy:
    """A server that ends TLS before the stand-in, in a process group of its own."""

    def __init__(self, folder, backend, http2, requests=None, idle=None):
        self.folder = pathlib.Path(folder)
        self.certificates = self.folder.parent.parent
        self.backend = backend
        self.http2 = http2
        self.requests = requests
        self.idle = idle
        self.port = free_port()
        self.process = None
        self.folder.mkdir()
        self.config.write_text(self.settings)
        if os.getuid() == 0:
            os.chown(self.folder, *self.nobody)

    # As little as may be: nobody, where this is root.
    nobody = (65534, 65534)

    @property
    def rights(self):
        user, group = self.nobody
        return {"user": user, "group": group, "extra_groups": []} if os.getuid() == 0 else {}

    @property
    def config(self):
        return self.folder / "config"

    @property
    def environment(self):
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder)}

    def start(self):
        with open(self.folder / "log", "a") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self.folder, env=self.environment, start_new_session=True, **self.rights)
        until(self.agrees, f"{type(self).__name__} speaks TLS, see {self.folder}/log")

    def agrees(self):
        """Whether it takes connections, and the protocol that it is to speak."""
        if self.process.poll() is not None:
            raise RuntimeError(f"{type(self).__name__} has ended, see {self.folder}/log")
        context = ssl.create_default_context(cafile=self.certificates / "cert.pem")
        context.set_alpn_protocols(["h2", "http/1.1"])
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as plain:
                with context.wrap_socket(plain, server_hostname="127.0.0.1") as secure:
                    chosen = secure.selected_alpn_protocol() or "http/1.1"
        except OSError:
            return False
        expected = "h2" if self.http2 else "http/1.1"
        if chosen != expected:
            raise RuntimeError(f"{type(self).__name__} speaks {chosen} instead of {expected}")
        return True

    def kill(self):
        """As a crash, or a machine that goes down: nothing is said to anybody."""
        if self.process:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.process.wait()
            self.process = None

    def reload(self):
        self.process.send_signal(self.reload_signal)


class Nginx(Proxy):
    reload_signal = signal.SIGHUP

    @property
    def command(self):
        return ["nginx", "-e", "stderr", "-p", str(self.folder), "-c", str(self.config)]

    @property
    def settings(self):
        limits = f"keepalive_requests {self.requests};" if self.requests else ""
        limits += f" keepalive_timeout {self.idle}s;" if self.idle else ""
        places = "\n".join(
            f"  {name}_temp_path {self.folder}/{name};"
            for name in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"])
        return f"""
daemon off;
pid {self.folder}/pid;
error_log stderr warn;
worker_processes 2;
events {{ worker_connections 1024; }}
http {{
  access_log off;
{places}
  {limits}
  upstream fal {{ server 127.0.0.1:{self.backend}; keepalive 32; }}
  server {{
    listen 127.0.0.1:{self.port} ssl{" http2" if self.http2 else ""};
    ssl_certificate {self.certificates}/cert.pem;
    ssl_certificate_key {self.certificates}/key.pem;
    location / {{
      proxy_pass http://fal;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-Proto https;
    }}
  }}
}}
"""


class HAProxy(Proxy):
    reload_signal = signal.SIGUSR2

    @property
    def command(self):
        return ["haproxy", "-W", "-f", str(self.config), "-p", str(self.folder / "pid")]

    @property
    def settings(self):
        idle = f"timeout http-keep-alive {self.idle}s" if self.idle else ""
        return f"""
global
  maxconn 1000
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  {idle}
frontend edge
  bind 127.0.0.1:{self.port} ssl crt {self.certificates}/both.pem alpn {"h2," if self.http2 else ""}http/1.1
  http-request set-header X-Forwarded-Proto https
  default_backend fal
backend fal
  server one 127.0.0.1:{self.backend}
"""


class Caddy(Proxy):
    @property
    def command(self):
        return ["caddy", "run", "--config", str(self.config), "--adapter", "caddyfile"]

    @property
    def settings(self):
        idle = f"timeouts {{\n      idle {self.idle}s\n    }}" if self.idle else ""
        return f"""
{{
  admin unix/{self.folder}/admin
  auto_https off
  default_sni localhost
  storage file_system {self.folder}/storage
  log {{
    level ERROR
  }}
  servers {{
    protocols h1{" h2" if self.http2 else ""}
    {idle}
  }}
}}
https://127.0.0.1:{self.port}, https://localhost:{self.port} {{
  bind 127.0.0.1
  tls {self.certificates}/cert.pem {self.certificates}/key.pem
  reverse_proxy 127.0.0.1:{self.backend}
}}
"""

    def reload(self):
        with open(self.folder / "log", "a") as log:
            subprocess.run(
                ["caddy", "reload", "--force", "--config", str(self.config), "--adapter",
                 "caddyfile", "--address", f"unix/{self.folder}/admin"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment,
                check=True, **self.rights)


class Node(Proxy):
    @property
    def command(self):
        version = "2" if self.http2 else "1"
        return ["node", str(self.config), str(self.certificates), str(self.port),
                str(self.backend), version]

    @property
    def settings(self):
        return (pathlib.Path(__file__).parent / "node-proxy.js").read_text()
