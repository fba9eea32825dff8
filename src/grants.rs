//! The ACL of a bucket: the grants that disabling ACLs removes, or that prevent disabling ACLs.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html>

use crate::s3::error::Kind;
use crate::s3::{Bucket, Error as S3Error};
use crate::xml::{DecodeError, Element};

const GROUPS: &str = "http://acs.amazonaws.com/groups/";

/// A grant to a grantee other than the owner.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    /// The permission, such as `READ`.
    pub(crate) permission: String,
    /// The grantee, such as `everyone` or the name of an account.
    pub(crate) grantee: String,
    /// Whether the grantee is everyone or every AWS account.
    pub(crate) is_public: bool,
    /// Whether the grantee is another group of S3, such as the group that delivers access logs.
    pub(crate) is_service: bool,
}

impl Grant {
    /// Returns a text such as `READ to everyone`.
    pub(crate) fn text(&self) -> String {
        format!("{} to {}", self.permission, self.grantee)
    }
}

/// The grants of an ACL, or the reason why the program cannot read the ACL.
pub(crate) enum Grants {
    /// Every grant to a grantee other than the owner.
    Others(Vec<Grant>),
    /// S3 denied reading the grants.
    Denied(S3Error),
    /// The server has no ACLs, or answered with another document.
    Unknown,
}

/// Reads the grants to grantees other than the owner.
///
/// # Errors
/// Fails if the server did not answer.
pub(crate) async fn of_others(bucket: &mut Bucket<'_>) -> Result<Grants, S3Error> {
    match bucket.get("GetBucketAcl", "acl").await {
        Ok(response) => Ok(others(&response.body).map_or(Grants::Unknown, Grants::Others)),
        Err(error) => match &error.kind {
            Kind::Transport(_) | Kind::Endpoint(_) => Err(error),
            Kind::Response(answer) if answer.is_denied() => Ok(Grants::Denied(error)),
            Kind::Response(_) | Kind::Unreadable(_) => Ok(Grants::Unknown),
        },
    }
}

fn others(body: &[u8]) -> Result<Vec<Grant>, DecodeError> {
    let acl = Element::read("AccessControlPolicy", body)?;
    let owner = acl.child("Owner").map_or("", |owner| owner.text_of("ID"));
    let list = acl.child("AccessControlList");
    let mut found = Vec::new();
    for grant in list.into_iter().flat_map(|list| list.all("Grant")) {
        let Some(grantee) = grant.child("Grantee") else {
            continue;
        };
        let id = grantee.text_of("ID");
        let group = grantee.text_of("URI").strip_prefix(GROUPS);
        let (grantee, is_public) = match group {
            Some("global/AllUsers") => ("everyone".to_owned(), true),
            Some("global/AuthenticatedUsers") => ("every AWS account".to_owned(), true),
            Some(group) => (format!("the group {group}"), false),
            None if !id.is_empty() && id == owner => continue,
            None => {
                let names = ["DisplayName", "EmailAddress", "ID", "URI"];
                let name = names.map(|name| grantee.text_of(name));
                let name = name.into_iter().find(|name| !name.is_empty());
                (name.unwrap_or("an unnamed grantee").to_owned(), false)
            }
        };
        found.push(Grant {
            permission: grant.text_of("Permission").to_owned(),
            grantee,
            is_public,
            is_service: group.is_some() && !is_public,
        });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grants(list: &str) -> Vec<(String, bool)> {
        let body = format!(
            "<AccessControlPolicy><Owner><ID>me</ID></Owner><AccessControlList>{list}</AccessControlList></AccessControlPolicy>"
        );
        let found = others(body.as_bytes()).unwrap();
        found
            .into_iter()
            .map(|grant| (grant.text(), grant.is_public))
            .collect()
    }

    fn grant(grantee: &str, permission: &str) -> String {
        format!(
            "<Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"T\">{grantee}</Grantee><Permission>{permission}</Permission></Grant>"
        )
    }

    #[test]
    fn grants_to_others_are_named() {
        assert_eq!(grants(&grant("<ID>me</ID>", "FULL_CONTROL")), []);
        let group = |name: &str| format!("<URI>{GROUPS}{name}</URI>");
        for (grantee, text, is_public) in [
            (group("global/AllUsers"), "READ to everyone", true),
            (
                group("global/AuthenticatedUsers"),
                "READ to every AWS account",
                true,
            ),
            (
                group("s3/LogDelivery"),
                "READ to the group s3/LogDelivery",
                false,
            ),
            (
                "<ID>79a5</ID><DisplayName>partner</DisplayName>".to_owned(),
                "READ to partner",
                false,
            ),
            ("<ID>79a5</ID>".to_owned(), "READ to 79a5", false),
            (String::new(), "READ to an unnamed grantee", false),
        ] {
            let list = grant("<ID>me</ID>", "FULL_CONTROL") + &grant(&grantee, "READ");
            assert_eq!(grants(&list), [(text.to_owned(), is_public)]);
        }
        assert!(others(b"<ListBucketResult/>").is_err());
    }
}
