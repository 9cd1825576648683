// A proxy of Node's own servers: TLS with HTTP/2 or HTTP/1.1 before, plain HTTP/1.1 behind.
//
//   node node-proxy.js CERTIFICATES PORT BACKEND 1|2

const fs = require("fs");
const http = require("http");
const http2 = require("http2");
const https = require("https");

const [folder, port, backend, version] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true });
// RFC 9110, 7.6.1: these concern one connection and are not passed on.
const hops = ["connection", "keep-alive", "transfer-encoding", "upgrade", "proxy-connection"];

function passed(headers) {
  const kept = Object.entries(headers).filter(
    ([name]) => !name.startsWith(":") && !hops.includes(name));
  return Object.fromEntries(kept);
}

function forward(request, response) {
  const host = request.headers[":authority"] || request.headers.host;
  const headers = { ...passed(request.headers), host, "x-forwarded-proto": "https" };
  const options = { port: backend, method: request.method, path: request.url, headers, agent };
  const call = http.request({ host: "127.0.0.1", ...options }, (answer) => {
    response.writeHead(answer.statusCode, passed(answer.headers));
    answer.pipe(response);
    answer.on("error", () => response.destroy());
  });
  call.on("error", () => {
    if (response.headersSent) return response.destroy();
    response.writeHead(502, { "content-type": "text/html" });
    response.end("<html><body>Bad Gateway</body></html>");
  });
  request.pipe(call);
}

const secrets = {
  key: fs.readFileSync(folder + "/key.pem"),
  cert: fs.readFileSync(folder + "/cert.pem"),
};
const server = version === "2"
  ? http2.createSecureServer({ ...secrets, allowHTTP1: true }, forward)
  : https.createServer(secrets, forward);
server.listen(Number(port), "127.0.0.1");
