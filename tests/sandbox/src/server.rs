//! The listeners of the sandbox for http and https, which use two loopback ports and a thread with
//! a separate runtime.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::{ProtocolVersion, ServerConfig, crypto::ring};

use crate::call::Peer;
use crate::gate::{Ending, Gate};
use crate::state::lock;
use crate::tls::Authority;

#[derive(Debug)]
pub struct Server {
    pub http_port: u16,
    pub https_port: u16,
    pub ca_pem: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub fn start(gate: Arc<Gate>, (http, https): (u16, u16)) -> io::Result<Self> {
        let http = bind(http)?;
        let https = bind(https)?;
        let authority = Authority::new().map_err(io::Error::other)?;
        let ca_pem = authority.pem.clone();
        let acceptor = acceptor(authority)?;
        let (plain, secure) = (http.local_addr()?.port(), https.local_addr()?.port());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let (http, https) = {
            let _guard = runtime.enter();
            (TcpListener::from_std(http)?, TcpListener::from_std(https)?)
        };
        let thread = std::thread::Builder::new()
            .name("s3-sandbox".to_owned())
            .spawn(move || {
                runtime.block_on(async move {
                    tokio::spawn(listen(http, None, Arc::clone(&gate)));
                    tokio::spawn(listen(https, Some(acceptor), gate));
                    let _ = stopped.await;
                });
            })?;
        Ok(Self {
            http_port: plain,
            https_port: secure,
            ca_pem,
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn bind(port: u16) -> io::Result<StdListener> {
    let listener = StdListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn acceptor(authority: Authority) -> io::Result<TlsAcceptor> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(authority));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

async fn listen(listener: TcpListener, tls: Option<TlsAcceptor>, gate: Arc<Gate>) {
    loop {
        let Ok((stream, address)) = listener.accept().await else {
            continue;
        };
        let _ = stream.set_nodelay(true);
        let gate = Arc::clone(&gate);
        let tls = tls.clone();
        tokio::spawn(async move {
            let mut peer = Peer {
                address: address.ip(),
                tls: None,
            };
            let Some(tls) = tls else {
                return serve(stream, peer, &gate, |stream| stream).await;
            };
            if let Ok(stream) = tls.accept(stream).await {
                let version = stream.get_ref().1.protocol_version();
                peer.tls = Some(match version {
                    Some(ProtocolVersion::TLSv1_3) => "1.3",
                    _ => "1.2",
                });
                serve(stream, peer, &gate, |stream| stream.get_ref().0).await;
            }
        });
    }
}

/// Serves one connection until the client closes the connection or a fault ends it.
async fn serve<S>(stream: S, peer: Peer, gate: &Gate, socket: impl Fn(&S) -> &TcpStream)
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let ending: Mutex<Option<Ending>> = Mutex::default();
    let service = service_fn(|request| Box::pin(gate.handle(request, &peer, &ending)));
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let _ = std::future::poll_fn(|cx| connection.poll_without_shutdown(cx)).await;
    let mut stream = connection.into_parts().io.into_inner();
    let last = lock(&ending).take();
    match last {
        Some(Ending::Reset) => {
            let _ = socket(&stream).set_zero_linger();
            return;
        }
        Some(Ending::Raw(bytes)) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.flush().await;
        }
        None => {}
    }
    let _ = stream.shutdown().await;
}
