//! Warnings about an existing bucket before it is changed.

use super::{Error, Event};
use crate::grants::{self, Grants};
use crate::ownership;
use crate::policy::{Document, Statement};
use crate::s3::error::Kind;
use crate::s3::{Bucket, Client};
use crate::xml;
use s3_presign::AccountId;

/// The effects of the existing policy on other accounts, and on the URLs of this run.
pub(super) fn of_policy(client: &Client, policy: &[u8]) -> impl Iterator<Item = Event> {
    let outside = outside_access(client, policy).into_iter();
    outside.chain(demanded_headers(policy))
}

/// Names the statements that grant access to other accounts. The run does not remove these
/// statements. If the caller's account is unknown, every statement that allows something to a
/// principal counts.
fn outside_access(client: &Client, policy: &[u8]) -> Option<Event> {
    let document = Document::read(policy).ok()?;
    let account = ownership::proven_account(client);
    let described = |statement: Statement<'_>| {
        let who = statement.allows_outside(account.as_ref().map(AccountId::as_str));
        let sid = statement.sid().unwrap_or("without a Sid");
        let what = statement.actions().join(", ");
        (!who.is_empty()).then(|| format!("{sid} allows {what} to {}", who.join(", ")))
    };
    let all: Vec<String> = document.statements().filter_map(described).collect();
    (!all.is_empty()).then(|| match account {
        Some(_) => Event::PolicyAdmitsOthers(all),
        None => Event::PolicyNamesPrincipals(all),
    })
}

/// A policy that denies uploads without a header also denies uploads from a URL that does not sign it.
fn demanded_headers(policy: &[u8]) -> Option<Event> {
    let headers = Document::read(policy).ok()?.demanded_headers();
    (!headers.is_empty()).then_some(Event::PolicyDemandsHeaders(headers))
}

/// Whether the policy is public, and events about all public access that Block Public Access ends.
///
/// # Errors
/// Fails if the server did not answer.
pub(super) async fn before_blocking(bucket: &mut Bucket<'_>) -> Result<(bool, Vec<Event>), Error> {
    let (is_public, warning) = public_policy(bucket).await?;
    let mut events: Vec<Event> = warning.into_iter().collect();
    events.extend(public_otherwise(bucket).await?);
    Ok((is_public, events))
}

/// Whether the policy is public, and the event about it. Block Public Access takes effect at once, so the
/// caller gets this warning before the change.
///
/// # Errors
/// Fails if the server did not answer.
async fn public_policy(bucket: &mut Bucket<'_>) -> Result<(bool, Option<Event>), Error> {
    match bucket.is_policy_public().await {
        Ok(true) => Ok((true, Some(Event::PolicyIsPublic))),
        Ok(false) => Ok((false, None)),
        Err(error) => match &error.kind {
            Kind::Transport(_) | Kind::Endpoint(_) => Err(error.into()),
            Kind::Response(answer) if answer.is_denied() => {
                Ok((false, Some(Event::PolicyStatusUnknown(error.to_string()))))
            }
            // There is no policy, or the server does not support this request.
            Kind::Response(_) | Kind::Unreadable(_) => Ok((false, None)),
        },
    }
}

/// Events about a public ACL and a website, which Block Public Access ends.
///
/// # Errors
/// Fails if the server did not answer.
async fn public_otherwise(bucket: &mut Bucket<'_>) -> Result<Vec<Event>, Error> {
    let mut events = Vec::new();
    match grants::of_others(bucket).await? {
        Grants::Others(found) => {
            let public = found.iter().filter(|grant| grant.is_public);
            let public: Vec<String> = public.map(grants::Grant::text).collect();
            if !public.is_empty() {
                events.push(Event::AclIsPublic(public));
            }
        }
        Grants::Denied(error) => events.push(Event::AclUnknown(error.to_string())),
        Grants::Unknown => {}
    }
    match bucket.get("GetBucketWebsite", "website").await {
        Ok(response) => {
            if xml::root_element(&response.body).is_ok_and(|root| root == "WebsiteConfiguration") {
                events.push(Event::BucketIsWebsite);
            }
        }
        Err(error) => match &error.kind {
            Kind::Transport(_) | Kind::Endpoint(_) => return Err(error.into()),
            Kind::Response(answer) if answer.is_denied() => {
                events.push(Event::WebsiteUnknown(error.to_string()));
            }
            // There is no website, or the server does not support websites.
            Kind::Response(_) | Kind::Unreadable(_) => {}
        },
    }
    Ok(events)
}
