//! A small S3 client for the tests. The client sends paths verbatim, and `aws-sigv4` signs the
//! requests.
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::io::{Error, Result};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use s3_sandbox::{OWNER, Options, Sandbox, User};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Reply {
    /// Returns the outcome of a request, such as `200` or `403 AccessDenied`.
    pub fn outcome(&self) -> String {
        match self.field("Code") {
            Some(code) => format!("{} {code}", self.status),
            None => self.status.to_string(),
        }
    }

    pub fn field(&self, name: &str) -> Option<&str> {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let start = self.body.find(&open)? + open.len();
        let end = self.body[start..].find(&close)?;
        Some(&self.body[start..start + end])
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

pub struct Client {
    pub sandbox: Sandbox,
    pub secure: bool,
    pub user: Option<User>,
    pub region: String,
    /// The offset of the signing time from the current time, in seconds.
    pub clock: i64,
    /// The host name without the port, such as `BUCKET.localhost`.
    pub host: Option<String>,
}

impl Client {
    pub fn new(options: Options) -> Self {
        Self {
            sandbox: Sandbox::start_blocking(options).expect("cannot start the sandbox"),
            secure: true,
            user: Some(OWNER),
            region: "us-east-1".to_owned(),
            clock: 0,
            host: None,
        }
    }

    pub fn authority(&self) -> String {
        let base = if self.secure {
            self.sandbox.https()
        } else {
            self.sandbox.http()
        };
        let authority = base.split("://").nth(1).unwrap_or_default().to_owned();
        match (&self.host, authority.rsplit_once(':')) {
            (Some(host), Some((_, port))) => format!("{host}:{port}"),
            _ => authority,
        }
    }

    fn signed_at(&self) -> SystemTime {
        let distance = Duration::from_secs(self.clock.unsigned_abs());
        if self.clock < 0 {
            SystemTime::now() - distance
        } else {
            SystemTime::now() + distance
        }
    }

    fn signature(&self, request: &mut Request<Vec<u8>>, expires: Option<Duration>) {
        let Some(user) = &self.user else { return };
        let identity = Credentials::new(
            user.access_key_id,
            user.secret_access_key,
            None,
            None,
            "test",
        )
        .into();
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.expires_in = expires;
        if expires.is_some() {
            settings.signature_location = SignatureLocation::QueryParams;
        } else {
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        let params = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("s3")
            .time(self.signed_at())
            .settings(settings)
            .build()
            .expect("the parameters are complete")
            .into();
        let body = match expires {
            Some(_) => SignableBody::UnsignedPayload,
            None => SignableBody::Bytes(request.body()),
        };
        let headers = request
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default()));
        let signable = SignableRequest::new(
            request.method().as_str(),
            request.uri().to_string(),
            headers,
            body,
        );
        let (instructions, _) = sign(signable.expect("the request can be signed"), &params)
            .expect("the signer signs the request")
            .into_parts();
        instructions.apply_to_request_http1x(request);
    }

    fn request(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Request<Vec<u8>> {
        let scheme = if self.secure { "https" } else { "http" };
        let authority = self.authority();
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{scheme}://{authority}{target}"))
            .header("host", authority);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(body.to_vec()).expect("the request is valid")
    }

    /// Sends a request with a signature in its headers. Without a user, the request is anonymous.
    pub async fn call(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Reply> {
        let mut request = self.request(method, target, headers, body.as_bytes());
        self.signature(&mut request, None);
        self.send(request).await
    }

    /// Sends a request like `call`, but returns only the outcome, such as `403 AccessDenied`.
    pub async fn outcome(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> String {
        let reply = self.call(method, target, headers, body).await;
        reply.map_or_else(
            |error| format!("{:?}", error.kind()),
            |reply| reply.outcome(),
        )
    }

    /// Sends a PUT request with the Content-MD5 header that configurations need, and returns the
    /// outcome.
    pub async fn put(&self, target: &str, body: &str) -> String {
        use md5::Digest;
        let md5 = base64_simd::STANDARD.encode_to_string(md5::Md5::digest(body));
        self.outcome("PUT", target, &[("content-md5", &md5)], body)
            .await
    }

    /// Returns the path and query of a presigned URL.
    pub fn presign(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        seconds: u64,
    ) -> String {
        let mut request = self.request(method, target, headers, b"");
        self.signature(&mut request, Some(Duration::from_secs(seconds)));
        request
            .uri()
            .path_and_query()
            .expect("the URL has a path")
            .to_string()
    }

    /// Sends a request without signing it.
    pub async fn raw(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Reply> {
        self.send(self.request(method, target, headers, body.as_bytes()))
            .await
    }

    async fn send(&self, request: Request<Vec<u8>>) -> Result<Reply> {
        let (mut head, body) = request.into_parts();
        let authority = self.authority();
        let (host, port) = authority
            .rsplit_once(':')
            .expect("the authority has a host and a port");
        let stream = TcpStream::connect(format!("127.0.0.1:{port}")).await?;
        head.uri = head
            .uri
            .path_and_query()
            .expect("the URL has a path")
            .to_string()
            .parse()
            .map_err(Error::other)?;
        let request = Request::from_parts(head, Full::new(Bytes::from(body)));
        if !self.secure {
            return exchange(stream, request).await;
        }
        let mut roots = RootCertStore::empty();
        let ca = CertificateDer::from_pem_slice(self.sandbox.ca_pem().as_bytes())
            .map_err(Error::other)?;
        roots.add(ca).map_err(Error::other)?;
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(Error::other)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(host.to_owned()).map_err(Error::other)?;
        let stream = TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await?;
        exchange(stream, request).await
    }
}

async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> Result<Reply>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(Error::other)?;
    tokio::spawn(connection);
    let response = sender.send_request(request).await.map_err(Error::other)?;
    let (head, body) = response.into_parts();
    let body = body.collect().await.map_err(Error::other)?.to_bytes();
    Ok(Reply {
        status: head.status.as_u16(),
        headers: head.headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}
