//! The policy of a KMS key that encrypts the objects of buckets.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-services.html>

use crate::values::{Arn, KmsKey};
use s3_presign::AccountId;
use s3_presign::endpoint::Region;
use serde_json::{Value, json};

/// Returns the policy of a key as JSON, or `None` if `key` is not the ARN of a key with a region.
///
/// The first statement gives the key's account full control, so that the account can always change the
/// policy. The second statement lets the principals of `callers` (an account ID) use the key, but only
/// through S3 in the key's region (`kms:ViaService`), and only for these buckets: S3 sends the ARN of the
/// bucket, or of the object without S3 Bucket Keys, as the encryption context. The identity of each caller
/// needs a permission, too.
#[must_use]
pub fn key_policy(key: &KmsKey, callers: Option<&str>, buckets: &[String]) -> Option<Value> {
    let arn = Arn::parse(key.as_str()).filter(|arn| arn.service == "kms")?;
    AccountId::parse(arn.account).ok()?;
    let region = Region::parse(arn.region).ok()?;
    let (partition, suffix) = (arn.partition, region.partition().dns_suffix);
    let of_bucket = |name: &String| {
        let arn = format!("arn:{partition}:s3:::{name}");
        [arn.clone(), format!("{arn}/*")]
    };
    let context: Vec<String> = buckets.iter().flat_map(of_bucket).collect();
    Some(json!({
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "EnableIamPolicies",
                "Effect": "Allow",
                "Principal": { "AWS": format!("arn:{partition}:iam::{}:root", arn.account) },
                "Action": "kms:*",
                "Resource": "*",
            },
            {
                "Sid": "AllowUseThroughS3",
                "Effect": "Allow",
                "Principal": { "AWS": "*" },
                "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                "Resource": "*",
                "Condition": {
                    "StringEquals": {
                        "kms:ViaService": format!("s3.{}.{suffix}", arn.region),
                        "kms:CallerAccount": callers.unwrap_or(arn.account),
                    },
                    "StringLike": { "kms:EncryptionContext:aws:s3:arn": context },
                },
            },
        ],
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(key: &str, callers: Option<&str>) -> Option<Value> {
        key_policy(&key.parse().unwrap(), callers, &["drop-box".to_owned()])
    }

    #[test]
    fn callers_use_the_key_only_through_s3_and_for_the_bucket() {
        let key = "arn:aws:kms:eu-central-1:111122223333:key/1a2b";
        let found = policy(key, None).unwrap();
        assert_eq!(
            found["Statement"][0]["Principal"]["AWS"],
            "arn:aws:iam::111122223333:root"
        );
        assert_eq!(
            found["Statement"][1]["Condition"],
            json!({
                "StringEquals": {
                    "kms:ViaService": "s3.eu-central-1.amazonaws.com",
                    "kms:CallerAccount": "111122223333",
                },
                "StringLike": {
                    "kms:EncryptionContext:aws:s3:arn": ["arn:aws:s3:::drop-box", "arn:aws:s3:::drop-box/*"],
                },
            })
        );
        let condition = |found: &Value, key: &str| {
            found["Statement"][1]["Condition"]["StringEquals"][key].clone()
        };
        let found = policy(key, Some("444455556666")).unwrap();
        assert_eq!(condition(&found, "kms:CallerAccount"), "444455556666");
        let china = "arn:aws-cn:kms:cn-north-1:111122223333:key/1a2b";
        let found = policy(china, None).unwrap();
        assert_eq!(
            condition(&found, "kms:ViaService"),
            "s3.cn-north-1.amazonaws.com.cn"
        );
        for bad in [
            "alias/my-key",
            "arn:aws:s3:::drop-box",
            "arn:aws:kms:eu-central-1::key/1",
        ] {
            assert_eq!(policy(bad, None), None, "{bad}");
        }
    }
}
