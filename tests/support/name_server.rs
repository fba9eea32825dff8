//! A DNS server with scripted answers, which listens at 127.0.0.1:53 in the network namespace of
//! its test.

use std::net::{IpAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// The record type of a question: A or AAAA.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    V4,
    V6,
}

/// The reply of the name server to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// The addresses of the host name in the question. An empty list of addresses means that the
    /// name exists but has no address of the requested type.
    Addresses(Vec<IpAddr>),
    /// A response code of DNS: 2 is SERVFAIL, 3 is NXDOMAIN, 4 is NOTIMP, 5 is REFUSED.
    Error(u8),
    /// The name server sends no reply.
    Silence,
}

impl Reply {
    pub fn addresses(texts: &[&str]) -> Self {
        Reply::Addresses(texts.iter().map(|text| text.parse().unwrap()).collect())
    }
}

/// A running name server, which stops when the value is dropped.
pub struct NameServer {
    questions: Arc<Mutex<Vec<String>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl NameServer {
    pub fn start(answer: impl Fn(&str, Family) -> Reply + Send + 'static) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:53").unwrap();
        let tick = Duration::from_millis(20);
        socket.set_read_timeout(Some(tick)).unwrap();
        let (questions, stop) = (Arc::<Mutex<Vec<String>>>::default(), Arc::default());
        let (asked, stopped) = (Arc::clone(&questions), Arc::<AtomicBool>::clone(&stop));
        let thread = std::thread::spawn(move || {
            let mut packet = [0; 512];
            while !stopped.load(Ordering::Relaxed) {
                let Ok((length, from)) = socket.recv_from(&mut packet) else {
                    continue;
                };
                let (name, family, end) = question(&packet[..length]);
                asked.lock().unwrap().push(name.clone());
                let reply = answer(&name, family);
                if let Some(answer) = encoded(&packet[..end], family, &reply) {
                    socket.send_to(&answer, from).unwrap();
                }
            }
        });
        NameServer {
            questions,
            stop,
            thread: Some(thread),
        }
    }

    /// Returns the names in all questions so far.
    pub fn questions(&self) -> Vec<String> {
        self.questions.lock().unwrap().clone()
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap();
    }
}

/// Returns the name and the record type of the only question in a packet, and the offset at which
/// the question ends.
fn question(packet: &[u8]) -> (String, Family, usize) {
    let (mut at, mut labels) = (12, Vec::new());
    while packet[at] != 0 {
        let end = at + 1 + usize::from(packet[at]);
        labels.push(String::from_utf8_lossy(&packet[at + 1..end]).to_lowercase());
        at = end;
    }
    let family = match &packet[at + 1..at + 3] {
        [0, 1] => Family::V4,
        [0, 28] => Family::V6,
        other => panic!("unexpected question of type {other:?}"),
    };
    (labels.join("."), family, at + 5)
}

/// Returns the reply packet, with the ID and the question of the packet `asked`, or `None` for
/// [`Reply::Silence`].
fn encoded(asked: &[u8], family: Family, reply: &Reply) -> Option<Vec<u8>> {
    let (code, addresses) = match reply {
        Reply::Silence => return None,
        Reply::Error(code) => (*code, &[][..]),
        Reply::Addresses(addresses) => (0, &addresses[..]),
    };
    let octets = |address: &IpAddr| match (address, family) {
        (IpAddr::V4(address), Family::V4) => Some(address.octets().to_vec()),
        (IpAddr::V6(address), Family::V6) => Some(address.octets().to_vec()),
        _ => None,
    };
    let records: Vec<Vec<u8>> = addresses.iter().filter_map(octets).collect();
    let mut answer = asked[..2].to_vec();
    let count = u8::try_from(records.len()).unwrap();
    answer.extend([0x81, 0x80 | code, 0, 1, 0, count, 0, 0, 0, 0]);
    answer.extend(&asked[12..]);
    for octets in records {
        let (kind, length) = (asked[asked.len() - 3], octets.len());
        answer.extend([0xc0, 12, 0, kind, 0, 1, 0, 0, 0, 60, 0]);
        answer.push(u8::try_from(length).unwrap());
        answer.extend(octets);
    }
    Some(answer)
}
