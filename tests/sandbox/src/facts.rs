//! The condition keys of a request, for bucket policies.

use crate::call::{AuthType, Call, Claim, SignatureVersion};
use crate::policy::{Facts, Known};
use crate::state::Bucket;
use crate::users::User;

/// The values of all condition keys of a request to S3.
pub struct RequestFacts<'a> {
    pub call: &'a Call,
    pub user: Option<&'a User>,
    pub bucket: &'a Bucket,
}

impl Facts for RequestFacts<'_> {
    fn fact(&self, key: &str) -> Known {
        let Self { call, user, bucket } = self;
        let claim = call.claim.as_ref();
        let maybe = |value: Option<String>| value.map_or(Known::Absent, Known::Value);
        let header = |name: &str| maybe(call.header(name).map(str::to_owned));
        let query = |name: &str| maybe(call.query(name).map(str::to_owned));
        match key {
            "aws:securetransport" => Known::Value(call.peer.tls.is_some().to_string()),
            "s3:tlsversion" => maybe(call.peer.tls.map(str::to_owned)),
            "s3:signatureage" => maybe(
                claim
                    .and_then(Claim::signed_at)
                    .map(|signed_at| (call.now - signed_at).whole_milliseconds().to_string()),
            ),
            "s3:authtype" => maybe(claim.map(|claim| {
                let name = match claim.how {
                    AuthType::Header => "REST-HEADER",
                    AuthType::Query => "REST-QUERY-STRING",
                    AuthType::Form => "POST",
                };
                name.to_owned()
            })),
            "s3:signatureversion" => maybe(claim.map(|claim| {
                let name = match claim.version {
                    SignatureVersion::V2 => "AWS",
                    SignatureVersion::V4 => "AWS4-HMAC-SHA256",
                };
                name.to_owned()
            })),
            "aws:sourceip" => Known::Value(call.peer.address.to_string()),
            "aws:principalarn" => maybe(user.map(|user| user.arn(bucket.partition()))),
            "aws:principalaccount" => maybe(user.map(|user| user.account_id.to_owned())),
            "aws:principaltype" => maybe(user.map(|_| "User".to_owned())),
            "aws:username" => maybe(user.map(|user| user.name.to_owned())),
            "aws:principalisawsservice" | "aws:viaawsservice" => Known::Value("false".to_owned()),
            "aws:resourceaccount" | "s3:resourceaccount" => {
                Known::Value(bucket.owner.account_id.to_owned())
            }
            "aws:requestedregion" => Known::Value(bucket.region.clone()),
            "aws:currenttime" => Known::Value(crate::signature::iso(call.now)),
            "aws:epochtime" => Known::Value(call.now.unix_timestamp().to_string()),
            "aws:useragent" => header("user-agent"),
            "aws:referer" => header("referer"),
            "s3:prefix" => query("prefix"),
            "s3:delimiter" => query("delimiter"),
            "s3:max-keys" => query("max-keys"),
            "s3:versionid" => query("versionId"),
            "s3:if-none-match" => header("if-none-match"),
            "s3:if-match" => header("if-match"),
            _ if key.starts_with("s3:x-amz-") => {
                maybe(call.header_or_field(&key["s3:".len()..]).map(str::to_owned))
            }
            _ if key.starts_with("s3:existingobjecttag/") => maybe(existing_tag(
                call,
                bucket,
                &key["s3:existingobjecttag/".len()..],
            )),
            "aws:sourcevpce"
            | "aws:sourcevpc"
            | "aws:vpcsourceip"
            | "aws:sourcearn"
            | "aws:sourceaccount"
            | "aws:principalorgid"
            | "aws:principalservicename"
            | "aws:multifactorauthpresent"
            | "aws:sourceorgid"
            | "aws:userid"
            | "aws:calledvia" => Known::Absent,
            _ => Known::Unknown,
        }
    }
}

/// The value of a tag of the object's current version. The name of the tag is in lower case, because
/// condition keys are.
fn existing_tag(call: &Call, bucket: &Bucket, name: &str) -> Option<String> {
    let version = bucket.objects.get(&call.object_key()?)?.last()?;
    let is_named = |tag: &&s3s::dto::Tag| {
        let key = tag.key.as_deref().unwrap_or_default();
        key.eq_ignore_ascii_case(name)
    };
    version.tags.iter().find(is_named)?.value.clone()
}
