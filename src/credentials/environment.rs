//! `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-static-credentials.html>

use super::{Outcome, expiration};
use crate::context::Context;
use s3_presign::{Credentials, Secret};

pub(super) fn load(context: &Context) -> Outcome {
    let id = context.var("AWS_ACCESS_KEY_ID");
    let secret = context.var("AWS_SECRET_ACCESS_KEY");
    let (id, secret) = match (id, secret) {
        (Some(id), Some(secret)) => (id, secret),
        (None, None) => return Outcome::NotConfigured("AWS_ACCESS_KEY_ID is not set".into()),
        (Some(_), None) => {
            return Outcome::Broken(
                "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not".into(),
            );
        }
        (None, Some(_)) => {
            return Outcome::Broken(
                "AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not".into(),
            );
        }
    };
    // `aws configure export-credentials --format env` writes this variable.
    let expires_at = match context.var("AWS_CREDENTIAL_EXPIRATION") {
        None => None,
        Some(text) => match expiration::parse(text) {
            Some(at) => Some(at),
            None => return Outcome::Broken("AWS_CREDENTIAL_EXPIRATION is not a time".into()),
        },
    };
    // `AWS_SECURITY_TOKEN`, the older variable, counts only if `AWS_SESSION_TOKEN` is not set.
    let token = context
        .var("AWS_SESSION_TOKEN")
        .or_else(|| context.var("AWS_SECURITY_TOKEN"));
    Outcome::Found(
        Credentials {
            session_token: token.map(Secret::new),
            account_id: context
                .var("AWS_ACCOUNT_ID")
                .and_then(|account| account.parse().ok()),
            expires_at,
            ..Credentials::new(id, secret)
        },
        "environment".into(),
    )
}
