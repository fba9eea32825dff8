//! What the operator should know of the bucket found, before it is changed.

use super::grants::{self, Grants};
use super::{Detail, Error, Event, StepStatus};
use crate::ownership;
use crate::policy::{Document, Statement};
use crate::s3::error::Kind;
use crate::s3::{Bucket, Client};
use crate::xml;
use s3_presign::AccountId;

/// What the policy found means for others, and for the URLs of this run.
pub(super) fn of_policy(client: &Client, policy: &[u8]) -> impl Iterator<Item = Event> {
    let outside = outside_access(client, policy);
    let outside = outside.map(|text| Event::new(StepStatus::Warn, text));
    outside.into_iter().chain(demanded_headers(policy))
}

/// Names the statements of the policy found that let other accounts in: they stay, and the caller
/// should know of them.
fn outside_access(client: &Client, policy: &[u8]) -> Option<String> {
    let document = Document::read(policy).ok()?;
    let account = ownership::proven_account(client);
    let described = |statement: Statement<'_>| {
        let who = statement.allows_outside(account.as_ref().map(AccountId::as_str));
        let sid = statement.sid().unwrap_or("without a Sid");
        let what = statement.actions().join(", ");
        (!who.is_empty()).then(|| format!("{sid} allows {what} to {}", who.join(", ")))
    };
    let all: Vec<String> = document.statements().filter_map(described).collect();
    (!all.is_empty()).then(|| {
        format!(
            "The bucket policy lets other accounts in: {}",
            all.join("; ")
        )
    })
}

/// A policy that denies uploads without a header denies them from a URL that was signed without it.
fn demanded_headers(policy: &[u8]) -> Option<Event> {
    let headers = Document::read(policy).ok()?.demanded_headers();
    (!headers.is_empty()).then(|| Event {
        detail: Some(Detail::DemandedHeaders(headers)),
        ..Event::new(
            StepStatus::Warn,
            "The bucket policy refuses uploads without certain headers, also from the URLs below"
                .to_owned(),
        )
    })
}

/// What ends with Block Public Access, and whether the policy is public.
///
/// # Errors
/// There was no answer.
pub(super) async fn before_blocking(bucket: &mut Bucket<'_>) -> Result<(bool, Vec<String>), Error> {
    let (is_public, warning) = public_policy(bucket).await?;
    let mut texts: Vec<String> = warning.into_iter().collect();
    texts.extend(public_otherwise(bucket).await?);
    Ok((is_public, texts))
}

/// Block Public Access takes effect at once, so the caller is warned of a public policy before. Whether
/// there is one, and the warning.
///
/// # Errors
/// There was no answer.
async fn public_policy(bucket: &mut Bucket<'_>) -> Result<(bool, Option<String>), Error> {
    match bucket.is_policy_public().await {
        Ok(true) => Ok((true, Some(
            "The bucket policy is public: what it grants to everybody ends with Block Public Access"
                .to_owned(),
        ))),
        Ok(false) => Ok((false, None)),
        Err(error) => match &error.kind {
            Kind::Transport(_) | Kind::Endpoint(_) => Err(error.into()),
            Kind::Response(answer) if answer.is_denied() => Ok((false, Some(format!(
                "Whether the bucket policy is public is not known: {error}; reading it needs s3:GetBucketPolicyStatus"
            )))),
            // No policy, or a server that does not know the question.
            Kind::Response(_) | Kind::Unreadable(_) => Ok((false, None)),
        },
    }
}

/// Block Public Access ends what a public ACL grants, and a website that the public reads.
///
/// # Errors
/// There was no answer.
async fn public_otherwise(bucket: &mut Bucket<'_>) -> Result<Vec<String>, Error> {
    let mut warnings = Vec::new();
    match grants::of_others(bucket).await? {
        Grants::Others(found) => {
            let public = found.into_iter().filter(|grant| grant.is_public);
            let public: Vec<String> = public.map(|grant| grant.text).collect();
            if !public.is_empty() {
                warnings.push(format!(
                    "The bucket's ACL is public ({}): that access ends with Block Public Access",
                    public.join(", ")
                ));
            }
        }
        Grants::Denied(error) => warnings.push(format!(
            "Whether the bucket's ACL is public is not known: {error}; reading it needs s3:GetBucketAcl"
        )),
        Grants::Unknown => {}
    }
    match bucket.get("GetBucketWebsite", "website").await {
        Ok(response) => {
            if xml::root_element(&response.body).is_ok_and(|root| root == "WebsiteConfiguration") {
                warnings.push(
                    "The bucket is a website: its website endpoint has no TLS and serves the public only, which ends with Block Public Access"
                        .to_owned(),
                );
            }
        }
        Err(error) => match &error.kind {
            Kind::Transport(_) | Kind::Endpoint(_) => return Err(error.into()),
            Kind::Response(answer) if answer.is_denied() => warnings.push(format!(
                "Whether the bucket is a website is not known: {error}; reading it needs s3:GetBucketWebsite"
            )),
            // No website, or a server that has none.
            Kind::Response(_) | Kind::Unreadable(_) => {}
        },
    }
    Ok(warnings)
}
