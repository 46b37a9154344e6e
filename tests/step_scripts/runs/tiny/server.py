"""A tiny model server: multiplies the number in each line of JSON. It travels in the model's archive as its code.

A line may have ``seconds``, which the answer takes, and ``exit``, the code with which the server ends.
"""

import json
import os
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def serve(model, *, host):
    """Serve until SIGTERM; return the exit code."""
    if not (model / "model.json").is_file():
        print("tiny server: this model has no model.json", flush=True)
        return 1
    factor = json.loads((model / "model.json").read_text())["factor"]
    ready = 503 if factor is None else 200
    answered = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.answer(ready if self.path == "/ping" else 404, b"")

        def do_POST(self):
            lines = self.rfile.read(int(self.headers["Content-Length"])).decode().splitlines()
            try:
                records = [json.loads(line) for line in lines]
                for record in records:
                    time.sleep(record.get("seconds", 0))
                    if "exit" in record:
                        os._exit(record["exit"])
                results = [json.dumps({"result": factor * record["number"]}) + "\n" for record in records]
            except (ValueError, KeyError, TypeError) as error:
                return self.answer(400, f"expected a number in each line; got {error!r}".encode())
            answered.extend(results)
            return self.answer(200, "".join(results).encode())

        def answer(self, status, body):
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Print nothing."""

    server = ThreadingHTTPServer((host, int(os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080"))), Handler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print("listening", flush=True)
    server.serve_forever()
    print(f"report: rows={len(answered)}", flush=True)
    return 0
