//! Answers `GetCallerIdentity` at `sts.REGION.amazonaws.com`, the only STS call that the tests
//! need.
//!
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>

use http::{HeaderValue, Response, StatusCode, header};
use s3s::Body;

use crate::call::{Call, pairs};
use crate::users::User;

/// Returns whether a request is for STS instead of S3.
pub fn is_meant(call: &Call) -> bool {
    call.header("host")
        .is_some_and(|host| host.starts_with("sts."))
}

/// Answers GetCallerIdentity with the user of the request's access key. The sandbox does not verify
/// the signatures of requests to STS.
pub fn answer(call: &Call) -> Response<Body> {
    let form = pairs(&String::from_utf8_lossy(&call.body));
    let asks = |name: &str, value: &str| {
        form.iter()
            .any(|(key, known)| key == name && known == value)
    };
    let is_signed_for_sts = |claim: &&crate::call::Claim| {
        claim
            .credential
            .get(3)
            .is_some_and(|service| service == "sts")
    };
    let claim = call.claim.as_ref().filter(is_signed_for_sts);
    let user = claim.and_then(|claim| User::by_key(claim.access_key_id()));
    let (status, body) = match user {
        _ if !asks("Action", "GetCallerIdentity") || !asks("Version", "2011-06-15") => (
            StatusCode::BAD_REQUEST,
            refusal("InvalidAction", "Could not find operation"),
        ),
        None => (
            StatusCode::FORBIDDEN,
            refusal(
                "InvalidClientTokenId",
                "The security token included in the request is invalid.",
            ),
        ),
        Some(user) => (StatusCode::OK, identity(user)),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    response
}

fn identity(user: &User) -> String {
    let (arn, account, name) = (user.arn("aws"), user.account_id, user.name);
    format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>{arn}</Arn><UserId>{name}</UserId><Account>{account}</Account>\
         </GetCallerIdentityResult></GetCallerIdentityResponse>"
    )
}

fn refusal(code: &str, message: &str) -> String {
    format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
         <Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    )
}
