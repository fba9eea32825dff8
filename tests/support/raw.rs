//! A TCP server that sends arbitrary bytes, valid HTTP or not.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// A running server, which stops when the value is dropped.
pub struct RawServer {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    stop: Arc<AtomicBool>,
}

impl RawServer {
    /// Starts the server on a free loopback port. `answer` gets the first line of each request, and
    /// writes a response to the stream. If `answer` returns `true`, the connection stays open for
    /// another request.
    pub fn start(answer: impl Fn(&str, &mut TcpStream) -> bool + Send + Sync + 'static) -> Self {
        Self::start_at(([127, 0, 0, 1], 0).into(), answer)
    }

    /// Starts the server at the address `address`.
    pub fn start_at(
        address: SocketAddr,
        answer: impl Fn(&str, &mut TcpStream) -> bool + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let server = RawServer {
            address: listener.local_addr().unwrap(),
            heads: Arc::default(),
            stop: Arc::default(),
        };
        let (heads, stop) = (Arc::clone(&server.heads), Arc::clone(&server.stop));
        let answer = Arc::new(answer);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let (answer, heads) = (Arc::clone(&answer), Arc::clone(&heads));
                std::thread::spawn(move || serve(&stream.unwrap(), &*answer, &heads));
            }
        });
        server
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Returns the heads of all requests so far.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

impl Drop for RawServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // The new connection makes the call of `accept` in the server's thread return, so that the
        // thread can end.
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(
    stream: &TcpStream,
    answer: &dyn Fn(&str, &mut TcpStream) -> bool,
    heads: &Mutex<Vec<String>>,
) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream.try_clone().unwrap();
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
        }
        heads.lock().unwrap().push(head.clone());
        let first = head.lines().next().unwrap_or_default();
        if !answer(first, &mut stream) {
            let _ = stream.flush();
            return;
        }
    }
}
