//! `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-static-credentials.html>

use super::Outcome;
use crate::context::Context;
use s3_presign::{Credentials, Secret, timestamp};

pub(super) fn load(context: &Context) -> Outcome {
    let id = context.var("AWS_ACCESS_KEY_ID");
    let secret = context.var("AWS_SECRET_ACCESS_KEY");
    match (id, secret) {
        (None, None) => Outcome::NotConfigured("AWS_ACCESS_KEY_ID is not set".into()),
        (Some(_), None) => {
            Outcome::Broken("AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not".into())
        }
        (None, Some(_)) => {
            Outcome::Broken("AWS_SECRET_ACCESS_KEY is set, AWS_ACCESS_KEY_ID is not".into())
        }
        (Some(id), Some(secret)) => Outcome::Found(
            Credentials {
                session_token: context.var("AWS_SESSION_TOKEN").map(Secret::new),
                account_id: context
                    .var("AWS_ACCOUNT_ID")
                    .and_then(|account| account.parse().ok()),
                // As `aws configure export-credentials --format env` writes it.
                expires_at: context
                    .var("AWS_CREDENTIAL_EXPIRATION")
                    .and_then(|text| timestamp::parse(text).ok()),
                ..Credentials::new(id, secret)
            },
            "environment".into(),
        ),
    }
}
