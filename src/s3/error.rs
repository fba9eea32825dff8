//! The errors in answers of S3, and the errors of requests to S3.

use crate::http::{self, Response};
use crate::xml::{self, Element};
use s3_presign::endpoint::EndpointError;
use serde_json::Value;
use std::fmt;
use std::time::Duration;

/// An error that S3 returned in an answer.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorResponse {
    /// The HTTP status, such as 403.
    pub status: u16,
    /// S3's error code, such as `AccessDenied`. The code is empty if the answer has no body (HEAD)
    /// or does not come from S3.
    pub code: String,
    /// S3's message in English. The message is empty if `code` is empty.
    pub message: String,
    /// The bucket's region, if the answer contains the region.
    pub region: Option<String>,
    /// The ID of the request, which AWS support needs for questions about this error.
    pub request_id: Option<String>,
    /// The wait that the server requests before the next attempt, from `Retry-After`. `None` if
    /// `Retry-After` is missing or is not a number of seconds.
    pub retry_after: Option<Duration>,
}

#[derive(Default)]
struct Body {
    code: String,
    message: String,
    region: Option<String>,
    request_id: Option<String>,
}

impl Body {
    fn read(body: &[u8]) -> Result<Self, xml::DecodeError> {
        let error = match Element::read("Error", body) {
            Err(xml::DecodeError::WrongRoot { .. }) => {
                // S3 Control wraps the error.
                Element::read("ErrorResponse", body)?
                    .required("Error")?
                    .clone()
            }
            read => read?,
        };
        let text = |name| Ok(error.text(name)?.map(str::to_owned));
        Ok(Body {
            code: text("Code")?.unwrap_or_default(),
            message: text("Message")?.unwrap_or_default(),
            region: text("Region")?,
            request_id: text("RequestId")?,
        })
    }

    /// Reads an error of the JSON protocol, whose type is `NAME` or `NAMESPACE#NAME`. The result is empty
    /// for any other text.
    fn read_json(body: &[u8]) -> Self {
        let error: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |name: &str| error[name].as_str().unwrap_or_default();
        let code = text("__type");
        Body {
            code: code.rsplit('#').next().unwrap_or(code).to_owned(),
            message: format!("{}{}", text("message"), text("Message")),
            ..Body::default()
        }
    }
}

impl ErrorResponse {
    /// Parses an error answer of S3 or CloudTrail. If the body does not come from one of these services,
    /// `code` and `message` are empty.
    #[doc(hidden)]
    #[must_use]
    pub fn read(response: &Response) -> Self {
        let body = Body::read(&response.body).unwrap_or_else(|_| Body::read_json(&response.body));
        let header = |name: &str| response.header(name).map(str::to_owned);
        ErrorResponse {
            status: response.status,
            code: body.code,
            message: body.message,
            region: header("x-amz-bucket-region").or(body.region),
            request_id: header("x-amz-request-id")
                .or_else(|| header("x-amzn-requestid"))
                .or(body.request_id),
            retry_after: header("retry-after")
                .and_then(|seconds| seconds.parse().ok())
                .map(Duration::from_secs),
        }
    }

    /// Whether S3 denied the request (401 or 403), or CloudTrail, which denies with the status 400. If a
    /// service denies reading a configuration, the state of the control is unknown.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        self.status == 403 || self.status == 401 || self.code == "AccessDeniedException"
    }

    /// Whether the server would reject these credentials in every request, because the access key
    /// is unknown, the secret access key is wrong, or the session has ended.
    #[must_use]
    pub(crate) fn refuses_credentials(&self) -> bool {
        [
            "InvalidAccessKeyId",
            "SignatureDoesNotMatch",
            "ExpiredToken",
            "InvalidToken",
            "TokenRefreshRequired",
            "InvalidClientTokenId",
            "InvalidSecurity",
            "AccountProblem",
            "NotSignedUp",
        ]
        .contains(&self.code.as_str())
    }

    /// Whether the failure is transient, so that the same request may succeed after a short wait.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self.status, 429 | 500 | 502 | 503 | 504)
            || matches!(
                self.code.as_str(),
                // This error means that two configuration requests for one bucket overlapped,
                // because S3 accepts only one at a time.
                "OperationAborted"
                    | "ConditionalRequestConflict"
                    | "RequestTimeout"
                    | "SlowDown"
                    | "InternalError"
                    | "ThrottlingException"
            )
    }

    /// Whether the server asks the client to slow down.
    #[must_use]
    pub(crate) fn says_slow_down(&self) -> bool {
        self.status == 503 || self.status == 429 || self.code == "SlowDown"
    }

    /// Whether this answer means that a server other than AWS does not support the operation.
    ///
    /// Servers have returned the following answers: 501 `NotImplemented` (Garage, R2), 405
    /// `MethodNotAllowed` (Ceph), 400 `InvalidArgument` or `InvalidRequest` (Ceph, which treats
    /// `PUT ?ownershipControls` as `CreateBucket`), and 409 to a PUT (s3rver, for the same reason).
    #[doc(hidden)]
    #[must_use]
    pub fn says_unsupported(&self) -> bool {
        match self.status {
            501 | 405 => true,
            400 => [
                "InvalidArgument",
                "InvalidRequest",
                "NotImplemented",
                "XNotImplemented",
            ]
            .contains(&self.code.as_str()),
            409 => ["BucketAlreadyExists", "BucketAlreadyOwnedByYou"].contains(&self.code.as_str()),
            _ => false,
        }
    }
}

impl fmt::Display for ErrorResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        if !self.code.is_empty() {
            write!(f, " {}", self.code)?;
        }
        self.write_after_code(f)
    }
}

impl ErrorResponse {
    /// Formats the message and the request ID.
    fn write_after_code(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        if let Some(id) = &self.request_id {
            write!(f, " (request id {id})")?;
        }
        Ok(())
    }
}

/// A request to S3 that failed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Error {
    /// The name of the API operation, such as `PutBucketPolicy`.
    pub operation: &'static str,
    pub(crate) kind: Kind,
}

/// The kinds of failures of a request.
#[derive(Debug, Clone)]
pub enum Kind {
    /// S3 answered with an error.
    Response(ErrorResponse),
    /// The client received no complete answer.
    Transport(http::Error),
    /// The answer has a success status, but its body is not the requested document.
    Unreadable(xml::DecodeError),
    /// The bucket is in a region for which the configuration allows no endpoint.
    Endpoint(EndpointError),
}

impl Error {
    /// The answer has a success status, but its body is not the requested document.
    #[must_use]
    pub(crate) fn unreadable(operation: &'static str, why: xml::DecodeError) -> Self {
        Error {
            operation,
            kind: Kind::Unreadable(why),
        }
    }

    /// Returns the error in S3's answer, or `None` if S3 did not answer with an error.
    #[must_use]
    pub fn response(&self) -> Option<&ErrorResponse> {
        match &self.kind {
            Kind::Response(answer) => Some(answer),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operation = self.operation;
        match &self.kind {
            Kind::Response(answer) if answer.refuses_credentials() => {
                write!(f, "S3 refuses these credentials: {}", answer.code)?;
                answer.write_after_code(f)
            }
            Kind::Response(answer) => write!(f, "{operation}: {answer}"),
            Kind::Transport(error) => write!(f, "{operation}: {error}"),
            Kind::Unreadable(error) => write!(f, "{operation}: {error}"),
            Kind::Endpoint(error) => write!(f, "{operation}: {error}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            Kind::Response(_) => None,
            Kind::Transport(error) => error.source(),
            Kind::Unreadable(error) => error.source(),
            Kind::Endpoint(error) => error.source(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> ErrorResponse {
        ErrorResponse::read(&Response {
            status,
            headers: vec![("x-amz-request-id".into(), "4442587FB7D0A2F9".into())],
            body: body.into(),
        })
    }

    #[test]
    fn s3_is_quoted_with_code_message_and_request_id() {
        let taken = answer(
            409,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>BucketAlreadyExists</Code>\
             <Message>The requested bucket name is not available.</Message><BucketName>b</BucketName></Error>",
        );
        assert_eq!(
            taken.to_string(),
            "409 BucketAlreadyExists: The requested bucket name is not available. (request id 4442587FB7D0A2F9)"
        );
    }

    #[test]
    fn only_transient_faults_are_tried_again() {
        for (status, code, again) in [
            (503, "SlowDown", true),
            (500, "", true),
            (409, "OperationAborted", true),
            (400, "RequestTimeout", true),
            (409, "BucketAlreadyExists", false),
            (403, "AccessDenied", false),
            (404, "NoSuchBucket", false),
            (501, "NotImplemented", false),
        ] {
            let body = format!("<Error><Code>{code}</Code></Error>");
            assert_eq!(
                answer(status, &body).is_transient(),
                again,
                "{status} {code}"
            );
        }
    }

    #[test]
    fn errors_of_cloudtrail_and_s3_control_have_a_code_and_a_message() {
        for (body, text) in [
            (
                "<ErrorResponse><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error><RequestId>R</RequestId></ErrorResponse>",
                "400 AccessDenied: Access Denied (request id 4442587FB7D0A2F9)",
            ),
            (
                r#"{"__type":"AccessDeniedException","Message":"not authorized"}"#,
                "400 AccessDeniedException: not authorized (request id 4442587FB7D0A2F9)",
            ),
            (
                r#"{"__type":"com.amazonaws.cloudtrail.v20131101#TrailNotFoundException","message":"unknown"}"#,
                "400 TrailNotFoundException: unknown (request id 4442587FB7D0A2F9)",
            ),
            (r#"{"__type":7}"#, "400 (request id 4442587FB7D0A2F9)"),
            ("[1]", "400 (request id 4442587FB7D0A2F9)"),
        ] {
            assert_eq!(answer(400, body).to_string(), text);
        }
        let throttled = answer(400, r#"{"__type":"ThrottlingException"}"#);
        assert!(throttled.is_transient());
    }

    #[test]
    fn an_answer_that_is_not_s3s_still_says_its_status() {
        for body in [
            "",
            "<html><body>502 Bad Gateway</body></html>",
            "<Error><Code>",
        ] {
            assert_eq!(
                answer(502, body).to_string(),
                "502 (request id 4442587FB7D0A2F9)"
            );
        }
    }
}
