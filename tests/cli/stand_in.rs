//! Something that answers in the place of Annals: what a real server cannot be made to do on demand.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A request, read whole.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: String,
}

/// What is answered: a status, further headers, a body of JSON.
pub(super) type Told = (u16, Vec<(&'static str, String)>, String);

/// Serves on a free port for as long as the test's process lives; the address.
pub(super) fn stand_in(answer: impl Fn(&Asked) -> Told + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let answer = answer.clone();
            std::thread::spawn(move || {
                // A caller that goes away ends its own connection only.
                conversation(stream, &*answer).unwrap_or_default();
            });
        }
    });
    format!("http://localhost:{port}")
}

fn conversation(stream: TcpStream, answer: &dyn Fn(&Asked) -> Told) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut out = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    while let Some(asked) = request(&mut reader)? {
        let (status, headers, body) = answer(&asked);
        let mut head = format!(
            "HTTP/1.1 {status} Told\r\nContent-Type: application/json\r\nContent-Length: {}\r\n",
            body.len()
        );
        for (name, value) in headers {
            head += name;
            head += ": ";
            head += &value;
            head += "\r\n";
        }
        out.write_all(format!("{head}\r\n{body}").as_bytes())?;
    }
    Ok(())
}

fn request(reader: &mut impl BufRead) -> std::io::Result<Option<Asked>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some(Asked { method, path, headers, body: String::from_utf8(body).unwrap() }))
}

/// A way to a server that can be cut.
#[derive(Debug, Clone)]
pub(super) struct Wire {
    pub(super) address: String,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    /// How many answers have come through.
    answers: AtomicU64,
    /// Every so many answers, one is lost and its connection with it; 0 for never.
    lost_every: AtomicU64,
    /// After so many answers nothing goes through any more; 0 for never.
    dead_after: AtomicU64,
    dead: AtomicBool,
}

impl Wire {
    /// A way to the server at an address.
    pub(super) fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let server = server.strip_prefix("http://").unwrap().to_owned();
        let state = Arc::new(State::default());
        let wire = Self { address, state: state.clone() };
        std::thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                if state.dead.load(Ordering::SeqCst) {
                    continue;
                }
                let far = TcpStream::connect(&server).unwrap();
                let (near_too, far_too) = (near.try_clone().unwrap(), far.try_clone().unwrap());
                let state = state.clone();
                std::thread::spawn(move || passed(near, far, |_| true));
                std::thread::spawn(move || passed(far_too, near_too, |_| state.passes()));
            }
        });
        wire
    }

    /// Loses every so manieth answer, and its connection.
    pub(super) fn loses_every(&self, answers: u64) {
        self.state.lost_every.store(answers, Ordering::SeqCst);
    }

    /// Is cut after so many answers.
    pub(super) fn dies_after(&self, answers: u64) {
        self.state.dead_after.store(answers, Ordering::SeqCst);
    }

    /// Works again.
    pub(super) fn mend(&self) {
        self.state.dead_after.store(0, Ordering::SeqCst);
        self.state.dead.store(false, Ordering::SeqCst);
    }
}

impl State {
    /// Whether the next answer gets through. The answers of this API come in one piece each.
    fn passes(&self) -> bool {
        let count = self.answers.fetch_add(1, Ordering::SeqCst) + 1;
        let after = self.dead_after.load(Ordering::SeqCst);
        if after > 0 && count > after {
            self.dead.store(true, Ordering::SeqCst);
        }
        let every = self.lost_every.load(Ordering::SeqCst);
        !self.dead.load(Ordering::SeqCst) && (every == 0 || !count.is_multiple_of(every))
    }
}

/// Passes bytes on until one side ends or `through` says that they are lost.
fn passed(mut from: TcpStream, mut to: TcpStream, through: impl Fn(&[u8]) -> bool) {
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(count) = from.read(&mut bytes) {
        if count == 0 || !through(&bytes[..count]) || to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    // The other side may have gone already.
    drop(from.shutdown(Shutdown::Both));
    drop(to.shutdown(Shutdown::Both));
}
