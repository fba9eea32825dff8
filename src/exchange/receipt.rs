//! The receipt of a delivery, which the upload page stores after the files.
//!
//! Everyone who has the link can store a receipt with any contents. So a receipt is only a claim: the
//! delivery is complete if the listing of the bucket agrees with the claim.

use super::delivery::DeliveryKey;
use crate::policy::ExactJson;
use s3_presign::timestamp;
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::fmt;
use time::OffsetDateTime;

/// The largest receipt, in bytes.
pub const SIZE_LIMIT: usize = 64 << 10;

/// The longest name of a file, in bytes. Common file systems allow 255 bytes or 255 characters.
const NAME_LIMIT: usize = 1024;

/// A receipt: the files of one delivery, as the sender's browser reports them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The files. The list has at least one file, and no two files have the same key.
    pub files: Vec<ReceivedFile>,
    /// When the upload of the last file ended, by the clock of the sender.
    pub finished_at: OffsetDateTime,
}

/// A file in a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedFile {
    /// The name of the file on the sender's computer. Untrusted text, which can contain any character.
    pub name: String,
    /// The key of the object, which is in the folder of the delivery.
    pub key: String,
    /// The size of the file in bytes.
    pub size: u64,
    /// The SHA-256 digest of the file in hex, in lower case.
    pub sha256: String,
    /// The `ETag` with which S3 answered the upload, without quotes.
    pub etag: String,
    /// The version ID of the object, if the bucket has versioning.
    pub version_id: Option<String>,
}

impl Receipt {
    /// Reads the receipt of the delivery with this folder, which ends with `/`. Unknown members are ignored.
    ///
    /// # Errors
    /// See [`InvalidReceipt`].
    pub fn parse(body: &[u8], folder: &[u8]) -> Result<Self, InvalidReceipt> {
        if body.len() > SIZE_LIMIT {
            return Err(InvalidReceipt::TooLarge);
        }
        let ExactJson(document) =
            serde_json::from_slice(body).map_err(|error| InvalidReceipt::NotJson {
                // An error of `serde_json` can quote the document, so the program keeps only the
                // line and the column.
                line: error.line(),
                column: error.column(),
            })?;
        let document = Object(
            document
                .as_object()
                .ok_or(InvalidReceipt::Member("files"))?,
        );
        if document.number("schema_version")? != 1 {
            return Err(InvalidReceipt::Version);
        }
        let files = document.member("files").and_then(Value::as_array);
        let files = files.ok_or(InvalidReceipt::Member("files"))?;
        let files: Vec<ReceivedFile> = files
            .iter()
            .map(|file| ReceivedFile::parse(file, folder))
            .collect::<Result<_, _>>()?;
        let mut keys = HashSet::new();
        if files.is_empty() || !files.iter().all(|file| keys.insert(file.key.as_str())) {
            return Err(InvalidReceipt::Files);
        }
        let finished_at = timestamp::parse(document.text("finished_at")?);
        Ok(Receipt {
            finished_at: finished_at.map_err(|_| InvalidReceipt::Member("finished_at"))?,
            files,
        })
    }
}

impl ReceivedFile {
    fn parse(file: &Value, folder: &[u8]) -> Result<Self, InvalidReceipt> {
        let file = Object(file.as_object().ok_or(InvalidReceipt::Member("files"))?);
        let (name, key) = (file.text("name")?, file.text("key")?);
        if name.is_empty() || name.len() > NAME_LIMIT {
            return Err(InvalidReceipt::Member("name"));
        }
        let place = DeliveryKey::parse(key.as_bytes());
        if !place.is_some_and(|place| place.folder == folder && !place.is_receipt()) {
            return Err(InvalidReceipt::OutsideDelivery);
        }
        let sha256 = file.text("sha256")?;
        let is_digest = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_digest {
            return Err(InvalidReceipt::Member("sha256"));
        }
        Ok(ReceivedFile {
            name: name.to_owned(),
            key: key.to_owned(),
            size: file.number("size")?,
            sha256: sha256.to_ascii_lowercase(),
            etag: file.text("etag")?.trim_matches('"').to_owned(),
            version_id: match file.member("version_id") {
                None | Some(Value::Null) => None,
                Some(_) => Some(file.text("version_id")?.to_owned()),
            },
        })
    }
}

/// A JSON object of a receipt.
struct Object<'a>(&'a Map<String, Value>);

impl<'a> Object<'a> {
    fn member(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name)
    }

    fn text(&self, name: &'static str) -> Result<&'a str, InvalidReceipt> {
        let text = self.member(name).and_then(Value::as_str);
        text.ok_or(InvalidReceipt::Member(name))
    }

    fn number(&self, name: &'static str) -> Result<u64, InvalidReceipt> {
        let number = self.member(name).and_then(Value::as_u64);
        number.ok_or(InvalidReceipt::Member(name))
    }
}

/// Why a receipt cannot be trusted. No variant contains text from the receipt, because that text is
/// untrusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidReceipt {
    /// The receipt has more than [`SIZE_LIMIT`] bytes.
    TooLarge,
    /// The receipt is not JSON, or has a duplicate member. Line and column count from 1.
    NotJson {
        /// The line in the document.
        line: usize,
        /// The column in the line.
        column: usize,
    },
    /// The receipt has a version that this program does not know.
    Version,
    /// The member with this name is missing, or has a wrong type or value.
    Member(&'static str),
    /// The receipt names no file, or two files with the same key.
    Files,
    /// The receipt names an object outside its own delivery.
    OutsideDelivery,
}

impl fmt::Display for InvalidReceipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => write!(f, "the receipt has more than {SIZE_LIMIT} bytes"),
            Self::NotJson { line, column } => write!(
                f,
                "the receipt is not JSON, or has a duplicate member, at line {line} column {column}"
            ),
            Self::Version => f.write_str("the receipt has an unknown schema_version"),
            Self::Member(name) => {
                write!(
                    f,
                    "the receipt lacks `{name}`, or `{name}` has a wrong value"
                )
            }
            Self::Files => f.write_str("the receipt names no file, or one key twice"),
            Self::OutsideDelivery => {
                f.write_str("the receipt names an object outside its own delivery")
            }
        }
    }
}

impl std::error::Error for InvalidReceipt {}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const FOLDER: &str =
        "in/mzxw6ytboiydcmrtgq2tmnzyhe/20261127T001500Z-aaaaaaaaaaaaaaaaaaaaaaaaaa/";

    fn valid() -> Value {
        json!({
            "schema_version": 1,
            "files": [{
                "name": "Re\u{301}port\u{202e}.pdf",
                "key": format!("{FOLDER}report.pdf"),
                "size": 123,
                "sha256": "E3".repeat(32),
                "etag": "\"9a0364b9e99bb480dd25e1f0284c8555\"",
                "version_id": null,
                "future": [1],
            }],
            "finished_at": "2026-11-27T00:16:00.5Z",
            "future": {},
        })
    }

    fn parse(document: &Value) -> Result<Receipt, InvalidReceipt> {
        Receipt::parse(document.to_string().as_bytes(), FOLDER.as_bytes())
    }

    #[test]
    fn reads_a_receipt_and_ignores_unknown_members() {
        let receipt = parse(&valid()).unwrap();
        let file = &receipt.files[0];
        assert_eq!(file.name, "Re\u{301}port\u{202e}.pdf");
        assert_eq!((file.size, file.version_id.as_deref()), (123, None));
        assert_eq!(file.etag, "9a0364b9e99bb480dd25e1f0284c8555");
        assert_eq!(file.sha256, "e3".repeat(32));
    }

    #[test]
    fn rejects_a_member_that_is_missing_or_has_a_wrong_type() {
        for (path, wrong) in [
            ("/schema_version", json!("1")),
            ("/files", json!({})),
            ("/files/0", json!([])),
            ("/files/0/name", json!("")),
            ("/files/0/name", json!("x".repeat(1025))),
            ("/files/0/size", json!(-1)),
            ("/files/0/size", json!(1.5)),
            ("/files/0/size", json!("123")),
            ("/files/0/sha256", json!("e3")),
            ("/files/0/sha256", json!("zz".repeat(32))),
            ("/files/0/etag", Value::Null),
            ("/files/0/version_id", json!(7)),
            ("/finished_at", json!("yesterday")),
        ] {
            let mut document = valid();
            *document.pointer_mut(path).unwrap() = wrong;
            let name = path.rsplit('/').next().unwrap().replace('0', "files");
            let error = parse(&document).unwrap_err();
            assert!(
                matches!(error, InvalidReceipt::Member(member) if member == name),
                "{path}: {error}"
            );
        }
        assert_eq!(parse(&json!([])), Err(InvalidReceipt::Member("files")));
    }

    #[test]
    fn rejects_another_version_and_a_wrong_number_of_files() {
        let mut document = valid();
        document["schema_version"] = json!(2);
        assert_eq!(parse(&document), Err(InvalidReceipt::Version));
        let mut document = valid();
        document["files"] = json!([]);
        assert_eq!(parse(&document), Err(InvalidReceipt::Files));
        let mut document = valid();
        let file = document["files"][0].clone();
        document["files"] = json!([file, file]);
        assert_eq!(parse(&document), Err(InvalidReceipt::Files));
    }

    #[test]
    fn rejects_keys_outside_the_delivery() {
        let other = FOLDER.replace("001500", "001501");
        for key in [
            "in/secret.pdf".to_owned(),
            format!("{other}report.pdf"),
            format!("{FOLDER}receipt.json"),
            FOLDER.to_owned(),
            String::new(),
        ] {
            let mut document = valid();
            document["files"][0]["key"] = json!(key);
            let error = parse(&document);
            assert_eq!(error, Err(InvalidReceipt::OutsideDelivery), "{key}");
        }
        // S3 treats `..` as ordinary characters of a key, so this key is in the delivery's folder.
        let mut document = valid();
        document["files"][0]["key"] = json!(format!("{FOLDER}../../x"));
        assert!(parse(&document).is_ok());
    }

    #[test]
    fn rejects_duplicate_members_deep_nesting_and_large_receipts() {
        let folder = FOLDER.as_bytes();
        let not_json = |body: &str| {
            let error = Receipt::parse(body.as_bytes(), folder).unwrap_err();
            assert!(matches!(error, InvalidReceipt::NotJson { .. }), "{error}");
        };
        not_json("");
        not_json("\u{0}");
        not_json("{\"schema_version\":1");
        not_json(&"[".repeat(60_000));
        let text = valid().to_string();
        not_json(&text.replacen("\"size\":", "\"size\":1,\"size\":", 1));
        not_json(&text.replacen("\"future\":", "\"future\":1,\"future\":", 1));
        let large = text.clone() + &" ".repeat(SIZE_LIMIT - text.len());
        assert!(Receipt::parse(large.as_bytes(), folder).is_ok());
        let larger = large + " ";
        assert_eq!(
            Receipt::parse(larger.as_bytes(), folder),
            Err(InvalidReceipt::TooLarge)
        );
    }
}
