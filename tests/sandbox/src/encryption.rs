//! Default encryption with the element `BlockedEncryptionTypes`. `s3s` does not support
//! `BlockedEncryptionTypes`, so this module parses and writes the XML.

use std::fmt::Write as _;

use http::HeaderMap;
use s3s::S3Result;
use s3s::xml::{DeError, DeResult, Deserializer};

use crate::error::{access_denied, escape, fail, invalid_argument, malformed_xml};
use crate::state::{Bucket, Sse};

const ALGORITHMS: [&str; 3] = ["AES256", "aws:kms", "aws:kms:dsse"];
const NOT_APPLICABLE: &str = "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse";

/// The only rule of a ServerSideEncryptionConfiguration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Encryption {
    pub algorithm: Option<String>,
    pub kms_key: Option<String>,
    pub bucket_key: bool,
    /// The blocked encryption types, or `None` if the client did not send the XML element.
    pub blocked: Option<Vec<String>>,
}

impl Encryption {
    /// Returns the default encryption of a new bucket on AWS.
    pub fn aws_default() -> Self {
        Self {
            algorithm: Some("AES256".to_owned()),
            kms_key: None,
            bucket_key: false,
            blocked: Some(vec!["SSE-C".to_owned()]),
        }
    }

    pub fn read(body: &[u8]) -> S3Result<Self> {
        if body.is_empty() {
            return Err(fail(
                400,
                "MissingRequestBodyError",
                "Request Body is empty",
            ));
        }
        let mut xml = Deserializer::new(body);
        let mut rules: Vec<Self> = Vec::new();
        xml.named_element("ServerSideEncryptionConfiguration", |xml| {
            xml.for_each_element(|xml, name| match name {
                b"Rule" => read_rule(xml).map(|rule| rules.push(rule)),
                _ => Err(DeError::UnexpectedTagName),
            })
        })
        .and_then(|()| xml.expect_eof())
        .map_err(|_| malformed_xml())?;
        let [rule] = <[Self; 1]>::try_from(rules).map_err(|_| malformed_xml())?;
        rule.check()?;
        Ok(rule)
    }

    fn check(&self) -> S3Result<()> {
        let known = self
            .algorithm
            .as_deref()
            .is_none_or(|name| ALGORITHMS.contains(&name));
        let types = self.blocked.iter().flatten();
        let empty = self.algorithm.is_none() && self.blocked.is_none();
        if !known || empty || !types.clone().all(|name| name == "SSE-C" || name == "NONE") {
            return Err(malformed_xml());
        }
        if self.kms_key.is_some() && self.algorithm.as_deref() == Some("AES256") {
            return Err(invalid_argument(
                NOT_APPLICABLE,
                "ApplyServerSideEncryptionByDefault",
                "",
            ));
        }
        Ok(())
    }

    pub fn write(&self) -> String {
        let mut xml = String::from(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ServerSideEncryptionConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule>",
        );
        let algorithm = self.algorithm.as_deref().unwrap_or("AES256");
        let _ = write!(
            xml,
            "<ApplyServerSideEncryptionByDefault><SSEAlgorithm>{algorithm}</SSEAlgorithm>"
        );
        if let Some(key) = &self.kms_key {
            let _ = write!(xml, "<KMSMasterKeyID>{}</KMSMasterKeyID>", escape(key));
        }
        let _ = write!(
            xml,
            "</ApplyServerSideEncryptionByDefault><BucketKeyEnabled>{}</BucketKeyEnabled>",
            self.bucket_key
        );
        if let Some(blocked) = &self.blocked {
            xml.push_str("<BlockedEncryptionTypes>");
            for name in blocked {
                let _ = write!(xml, "<EncryptionType>{name}</EncryptionType>");
            }
            xml.push_str("</BlockedEncryptionTypes>");
        }
        xml.push_str("</Rule></ServerSideEncryptionConfiguration>");
        xml
    }
}

fn read_rule(xml: &mut Deserializer<'_>) -> DeResult<Encryption> {
    let mut rule = Encryption::default();
    xml.for_each_element(|xml, name| match name {
        b"ApplyServerSideEncryptionByDefault" => xml.for_each_element(|xml, name| match name {
            b"SSEAlgorithm" => xml
                .content()
                .map(|text: String| rule.algorithm = Some(text)),
            b"KMSMasterKeyID" => xml.content().map(|text: String| rule.kms_key = Some(text)),
            _ => Err(DeError::UnexpectedTagName),
        }),
        b"BucketKeyEnabled" => xml.content().map(|enabled: bool| rule.bucket_key = enabled),
        b"BlockedEncryptionTypes" => {
            let blocked = rule.blocked.get_or_insert_default();
            xml.for_each_element(|xml, name| match name {
                b"EncryptionType" => xml.content().map(|text: String| blocked.push(text)),
                _ => Err(DeError::UnexpectedTagName),
            })
        }
        _ => Err(DeError::UnexpectedTagName),
    })?;
    Ok(rule)
}

/// Returns the encryption of a new object: the encryption in the headers of the request, or else
/// the bucket's default encryption.
pub fn of_new_object(bucket: &Bucket, headers: &HeaderMap) -> S3Result<Sse> {
    let text = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    let default = bucket.encryption.clone().unwrap_or_default();
    if let Some(algorithm) = text("x-amz-server-side-encryption-customer-algorithm") {
        if default.blocked.iter().flatten().any(|name| name == "SSE-C") {
            return Err(access_denied());
        }
        let md5 = text("x-amz-server-side-encryption-customer-key-md5");
        if algorithm != "AES256" || md5.is_none() {
            return Err(invalid_argument(
                "The encryption request that you specified is not valid. Supported value: AES256.",
                "x-amz-server-side-encryption",
                &algorithm,
            ));
        }
        return Ok(Sse {
            customer_key_md5: md5,
            ..Sse::default()
        });
    }
    let Some(algorithm) = text("x-amz-server-side-encryption") else {
        let bucket_key = default
            .algorithm
            .as_deref()
            .is_some_and(|name| name != "AES256");
        return Ok(Sse {
            bucket_key: (bucket_key && default.bucket_key).then_some(true),
            kms_key: default.kms_key,
            algorithm: default.algorithm,
            customer_key_md5: None,
        });
    };
    if !ALGORITHMS.contains(&algorithm.as_str()) {
        return Err(invalid_argument(
            "The encryption method specified is not supported",
            "x-amz-server-side-encryption",
            &algorithm,
        ));
    }
    Ok(Sse {
        algorithm: Some(algorithm),
        kms_key: text("x-amz-server-side-encryption-aws-kms-key-id"),
        bucket_key: text("x-amz-server-side-encryption-bucket-key-enabled")
            .map(|enabled| enabled == "true"),
        customer_key_md5: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocked_types_survive_the_round_trip() {
        let encryption = Encryption::aws_default();
        assert_eq!(
            Encryption::read(encryption.write().as_bytes()).ok(),
            Some(encryption)
        );
    }

    #[test]
    fn no_rule_two_rules_and_unknown_elements_are_malformed() {
        let rule = "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>";
        for rules in ["", &rule.repeat(2), "<Rule><Nonsense/></Rule>", "<Rule/>"] {
            let body = format!(
                "<ServerSideEncryptionConfiguration>{rules}</ServerSideEncryptionConfiguration>"
            );
            assert!(Encryption::read(body.as_bytes()).is_err(), "{body}");
        }
    }
}
