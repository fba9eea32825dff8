//! The requests of a customer's browser: it fetches a page with a link, and posts a form. No request here
//! carries credentials other than those in the URL or in the form.

use super::Client;
use super::error::ErrorResponse;
use crate::http::{self, Exchange, Request, Response};
use crate::retry::{Retry, Retryable};
use s3_presign::post::Form;
use std::fmt;

/// Fetches `url`, with retries.
///
/// # Errors
/// There is no answer, or it is longer than 1 MiB.
pub async fn fetch(client: &Client, url: &str) -> Result<Response, http::Error> {
    let request = Request {
        method: "GET",
        url: url.to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
    };
    send(client, &request).await
}

/// Records the signature and the policy of a form as secrets, so that they are removed from every answer. The
/// policy contains the session token.
pub fn remember(client: &Client, form: &Form) {
    for (name, value) in &form.fields {
        if ["policy", "x-amz-signature"].contains(&name.as_str()) {
            client.context.secrets().keep(value);
        }
    }
}

/// Fetches the first byte of the object that `url` addresses, with retries.
///
/// # Errors
/// There is no answer, or it is longer than 1 MiB.
pub async fn fetch_first_byte(client: &Client, url: &str) -> Result<Response, http::Error> {
    let request = Request {
        method: "GET",
        url: url.to_owned(),
        headers: vec![("range".to_owned(), "bytes=0-0".to_owned())],
        body: Vec::new(),
    };
    send(client, &request).await
}

/// Sends a DELETE request to `url`, with retries.
///
/// # Errors
/// There is no answer, or it is longer than 1 MiB.
pub async fn delete(client: &Client, url: &str) -> Result<Response, http::Error> {
    let request = Request {
        method: "DELETE",
        url: url.to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
    };
    send(client, &request).await
}

/// Sends the preflight request (OPTIONS) that a browser sends before a page of `origin` uses `method` on the
/// object that `url` addresses, with retries.
///
/// # Errors
/// There is no answer, or it is longer than 1 MiB.
pub async fn preflight(
    client: &Client,
    url: &str,
    origin: &str,
    method: &str,
) -> Result<Response, http::Error> {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut headers = vec![
        header("origin", origin),
        header("access-control-request-method", method),
    ];
    // A browser names the content type of an upload. A rule for downloads needs no allowed header.
    if method == "PUT" {
        headers.push(header("access-control-request-headers", "content-type"));
    }
    let request = Request {
        method: "OPTIONS",
        url: url.to_owned(),
        headers,
        body: Vec::new(),
    };
    send(client, &request).await
}

/// Posts `form` with a file, with retries. `key` replaces the key of the form.
///
/// # Errors
/// There is no answer, or it is longer than 1 MiB.
pub async fn post(
    client: &Client,
    form: &Form,
    key: &str,
    file: &[u8],
) -> Result<Response, http::Error> {
    // Neither the fields nor the files of this program contain this text.
    const BOUNDARY: &str = "s3-secure-bucket-form-boundary-e1c7b0a2";
    remember(client, form);
    let mut body = Vec::new();
    for (name, value) in &form.fields {
        let value = if name == "key" { key } else { value.as_str() };
        let part = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
        body.extend_from_slice(part.as_bytes());
    }
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"file\"\r\nContent-Type: application/octet-stream\r\n\r\n"
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(file);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let request = Request {
        method: "POST",
        url: form.url.clone(),
        headers: vec![("content-type".to_owned(), kind)],
        body,
    };
    send(client, &request).await
}

async fn send(client: &Client, request: &Request) -> Result<Response, http::Error> {
    let mut retry = Retry::new(&client.retry, &client.context, &client.observer);
    loop {
        let outcome = client.http.send(request).await;
        let answer = outcome.as_ref().map(ErrorResponse::read);
        let is_transient = match &answer {
            Ok(answer) => answer.is_transient(),
            Err(error) => error.is_transient(),
        };
        let retry_after = answer.ok().and_then(|answer| answer.retry_after);
        let exchange = Exchange::new(request, &outcome);
        let retryable = Retryable::until_attempts_if(is_transient);
        if retry
            .again(exchange, retryable, retry_after)
            .await
            .is_none()
        {
            return outcome;
        }
    }
}

/// Why a browser would not show the page that a link returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageProblem {
    /// The server refused the request of the link.
    Refused(ErrorResponse),
    /// The answer has this content type, so a browser shows the source of the page.
    ContentType(String),
    /// The answer has this `Content-Disposition`, so a browser saves the page as a file.
    Download(String),
    /// The answer is not the page that was stored.
    OtherContent,
}

impl PageProblem {
    /// The problem of an answer to the link of `page`. `None` if a browser shows the page.
    #[must_use]
    pub fn of(answer: &Response, page: &[u8]) -> Option<Self> {
        if answer.status != 200 {
            return Some(PageProblem::Refused(ErrorResponse::read(answer)));
        }
        let header = |name| answer.header(name).unwrap_or_default();
        let kind = header("content-type");
        let essence = kind.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("text/html") {
            return Some(PageProblem::ContentType(kind.to_owned()));
        }
        let disposition = header("content-disposition");
        let way = disposition.split(';').next().unwrap_or_default().trim();
        if !way.is_empty() && !way.eq_ignore_ascii_case("inline") {
            return Some(PageProblem::Download(disposition.to_owned()));
        }
        (answer.body != page).then_some(PageProblem::OtherContent)
    }
}

impl fmt::Display for PageProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(answer) => {
                write!(f, "the server refused the link to the page: {answer}")
            }
            Self::ContentType(kind) => write!(
                f,
                "the server returns the page with the content type `{kind}`, so a browser shows its source"
            ),
            Self::Download(disposition) => write!(
                f,
                "the server returns the page as a download (Content-Disposition: {disposition}), so a browser does not show it"
            ),
            Self::OtherContent => {
                f.write_str("the link returns other content than the page that was stored")
            }
        }
    }
}

/// Why a form of a page would not work.
#[derive(Debug, Clone)]
pub enum FormProblem {
    /// The server has no upload forms.
    Unsupported(ErrorResponse),
    /// The server refused a valid form.
    Refused(ErrorResponse),
    /// The server stored a file that the policy of the form forbids. The file is an object with this
    /// version, if the bucket has versioning.
    NotEnforced(Option<String>),
    /// The server did not answer.
    NoAnswer(http::Error),
}

impl fmt::Display for FormProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported(answer) => write!(
                f,
                "this server does not support upload forms: S3 answered {answer}"
            ),
            Self::Refused(answer) => {
                write!(f, "the server refuses upload forms: S3 answered {answer}")
            }
            Self::NotEnforced(_) => f.write_str(
                "the server does not enforce the policy of an upload form: it stored a file that is too small",
            ),
            Self::NoAnswer(error) => write!(f, "upload form: {error}"),
        }
    }
}

impl FormProblem {
    /// Posts an empty file with a form that requires at least one byte. A server on which the form works
    /// refuses the file for its size, so the request stores nothing.
    ///
    /// # Errors
    /// The form would not work.
    pub async fn find(client: &Client, form: &Form, key: &str) -> Result<(), Self> {
        let answer = post(client, form, key, b"").await;
        let answer = answer.map_err(FormProblem::NoAnswer)?;
        if answer.status < 300 {
            let version = answer.header("x-amz-version-id").map(str::to_owned);
            return Err(FormProblem::NotEnforced(version));
        }
        let answer = ErrorResponse::read(&answer);
        match (answer.status, answer.code.as_str()) {
            (400, "EntityTooSmall") => Ok(()),
            // Garage 2.5 enforces the size, but answers with another code.
            (400, "InvalidRequest")
                if answer.message.ends_with("File size does not match policy") =>
            {
                Ok(())
            }
            (501 | 405, _) => Err(FormProblem::Unsupported(answer)),
            _ => Err(FormProblem::Refused(answer)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)]) -> Response {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Response {
            status,
            headers: headers.iter().map(owned).collect(),
            body: b"page".to_vec(),
        }
    }

    #[test]
    fn a_browser_shows_only_html_that_is_no_download() {
        let html = ("content-type", "text/html; charset=utf-8");
        let inline = ("content-disposition", "inline");
        assert_eq!(PageProblem::of(&answer(200, &[html]), b"page"), None);
        assert_eq!(
            PageProblem::of(&answer(200, &[html, inline]), b"page"),
            None
        );
        for (headers, expected) in [
            (&[][..], PageProblem::ContentType(String::new())),
            (
                &[("content-type", "text/plain")],
                PageProblem::ContentType("text/plain".to_owned()),
            ),
            (
                &[html, ("content-disposition", "attachment; filename=x")],
                PageProblem::Download("attachment; filename=x".to_owned()),
            ),
        ] {
            let found = PageProblem::of(&answer(200, headers), b"page");
            assert_eq!(found, Some(expected));
        }
        let other = PageProblem::of(&answer(200, &[html]), b"other");
        assert_eq!(other, Some(PageProblem::OtherContent));
        let refused = PageProblem::of(&answer(403, &[html]), b"page");
        assert!(matches!(refused, Some(PageProblem::Refused(_))));
    }
}
