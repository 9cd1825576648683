/// URLs with which an answer may try to misdirect the key or a download.
///
/// `TRAP` stands for the port of a server on this machine that must never be contacted, `QUEUE` for that of
/// the queue, `CDN` for that of the audio; `ID` for the request's own id.
enum HostileURLs {
  /// URLs that neither the key nor a download may go to.
  static let everywhere =
    otherSchemes + otherHosts + loopbackSpellings + insideNetworks + disguises + malformed

  /// URLs that the key must not go to, although they look like the queue's URL of the request.
  static let forKey = [
    "https://v3.fal.media/files/a.wav", "https://queue.fal.run/fal-ai/csm-1b/requests/ID/status",
    "https://127.0.0.1:QUEUE/fal-ai/csm-1b/requests/ID/status",
    "HTTP://127.0.0.1:QUEUE/fal-ai/csm-1b/requests/ID/status",
    "http://localhost:QUEUE/fal-ai/csm-1b/requests/ID/status",
    "http://127.0.0.1:CDN/fal-ai/csm-1b/requests/ID/status",
    "http://127.0.0.1:QUEUE@127.0.0.1:TRAP/fal-ai/csm-1b/requests/ID/status",
    "http://127.0.0.1:QUEUE/fal-ai/csm-1b@127.0.0.1:TRAP/requests/ID/status",
    "http://127.0.0.1:QUEUE.trap.example/fal-ai/csm-1b/requests/ID/status",
    "http://127.0.0.1:QUEUE/fal-ai/csm-1b/../other/requests/ID/status",
    "http://127.0.0.1:QUEUE/fal-ai/csm-1b/%2e%2e/%2e%2e/requests/ID/status",
    "http://127.0.0.1:QUEUE/fal-ai/csm-1b/..%2f..%2f/requests/ID/status",
    "http://127.0.0.1:QUEUE/fal-ai/csm-1b//requests/ID/status",
    "http://127.0.0.1:QUEUE//fal-ai/csm-1b/requests/ID/status",
    "http://127.0.0.1:QUEUE/fal-ai/csm-1b/requests/other/../ID/status",
    "http://127.0.0.1:QUEUE/fal-ai/csm-1b/requests/00000000-0000-4000-8000-000000000000/status",
    "http://127.0.0.1:QUEUE/fal-ai/csm-1b/requests/ID/status?next=http://127.0.0.1:TRAP/",
    "http://127.0.0.1:QUEUE/fal-ai/csm-1b/requests/ID/status#fragment",
    "http://127.0.0.1:QUEUE/fal-ai/csm-1b/requests/ID/status/",
    "http://127.0.0.1:QUEUE/fal-ai/csm-1b/requests/ID/status\u{0}",
    "http://127.0.0.1:QUEUE/fal-ai/csm-1b/requests/ID/status\r\nHost: 127.0.0.1:TRAP",
    "http://127.0.0.1:QUEUE/fal-ai/csm-1b/requests/ID/status HTTP/1.1\r\nX: y",
    "http://127.0.0.1:QUEUE/fal-ai/csm-1b/requests/ID\\status",
    "http://127.0.0.1:QUEUE/fal-ai/csm-1b/requests/ID;x=y/status",
    "http://127.0.0.1:QUEUE/fal-ai/other/requests/ID/status",
    "http://127.0.0.1:QUEUE/other/csm-1b/requests/ID/status",
    "http://127.0.0.1:QUEUE/FAL-AI/csm-1b/requests/ID/status",
    "http://127.0.0.1:QUEUE/fal-ai/csm-1b",
    "http://127.0.0.1:QUEUE/v1/account/billing", "http://127.0.0.1:QUEUE/",
    "http://127.0.0.1:QUEUE", "/fal-ai/csm-1b/requests/ID/status",
  ]

  /// URLs that audio must not come from, although their host looks like an allowed one.
  static let forAudio = [
    "https://fal.media.trap.example/a.wav", "https://trap.example/fal.media/a.wav",
    "https://trap.example/?https://v3.fal.media/a.wav", "https://trap.example#.fal.media/a.wav",
    "https://v3.fal.media@trap.example/a.wav", "https://trap.example:80@v3.fal.media/a.wav",
    "https://v3.fal.media:pass@v3.fal.media/a.wav", "https://notfal.media/a.wav",
    "https://v3-fal.media/a.wav", "https://v3.fal.media./a.wav", "https://fal.media../a.wav",
    "https://v3.fal.media:8443/a.wav", "https://v3.fal.media:0443/a.wav",
    "https://v3.fal.media:443:443/a.wav", "https://v3.fal.media:/a.wav",
    "https://127.0.0.1:TRAP.fal.media/a.wav", "https://[::1].fal.media/a.wav",
    "https://[::1]@v3.fal.media/a.wav", "https://[::1]:TRAP.fal.media/a.wav",
    "https://.fal.media/a.wav", "https://a..fal.media/a.wav", "https://-.fal.media/a.wav",
    "https://v3.fal.media\\@trap.example/a.wav", "https://trap.example\\.fal.media/a.wav",
    "https://v3%2efal.media/a.wav", "https://trap.example%2f.fal.media/a.wav",
    "https://trap.example%00.fal.media/a.wav", "https://v3.fal.media%40trap.example/a.wav",
    "https://trap.example\u{0}.fal.media/a.wav", "https://v3\u{3002}fal\u{3002}media/a.wav",
    "https://v3\u{FF0E}fal.media/a.wav", "https://v3.f\u{0430}l.media/a.wav",
    "https://v3.fal.m\u{00E9}dia/a.wav", "https://\u{202E}aidem.laf.3v/a.wav",
    "http://v3.fal.media/a.wav", "http://127.0.0.1:CDN@127.0.0.1:TRAP/a.wav",
    "http://127.0.0.1:CDN.fal.media/a.wav", "http://127.0.0.1:CDN0/a.wav",
    "http://127.0.0.1:0CDN/a.wav", "http://127.1:CDN/a.wav", "http://localhost:CDN/a.wav",
    "http://2130706433:CDN/a.wav", "http://127.0.0.1/a.wav", "http://127.0.0.1:QUEUE/a.wav",
    "ftp://v3.fal.media/a.wav", "https:/v3.fal.media/a.wav", "https:v3.fal.media/a.wav",
    "//v3.fal.media/a.wav", "https:///v3.fal.media/a.wav", "https://v3.fal.media /a.wav",
    "https://v3.fal.media\t/a.wav", "https://v3.fal.media/a.wav\r\nX: y",
  ]

  private static let otherSchemes = [
    "file:///etc/passwd", "file://localhost/etc/passwd", "FILE:///etc/passwd",
    "file://127.0.0.1:TRAP/x", "gopher://127.0.0.1:TRAP/_GET", "dict://127.0.0.1:TRAP/x",
    "ftp://127.0.0.1:TRAP/x", "ftps://127.0.0.1:TRAP/x", "tftp://127.0.0.1:TRAP/x",
    "ldap://127.0.0.1:TRAP/x", "smb://127.0.0.1:TRAP/x", "scp://127.0.0.1:TRAP/x",
    "telnet://127.0.0.1:TRAP/", "rtsp://127.0.0.1:TRAP/x", "ws://127.0.0.1:TRAP/",
    "wss://127.0.0.1:TRAP/", "imap://127.0.0.1:TRAP/", "mqtt://127.0.0.1:TRAP/x",
    "unix:///run/x.sock", "http+unix://%2Frun%2Fx.sock/", "javascript:alert(1)", "jar:http://x!/",
    "about:blank", "blob:https://fal.media/x", "mailto:someone@fal.media", "view-source:http://x/",
  ]

  private static let otherHosts = [
    "http://127.0.0.1:TRAP/", "https://127.0.0.1:TRAP/", "http://localhost:TRAP/",
    "HTTPS://127.0.0.1:TRAP/", "hTTp://127.0.0.1:TRAP/", "https://trap.example/",
    "http://trap.example:TRAP/", "https://user@127.0.0.1:TRAP/",
    "https://user:word@127.0.0.1:TRAP/",
    "https://:word@127.0.0.1:TRAP/", "https://@127.0.0.1:TRAP/",
    "https://queue.fal.run@127.0.0.1:TRAP/", "https://queue.fal.run:443@127.0.0.1:TRAP/",
    "https://queue.fal.run%40127.0.0.1:TRAP/", "https://queue.fal.run\\@127.0.0.1:TRAP/",
    "https://queue.fal.run#@127.0.0.1:TRAP/", "https://queue.fal.run?@127.0.0.1:TRAP/",
    "https://queue.fal.run;@127.0.0.1:TRAP/", "https://queue.fal.run&@127.0.0.1:TRAP/",
  ]

  private static let loopbackSpellings = [
    "http://2130706433:TRAP/", "http://017700000001:TRAP/", "http://0x7f000001:TRAP/",
    "http://0x7F.0x0.0x0.0x1:TRAP/", "http://0177.0.0.01:TRAP/", "http://127.1:TRAP/",
    "http://127.0.1:TRAP/", "http://127.000.000.001:TRAP/", "http://127.0.0.1.:TRAP/",
    "http://0:TRAP/", "http://0.0.0.0:TRAP/", "http://127.127.127.127:TRAP/",
    "http://4294967295:TRAP/", "http://127.0.0.256:TRAP/", "http://localhost.:TRAP/",
    "http://LOCALHOST:TRAP/", "http://localhost.localdomain:TRAP/", "http://ip6-localhost:TRAP/",
    "http://[::1]:TRAP/", "http://[0:0:0:0:0:0:0:1]:TRAP/", "http://[0000::0001]:TRAP/",
    "http://[::]:TRAP/", "http://[::ffff:127.0.0.1]:TRAP/", "http://[::ffff:7f00:1]:TRAP/",
    "http://[::127.0.0.1]:TRAP/", "http://[::1%25lo]:TRAP/", "http://[::1%lo]:TRAP/",
    "http://\u{2460}\u{2461}\u{2466}.0.0.1:TRAP/", "http://127\u{3002}0\u{3002}0\u{3002}1:TRAP/",
    "http://\u{FF11}\u{FF12}\u{FF17}.0.0.1:TRAP/", "https://2130706433:TRAP/",
    "https://[::ffff:127.0.0.1]:TRAP/", "https://[::1]:TRAP/", "https://0x7f.1:TRAP/",
  ]

  private static let insideNetworks = [
    "http://169.254.169.254/latest/meta-data/", "https://169.254.169.254/", "http://2852039166/",
    "http://0xA9FEA9FE/", "http://0251.0376.0251.0376/", "http://[::ffff:169.254.169.254]/",
    "http://[fe80::1%25eth0]/", "http://[fe80::1]/", "http://[fd00:ec2::254]/",
    "http://metadata.google.internal/", "http://100.100.100.200/", "http://192.0.0.192/",
    "https://10.0.0.1/", "https://10.1/", "https://172.16.0.1/", "https://172.31.255.254/",
    "https://192.168.1.1/", "https://100.64.0.1/", "https://100.127.255.255/",
    "https://198.18.0.1/", "https://224.0.0.1/", "https://255.255.255.255/", "https://[fc00::1]/",
    "https://[fd12:3456:789a::1]/", "https://[ff02::1]/", "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/", "https://[2001:db8::1]/", "https://[::]/", "https://0/",
  ]

  private static let disguises = [
    "http://127.0.0.1:TRAP\\.fal.media/", "http:\\\\127.0.0.1:TRAP\\", "http:/127.0.0.1:TRAP/",
    "http:127.0.0.1:TRAP/", "//127.0.0.1:TRAP/", "///127.0.0.1:TRAP/", "http:///127.0.0.1:TRAP/",
    "http://///127.0.0.1:TRAP/", "127.0.0.1:TRAP", "\thttp://127.0.0.1:TRAP/",
    " http://127.0.0.1:TRAP/", "\nhttp://127.0.0.1:TRAP/", "h\nttp://127.0.0.1:TRAP/",
    "h\tttp://127.0.0.1:TRAP/", "http://127.0.0.1\t:TRAP/", "http://127.0.0.1\n:TRAP/",
    "http://127.0.0.1:TRAP/\r\nAuthorization: x", "\u{FEFF}http://127.0.0.1:TRAP/",
    "http\u{200B}://127.0.0.1:TRAP/", "http\u{FF1A}//127.0.0.1:TRAP/",
    "http://127.0.0.1%3ATRAP/", "http://%31%32%37.0.0.1:TRAP/", "http://127.0.0.1:%54/",
    "url:http://127.0.0.1:TRAP/", "URL=http://127.0.0.1:TRAP/", "<http://127.0.0.1:TRAP/>",
    "\"http://127.0.0.1:TRAP/\"", "http://127.0.0.1:TRAP/;http://127.0.0.1:QUEUE/",
    "http://127.0.0.1:TRAP http://127.0.0.1:QUEUE/", "@127.0.0.1:TRAP/", "?@127.0.0.1:TRAP/",
  ]

  private static let malformed = [
    "", " ", "/", ".", "..", "?", "#", ":", "://", "http", "http:", "http:/", "http://",
    "https://", "https://:443/", "https://?", "https://#", "http://[", "http://]", "http://[]/",
    "http://[::1", "http://::1:TRAP/", "http://[::1]]:TRAP/", "http://[[::1]]:TRAP/",
    "http://[127.0.0.1]:TRAP/", "http://[1:2:3:4:5:6:7:8:9]/", "http://127.0.0.1:TRAPTRAP/",
    "http://127.0.0.1:-1/", "http://127.0.0.1:65536/", "http://127.0.0.1:99999999999/",
    "http://127.0.0.1:TRAP:TRAP/", "http://a b/", "http://%/", "http://%zz/", "http://\u{0}/",
    "\u{0}", "null", "{}", "../../../etc/passwd", "%2e%2e%2f", "C:\\x", "\\\\host\\share",
    "http://\(String(repeating: "a", count: 300)).example/",
    "http://127.0.0.1:TRAP/\(String(repeating: "a", count: 100_000))",
    "\(String(repeating: "http://", count: 2000))127.0.0.1:TRAP/",
    String(repeating: "@", count: 5000), String(repeating: "/", count: 5000),
  ]
}
