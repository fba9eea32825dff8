//! Finds who has access to a bucket from outside its account, by the policy and by the ACL, and what
//! Block Public Access cuts off.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>

use super::Verdict;
use super::documents::{Documents, NotRead};
use crate::grants::{self, Grants};
use crate::policy::{OutsideGrant, OutsideKind};
use crate::s3::error::Kind;
use crate::s3::{Bucket, Error as S3Error};
use crate::values;
use s3_presign::AccountId;
use serde_json::{Value, json};

/// The access from outside the account of a bucket.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Access {
    /// The grants, the most open kind first.
    pub grants: Vec<AccessGrant>,
    /// Whether S3 reports the policy as public. `None` if S3 was not asked or did not answer.
    pub policy_is_public: Option<bool>,
    /// The reason why grants of the policy can be missing.
    policy_unknown: Option<NotRead>,
    /// The reason why grants of the ACL can be missing.
    pub(super) acl_unknown: Option<NotRead>,
    /// The reason why S3's answer about the policy is missing, if S3 denied the answer.
    status_denied: Option<NotRead>,
    /// Whether Block Public Access cuts off public access by the policy and by the ACL.
    pub(super) cut_off: CutOff,
}

/// One statement of the policy, or one grant of the ACL, that gives access to principals outside the
/// account.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AccessGrant {
    /// `policy` or `acl`.
    pub source: &'static str,
    /// The access. A grant of the ACL has the permission, such as `READ`, as its action.
    pub grant: OutsideGrant,
    /// The setting that cuts off the access, such as `RestrictPublicBuckets`. `None` if the access is
    /// open.
    pub blocked_by: Option<&'static str>,
    /// Whether the caller named all accounts of the grant as allowed.
    pub allowed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct CutOff {
    pub(super) policy: bool,
    pub(super) acl: bool,
}

impl AccessGrant {
    /// Whether everyone has the access.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.grant.kind == OutsideKind::Public && self.blocked_by.is_none()
    }

    /// Returns the grant in one sentence without a full stop.
    #[must_use]
    pub fn text(&self) -> String {
        let OutsideGrant {
            statement,
            kind,
            principals,
            actions,
            resources,
            conditions,
            ..
        } = &self.grant;
        if self.source == "acl" {
            let who = principals.join(", ");
            return format!("the ACL grants {} to {who}", actions.join(", "));
        }
        let who = match kind {
            OutsideKind::Public => "everyone".to_owned(),
            OutsideKind::Conditional => "everyone who meets the conditions".to_owned(),
            OutsideKind::Organization => format!("the organization {}", principals.join(", ")),
            _ => principals.join(", "),
        };
        let name = if statement.starts_with("statement ") {
            statement.clone()
        } else {
            format!("statement {statement}")
        };
        let mut text = format!(
            "{name} allows {} on {} to {who}",
            actions.join(", "),
            resources.join(", ")
        );
        if !conditions.is_empty() {
            text += &format!(", with the conditions {}", conditions.join("; "));
        }
        text
    }

    /// Returns the grant as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let grant = &self.grant;
        json!({
            "source": self.source,
            "statement": (self.source == "policy").then_some(&grant.statement),
            "kind": grant.kind.as_str(),
            "principals": grant.principals,
            "actions": grant.actions,
            "resources": grant.resources,
            "conditions": grant.conditions,
            "blocked_by": self.blocked_by,
            "allowed": self.allowed,
        })
    }
}

impl Access {
    /// Returns the open grants to everyone.
    pub(super) fn public(&self) -> impl Iterator<Item = &AccessGrant> {
        self.grants.iter().filter(|grant| grant.is_public())
    }

    /// Returns the reason why grants can be missing in the list.
    pub(super) fn unknown(&self) -> Option<&NotRead> {
        self.policy_unknown.as_ref().or(self.acl_unknown.as_ref())
    }

    /// Returns the reason why public access can be missing in the list.
    pub(super) fn public_unknown(&self) -> Option<&NotRead> {
        self.unknown().or(self.status_denied.as_ref())
    }
}

/// Reads the ACL and S3's verdict about the policy where they can matter, and lists the grants. The
/// function asks S3 about the policy only if the policy allows something, and reads the ACL only if
/// ACLs are not disabled.
///
/// # Errors
/// Fails if the server did not answer.
pub(super) async fn find(
    bucket: &mut Bucket<'_>,
    documents: &Documents,
    account: Option<&AccountId>,
    allowed: Option<&[AccountId]>,
) -> Result<Access, S3Error> {
    let mut access = Access::default();
    let block = documents.xml("publicAccessBlock", "PublicAccessBlockConfiguration");
    let is_on = |name: &str| match &block {
        Some(Ok(block)) => block.text_of(name) == "true",
        _ => false,
    };
    access.cut_off = CutOff {
        policy: is_on("RestrictPublicBuckets"),
        acl: is_on("IgnorePublicAcls"),
    };
    let account = account.map(AccountId::as_str);
    match documents.policy() {
        Some(Ok(policy)) => {
            if policy.allows_anything() {
                policy_status(bucket, &mut access).await?;
            }
            let found = policy.outside_grants(account);
            let has_public = found.iter().any(|it| it.kind == OutsideKind::Public);
            let is_public = access.policy_is_public.unwrap_or(has_public);
            for grant in found {
                // Block Public Access restricts a public policy to services and to the own account.
                let is_cut_off =
                    access.cut_off.policy && is_public && grant.kind != OutsideKind::Service;
                access.grants.push(AccessGrant {
                    source: "policy",
                    allowed: is_allowed(&grant, account, allowed.unwrap_or_default()),
                    grant,
                    blocked_by: is_cut_off.then_some("RestrictPublicBuckets"),
                });
            }
        }
        Some(Err(why)) if why.0 == Verdict::Unknown => {
            if !access.cut_off.policy {
                policy_status(bucket, &mut access).await?;
            }
            access.policy_unknown = Some(why);
        }
        // The server has no policies.
        None | Some(Err(_)) => {}
    }
    of_acl(bucket, documents, &mut access).await?;
    values::sort(&mut access.grants, |it| {
        (it.grant.kind as usize, String::new())
    });
    Ok(access)
}

/// Whether every account of the grant is named, or is the own account. A grant to a service is allowed
/// if a condition limits it to resources of such accounts.
fn is_allowed(grant: &OutsideGrant, own: Option<&str>, allowed: &[AccountId]) -> bool {
    let is_named =
        |id: &String| Some(id.as_str()) == own || allowed.iter().any(|known| known.as_str() == id);
    matches!(grant.kind, OutsideKind::Account | OutsideKind::Service)
        && (grant.accounts.as_ref())
            .is_some_and(|accounts| !accounts.is_empty() && accounts.iter().all(is_named))
}

/// Asks S3 whether the policy is public.
async fn policy_status(bucket: &mut Bucket<'_>, access: &mut Access) -> Result<(), S3Error> {
    match bucket.is_policy_public().await {
        Ok(is_public) => access.policy_is_public = Some(is_public),
        Err(error) => match &error.kind {
            Kind::Transport(_) | Kind::Endpoint(_) => return Err(error),
            Kind::Response(answer) if answer.is_denied() => {
                let why = format!("{error}; reading it needs s3:GetBucketPolicyStatus");
                access.status_denied = Some((Verdict::Unknown, why));
            }
            // There is no policy, or the server does not support this request. The statements of the
            // policy show who has access.
            Kind::Response(_) | Kind::Unreadable(_) => {}
        },
    }
    Ok(())
}

async fn of_acl(
    bucket: &mut Bucket<'_>,
    documents: &Documents,
    access: &mut Access,
) -> Result<(), S3Error> {
    let ownership = documents.xml("ownershipControls", "OwnershipControls");
    let is_off = match ownership {
        Some(Ok(document)) => document
            .child("Rule")
            .is_some_and(|rule| rule.text_of("ObjectOwnership") == "BucketOwnerEnforced"),
        None | Some(Err(_)) => false,
    };
    if is_off {
        return Ok(());
    }
    let found = match grants::of_others(bucket).await? {
        Grants::Others(found) => found,
        Grants::Denied(error) => {
            let why = format!("{error}; reading it needs s3:GetBucketAcl");
            access.acl_unknown = Some((Verdict::Unknown, why));
            return Ok(());
        }
        Grants::Unknown => return Ok(()),
    };
    for grant in found {
        let kind = if grant.is_public {
            OutsideKind::Public
        } else if grant.is_service {
            OutsideKind::Service
        } else {
            OutsideKind::Account
        };
        let is_cut_off = grant.is_public && access.cut_off.acl;
        let permission = grant.permission.as_str();
        access.grants.push(AccessGrant {
            source: "acl",
            allowed: false,
            blocked_by: is_cut_off.then_some("IgnorePublicAcls"),
            grant: OutsideGrant {
                statement: String::new(),
                kind,
                principals: vec![grant.grantee],
                accounts: None,
                actions: vec![permission.to_owned()],
                resources: vec![bucket.name().to_string()],
                conditions: Vec::new(),
                reads: matches!(permission, "READ" | "READ_ACP" | "FULL_CONTROL"),
                writes: matches!(permission, "WRITE" | "WRITE_ACP" | "FULL_CONTROL"),
                administers: match permission {
                    "WRITE_ACP" | "FULL_CONTROL" => vec!["s3:PutBucketAcl"],
                    _ => Vec::new(),
                },
            },
        });
    }
    Ok(())
}
