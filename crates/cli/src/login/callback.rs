//! Where the browser comes back to: one page on a loopback port.

use crate::error::SignIn;
use percent_encoding::percent_decode_str;
use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Sender};
use std::time::{Duration, Instant};

/// The ports that the provider knows: it compares redirect addresses letter by letter.
const PORTS: [u16; 3] = [8976, 8977, 8978];
/// Longer requests are none of a browser that comes back.
const REQUEST_MAX_BYTES: u64 = 16 * 1024;
const READ_MAX: Duration = Duration::from_secs(10);

/// A page that waits for the browser.
#[derive(Debug)]
pub(super) struct Callback {
    port: u16,
    listeners: Vec<TcpListener>,
}

/// What a browser brought.
#[derive(Debug, PartialEq, Eq)]
enum Brought {
    Code(String),
    Refusal(String),
}

impl Callback {
    /// Listens on the first free port. `localhost` may mean either loopback address, so both are
    /// listened on where there are both.
    pub(super) fn listen() -> io::Result<Self> {
        let mut last = io::Error::from(io::ErrorKind::AddrInUse);
        for port in PORTS {
            match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
                Ok(listener) => {
                    let mut listeners = vec![listener];
                    // No IPv6 here, or taken by somebody else: then IPv4 has to do.
                    listeners.extend(TcpListener::bind((Ipv6Addr::LOCALHOST, port)));
                    return Ok(Self { port, listeners });
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// The redirect address.
    pub(super) fn address(&self) -> String {
        format!("http://localhost:{}/callback", self.port)
    }

    /// The code that the browser brings back with our state. Whatever else knocks is turned away.
    pub(super) fn wait(self, state: &str, longest: Duration) -> Result<String, SignIn> {
        let (found, brought) = mpsc::channel();
        for listener in self.listeners {
            let (state, found) = (state.to_owned(), found.clone());
            // The threads end with the process; nothing of theirs has to be kept.
            std::thread::spawn(move || {
                for stream in listener.incoming().map_while(Result::ok) {
                    let (state, found) = (state.clone(), found.clone());
                    std::thread::spawn(move || served(stream, &state, &found));
                }
            });
        }
        let until = Instant::now() + longest;
        match brought.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(Brought::Code(code)) => Ok(code),
            Ok(Brought::Refusal(why)) => Err(SignIn::Refused(why)),
            Err(_elapsed) => Err(SignIn::TooLate(longest.as_secs() / 60)),
        }
    }
}

fn served(stream: TcpStream, state: &str, found: &Sender<Brought>) {
    // A browser that goes away before it has its page comes again or does not; there is nobody to tell.
    if let Ok(Some(brought)) = answered(stream, state) {
        found.send(brought).unwrap_or_default();
    }
}

fn answered(mut stream: TcpStream, state: &str) -> io::Result<Option<Brought>> {
    stream.set_read_timeout(Some(READ_MAX))?;
    let mut reader = BufReader::new(stream.try_clone()?.take(REQUEST_MAX_BYTES));
    let mut line = String::new();
    reader.read_line(&mut line)?;
    // The rest of the head, so that the browser does not see its request cut off.
    let mut rest = String::new();
    while reader.read_line(&mut rest)? > 2 {
        rest.clear();
    }
    let brought = brought(&line, state);
    let (status, words) = match &brought {
        Ok(Brought::Code(_)) => {
            ("200 OK", "You are signed in to Annals. You can close this window.")
        }
        Ok(Brought::Refusal(_)) => (
            "200 OK",
            "You are not signed in. The command line says why; you can close this window.",
        ),
        Err(status) => (*status, "This page is for signing in to Annals only."),
    };
    page(&mut stream, status, words)?;
    Ok(brought.ok())
}

/// What a request line brings, or the status with which it is turned away.
fn brought(line: &str, state: &str) -> Result<Brought, &'static str> {
    let mut words = line.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if method != "GET" || path != "/callback" {
        return Err("404 Not Found");
    }
    let parameter = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let value = pairs.find(|(key, _)| *key == name)?.1.replace('+', " ");
        percent_decode_str(&value).decode_utf8().ok().map(Cow::into_owned)
    };
    if parameter("state").as_deref() != Some(state) {
        return Err("400 Bad Request");
    }
    let why = parameter("error_description").or_else(|| parameter("error"));
    match (parameter("code"), why) {
        (_, Some(why)) => Ok(Brought::Refusal(why)),
        (Some(code), None) => Ok(Brought::Code(code)),
        (None, None) => Err("400 Bad Request"),
    }
}

fn page(stream: &mut TcpStream, status: &str, words: &str) -> io::Result<()> {
    let page = format!(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Annals</title><p>{words}</p></html>\n"
    );
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
         Content-Security-Policy: default-src 'none'\r\nReferrer-Policy: no-referrer\r\n\
         Cache-Control: no-store\r\nConnection: close\r\n\r\n{page}",
        page.len()
    )?;
    stream.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_browser_that_brings_our_state_is_believed() {
        let code = |line: &str| brought(line, "s t");
        assert_eq!(
            code("GET /callback?code=a%2Fb&state=s%20t HTTP/1.1"),
            Ok(Brought::Code("a/b".to_owned()))
        );
        assert_eq!(
            code("GET /callback?error=access_denied&state=s+t HTTP/1.1"),
            Ok(Brought::Refusal("access_denied".to_owned()))
        );
        for line in [
            "GET /callback?code=a HTTP/1.1",
            "GET /callback?code=a&state=other HTTP/1.1",
            "GET /callback?state=s%20t HTTP/1.1",
        ] {
            assert_eq!(code(line), Err("400 Bad Request"), "{line}");
        }
        assert_eq!(code("POST /callback?code=a&state=s%20t HTTP/1.1"), Err("404 Not Found"));
        assert_eq!(code("GET /favicon.ico HTTP/1.1"), Err("404 Not Found"));
        assert_eq!(code(""), Err("404 Not Found"));
    }
}
