//! The control for default encryption: SSE-S3, or SSE-KMS with a customer-managed key. The control
//! also blocks uploads with SSE-C.

use super::{Info, Settings, Spec, Standards, Subresource, XML};
use crate::values::Arn;
use crate::xml::{DecodeError, Element, Shape};
use s3_presign::AccountId;
use s3_presign::endpoint::Region;
use serde_json::Value;

pub(super) struct Encryption;

const BY_DEFAULT: &str = "ApplyServerSideEncryptionByDefault";
const ALGORITHM: &str = "SSEAlgorithm";
const KMS_KEY: &str = "KMSMasterKeyID";
const BUCKET_KEY: &str = "BucketKeyEnabled";
const BLOCKED: &str = "BlockedEncryptionTypes";
const TYPE: &str = "EncryptionType";

/// Every child element is optional, because a rule may contain only `BlockedEncryptionTypes`.
pub(super) const SHAPE: Shape =
    Shape::Object(&[("Rule", Shape::Named("Rules", &Shape::List(&RULE)))]);
const RULE: Shape = Shape::Object(&[
    (
        BY_DEFAULT,
        Shape::Object(&[(ALGORITHM, Shape::Text), (KMS_KEY, Shape::Text)]),
    ),
    (BUCKET_KEY, Shape::Boolean),
    (BLOCKED, Shape::Object(&[(TYPE, Shape::List(&Shape::Text))])),
]);

const ROOT: &str = "ServerSideEncryptionConfiguration";
const SSE_C: &str = "SSE-C";
/// The algorithms that S3 documents, and the empty text for a rule without an algorithm.
const KNOWN_ALGORITHMS: [&str; 4] = ["", "AES256", "aws:kms", DUAL_LAYER];
const DUAL_LAYER: &str = "aws:kms:dsse";
/// The value of `BlockedEncryptionTypes` that blocks no encryption type. The control always writes
/// `BlockedEncryptionTypes`, because S3 may keep blocking SSE-C if this element is missing.
const NONE: &str = "NONE";

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html>
static SUBRESOURCE: Subresource = Subresource {
    name: "encryption",
    get: "GetBucketEncryption",
    put: "PutBucketEncryption",
    absent_codes: &["ServerSideEncryptionConfigurationNotFoundError"],
    read_action: "s3:GetEncryptionConfiguration",
    write_action: "s3:PutEncryptionConfiguration",
    content_type: XML,
    size_limit: None,
    round_trip_header: None,
    has_backup: true,
    access_denied_hint: None,
    // A write without a read could replace SSE-KMS with SSE-S3.
    safe_without_read: false,
};

impl Spec for Encryption {
    type State = Element;

    const INFO: Info = Info {
        id: "encryption",
        title: "Default encryption",
        why: "Objects are encrypted at rest with keys that S3 or KMS manages; a lost customer-provided key (SSE-C) cannot make an object unreadable.",
        flag: "",
        subresource: &SUBRESOURCE,
        // The list is empty, because the only Security Hub control for encryption, S3.17, requires
        // SSE-KMS. Security Hub has retired S3.4, which SSE-S3 also satisfied.
        standards: Standards::NONE,
    };

    fn read(body: &[u8]) -> Result<Element, DecodeError> {
        let document = Element::read(ROOT, body)?.checked(&SHAPE)?;
        for rule in document.all("Rule") {
            let algorithm = rule
                .child(BY_DEFAULT)
                .map_or("", |it| it.text_of(ALGORITHM));
            if !KNOWN_ALGORITHMS.contains(&algorithm) {
                // The control must not replace an unknown algorithm, because an unknown algorithm
                // may be stronger than the known algorithms.
                let why = format!(
                    "the encryption algorithm `{algorithm}` is unknown, so the default encryption is not changed"
                );
                return Err(DecodeError::Malformed(why));
            }
        }
        Ok(document)
    }

    fn write(state: &Element) -> Vec<u8> {
        state.write()
    }

    fn json(state: &Element) -> Value {
        state.json(&SHAPE)
    }

    fn desired(found: Option<&Element>, settings: &Settings) -> Element {
        let document = Element::or_empty(found, ROOT);
        let rule = Element::or_empty(document.child("Rule"), "Rule");
        let by_default = by_default(&rule, settings);
        let bucket_key = if settings.kms_key.is_some() {
            // Dual-layer encryption (DSSE-KMS) does not support S3 Bucket Keys.
            let is_on = settings.bucket_key && by_default.text_of(ALGORITHM) != DUAL_LAYER;
            Some(Element::leaf(BUCKET_KEY, &is_on))
        } else {
            rule.child(BUCKET_KEY).cloned()
        };
        let blocked = blocked(rule.child(BLOCKED), settings.allow_sse_c);
        let known = [Some(by_default), bucket_key, blocked];
        let rule = rule.with(known.into_iter().flatten());
        // S3 allows only one encryption rule for a bucket.
        document.with([rule])
    }

    fn summary(desired: &Element, _settings: &Settings) -> Option<String> {
        let rule = desired.child("Rule")?;
        let by_default = rule.child(BY_DEFAULT)?;
        let algorithm = by_default.text_of(ALGORITHM);
        let key = match by_default.text_of(KMS_KEY) {
            "" => String::new(),
            key => format!(" with {key}"),
        };
        let sse_c = if rule
            .child(BLOCKED)
            .is_some_and(|blocked| holds(blocked, SSE_C))
        {
            "blocked"
        } else {
            "allowed"
        };
        Some(format!("{algorithm}{key}, SSE-C {sse_c}"))
    }

    fn apply_note(_found: Option<&Element>, desired: &Element) -> Option<&'static str> {
        let by_default = desired.child("Rule")?.child(BY_DEFAULT)?;
        is_kms(by_default).then_some(
            "the identity that signs URLs needs kms:GenerateDataKey on the key for uploads, and kms:Decrypt for downloads",
        )
    }

    fn fallback(desired: &Element) -> Option<(Element, &'static str)> {
        let rule = desired.child("Rule")?;
        rule.child(BLOCKED)?;
        let state = desired.clone().with([rule.clone().without(BLOCKED)]);
        Some((
            state,
            "default encryption is on, but this server cannot block SSE-C uploads",
        ))
    }
}

/// The default encryption and the block of SSE-C uploads, which an audit reports separately.
pub(crate) struct Parts {
    /// The existing and the desired state without the block.
    pub(crate) default_encryption: (Value, Value),
    /// The existing and the desired `BlockedEncryptionTypes`.
    pub(crate) sse_c: (Value, Value),
}

/// Compares the existing with the desired state, separately for both parts of the control.
///
/// # Errors
/// Fails if the body is not a document of this subresource.
pub(crate) fn parts(found: Option<&[u8]>, settings: &Settings) -> Result<Parts, DecodeError> {
    let found = found.map(Encryption::read).transpose()?;
    let desired = Encryption::desired(found.as_ref(), settings);
    let rule = |document: &Element| document.child("Rule").cloned();
    let without_block = |document: &Element| {
        let rule = rule(document).map(|rule| rule.without(BLOCKED));
        Encryption::json(&document.clone().with(rule))
    };
    let block = |document: &Element| {
        let block = rule(document).and_then(|rule| rule.child(BLOCKED).cloned());
        let only = block.map(|block| Element::node("Rule", vec![block]));
        let json = Encryption::json(&Element::node(ROOT, only.into_iter().collect()));
        json["Rules"][0][BLOCKED].clone()
    };
    Ok(Parts {
        default_encryption: (
            found.as_ref().map_or(Value::Null, without_block),
            without_block(&desired),
        ),
        sse_c: (found.as_ref().map_or(Value::Null, block), block(&desired)),
    })
}

fn by_default(rule: &Element, settings: &Settings) -> Element {
    let found = Element::or_empty(rule.child(BY_DEFAULT), BY_DEFAULT);
    match &settings.kms_key {
        Some(key) => {
            // Dual-layer encryption with the requested key is stronger than the requested
            // encryption, so the control keeps dual-layer encryption.
            let dual_layer = settings.dual_layer || found.text_of(ALGORITHM) == DUAL_LAYER;
            let algorithm = if dual_layer { DUAL_LAYER } else { "aws:kms" };
            found.with([
                Element::leaf(ALGORITHM, algorithm),
                Element::leaf(KMS_KEY, key),
            ])
        }
        // SSE-KMS is stronger than the requested SSE-S3, so the control keeps SSE-KMS, with two
        // exceptions: a key that belongs to another account, because that account can make every
        // object unreadable, and a key in another region, because S3 cannot use such a key.
        None if is_kms(&found) && !is_foreign(found.text_of(KMS_KEY), settings) => found,
        None => found
            .without(KMS_KEY)
            .with([Element::leaf(ALGORITHM, "AES256")]),
    }
}

/// Whether the KMS key belongs to another account or region than the bucket, according to the key's
/// ARN.
fn is_foreign(key: &str, settings: &Settings) -> bool {
    let account = settings.account.as_ref().map(AccountId::as_str);
    let region = settings.region.as_ref().map(Region::as_str);
    Arn::parse(key).is_some_and(|arn| {
        account.is_some_and(|account| account != arn.account)
            || region.is_some_and(|region| region != arn.region)
    })
}

fn is_kms(by_default: &Element) -> bool {
    by_default.text_of(ALGORITHM).starts_with("aws:kms")
}

/// Returns the `BlockedEncryptionTypes` to write. The result blocks every type that is already
/// blocked, and SSE-C if the settings do not allow SSE-C.
fn blocked(found: Option<&Element>, allow_sse_c: bool) -> Option<Element> {
    let holds = |kind: &str| found.is_some_and(|blocked| holds(blocked, kind));
    let is_right = if allow_sse_c {
        !holds(SSE_C)
    } else {
        // If the list of blocked types contains both SSE-C and NONE, S3 may accept SSE-C.
        holds(SSE_C) && !holds(NONE)
    };
    if is_right {
        return found.cloned();
    }
    let mut blocked = Element::or_empty(found, BLOCKED);
    let is_one_of_two =
        |kind: &Element| kind.name == TYPE && [SSE_C, NONE].contains(&kind.text.as_str());
    blocked.children.retain(|kind| !is_one_of_two(kind));
    if !allow_sse_c {
        blocked.children.push(Element::leaf(TYPE, SSE_C));
    } else if blocked.child(TYPE).is_none() {
        blocked.children.push(Element::leaf(TYPE, NONE));
    }
    Some(blocked)
}

fn holds(blocked: &Element, kind: &str) -> bool {
    blocked.all(TYPE).any(|known| known.text == kind)
}

#[cfg(test)]
mod tests;
