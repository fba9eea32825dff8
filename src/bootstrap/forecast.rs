//! Predicts from the bucket's configuration which changes S3 will reject. A dry run reports the prediction; a
//! normal run reports it after S3 rejected the change.

use super::Error;
use crate::controls::Subresource;
use crate::grants::{self, Grants};
use crate::policy::{Document, Statement};
use crate::s3::Bucket;
use crate::s3::error::Kind;
use crate::xml::Element;

/// Why S3 will reject a change of this subresource, or `None`. `before` is the present configuration.
///
/// For a policy, requests are sent only if the present policy has a public statement. A dry run
/// also sends the requests if the policy allows anything, because S3 alone decides what counts as
/// public.
///
/// # Errors
/// Fails if the server did not answer.
pub(super) async fn refusal(
    bucket: &mut Bucket<'_>,
    subresource: &Subresource,
    before: Option<&[u8]>,
    dry_run: bool,
) -> Result<Option<String>, Error> {
    if subresource.name == "ownershipControls" {
        return acl_refusal(bucket).await;
    }
    let document = match (subresource.name, before) {
        ("policy", Some(before)) => Document::read(before),
        _ => return Ok(None),
    };
    let Ok(document) = document else {
        return Ok(None);
    };
    let orphans = deleted_principals(&document);
    if !orphans.is_empty() {
        return Ok(Some(format!(
            "S3 refuses the existing policy, not the statements to add: {}, and the principal was deleted; first remove the principal from the policy",
            orphans.join("; ")
        )));
    }
    let public = public_statements(&document);
    let allows = document.statements().any(|statement| !statement.is_deny());
    // In a run, S3 itself refuses the policy, so only a dry run asks about a policy without a public statement.
    let asks = !public.is_empty() || (dry_run && allows);
    if asks && blocks_public_policies(bucket).await? {
        let public = if public.is_empty() {
            "S3 reports the whole policy as public, but this program recognizes no public statement"
                .to_owned()
        } else {
            public.join("; ")
        };
        return Ok(Some(format!(
            "Block Public Access is on, and S3 refuses every write of a policy that counts as public: {public}; first remove or narrow these statements"
        )));
    }
    Ok(None)
}

/// S3 rejects disabling ACLs while the bucket's ACL grants access to others.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-ownership-migrating-acls-prerequisites.html>
async fn acl_refusal(bucket: &mut Bucket<'_>) -> Result<Option<String>, Error> {
    let Grants::Others(grants) = grants::of_others(bucket).await? else {
        return Ok(None);
    };
    let texts: Vec<String> = grants.into_iter().map(|grant| grant.text()).collect();
    Ok((!texts.is_empty()).then(|| {
        format!(
            "S3 refuses BucketOwnerEnforced while the bucket's ACL grants access to others: {}; if others need that access, grant it in the bucket policy; then set the ACL to private",
            texts.join(", ")
        )
    }))
}

/// Whether Block Public Access of the bucket rejects public policies, and S3 counts the policy as
/// public. `false` if one of the two cannot be read.
async fn blocks_public_policies(bucket: &mut Bucket<'_>) -> Result<bool, Error> {
    let is_on = match bucket
        .get("GetPublicAccessBlock", "publicAccessBlock")
        .await
    {
        Ok(response) => Element::read("PublicAccessBlockConfiguration", &response.body)
            .is_ok_and(|block| block.text_of("BlockPublicPolicy") == "true"),
        Err(error) => match error.kind {
            Kind::Transport(_) | Kind::Endpoint(_) => return Err(error.into()),
            Kind::Response(_) | Kind::Unreadable(_) => false,
        },
    };
    if !is_on {
        return Ok(false);
    }
    match bucket.is_policy_public().await {
        Ok(is_public) => Ok(is_public),
        Err(error) => match error.kind {
            Kind::Transport(_) | Kind::Endpoint(_) => Err(error.into()),
            Kind::Response(_) | Kind::Unreadable(_) => Ok(false),
        },
    }
}

/// The statements that allow something to everyone. This function ignores the conditions of the
/// statements, because S3 evaluates conditions.
fn public_statements(document: &Document) -> Vec<String> {
    let described = |statement: Statement<'_>| {
        let outside = statement.allows_outside(None);
        let is_public = outside
            .iter()
            .any(|who| who == "*" || who.starts_with("all but"));
        is_public.then(|| {
            let what = statement.actions().join(", ");
            format!("{} allows {what} to everyone", name(statement))
        })
    };
    document.statements().filter_map(described).collect()
}

/// The statements with a principal that is an ID. S3 shows an existing user or role by its ARN, and a deleted
/// one by its unique ID.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>
fn deleted_principals(document: &Document) -> Vec<String> {
    let described = |statement: Statement<'_>| {
        let ids: Vec<String> = (statement.principals().into_iter())
            .filter(|principal| is_unique_id(principal))
            .collect();
        (!ids.is_empty()).then(|| format!("{} names {}", name(statement), ids.join(", ")))
    };
    document.statements().filter_map(described).collect()
}

fn is_unique_id(principal: &str) -> bool {
    let prefixes = ["AIDA", "AROA", "AGPA", "ANPA", "AIPA"];
    // The name of a session of a role follows the ID of the role.
    let (id, _session) = principal.split_once(':').unwrap_or((principal, ""));
    id.len() >= 16
        && prefixes.iter().any(|prefix| id.starts_with(prefix))
        && id
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn name(statement: Statement<'_>) -> String {
    match statement.sid() {
        Some(sid) => format!("statement {sid}"),
        None => "a statement without a Sid".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(statements: &str) -> Document {
        Document::read(format!("{{\"Statement\":[{statements}]}}").as_bytes()).unwrap()
    }

    #[test]
    fn statements_of_deleted_principals_are_named() {
        let found = policy(
            r#"{"Sid":"A","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:role/a","AROAEXAMPLEIDOFAROLE1"]}},
               {"Effect":"Deny","NotPrincipal":{"AWS":"AIDAEXAMPLEIDOFAUSER2"}},
               {"Sid":"C","Effect":"Allow","Principal":{"AWS":"AROA-short"}},
               {"Sid":"E","Effect":"Allow","Principal":{"AWS":"AROAEXAMPLEIDOFAROLE1:a-session"}},
               {"Sid":"D","Effect":"Allow","Principal":{"CanonicalUser":"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}}"#,
        );
        assert_eq!(
            deleted_principals(&found),
            [
                "statement A names AROAEXAMPLEIDOFAROLE1",
                "a statement without a Sid names AIDAEXAMPLEIDOFAUSER2",
                "statement E names AROAEXAMPLEIDOFAROLE1:a-session",
            ]
        );
    }

    #[test]
    fn statements_for_everyone_are_named() {
        let found = policy(
            r#"{"Sid":"A","Effect":"Allow","Principal":"*","Action":"s3:GetObject"},
               {"Sid":"B","Effect":"Deny","Principal":"*","Action":"s3:*"},
               {"Sid":"C","Effect":"Allow","Principal":{"AWS":["111122223333","*"]},"Action":["s3:ListBucket"]},
               {"Sid":"D","Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"s3:*"}"#,
        );
        assert_eq!(
            public_statements(&found),
            [
                "statement A allows s3:GetObject to everyone",
                "statement C allows s3:ListBucket to everyone",
            ]
        );
    }
}
