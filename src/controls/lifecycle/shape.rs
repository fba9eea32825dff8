//! The shape of the lifecycle document, for JSON.

use crate::xml::Shape;

/// The shape for JSON. Reading does not check it, because servers return further elements.
pub(in crate::controls) const SHAPE: Shape =
    Shape::Object(&[("Rule", Shape::Named("Rules", &Shape::List(&RULE)))]);
const RULE: Shape = Shape::Object(&[
    ("ID", Shape::Text),
    ("Status", Shape::Text),
    ("Prefix", Shape::Text),
    (
        "Filter",
        Shape::Object(&[
            ("Prefix", Shape::Text),
            ("Tag", TAG),
            ("ObjectSizeGreaterThan", Shape::Number),
            ("ObjectSizeLessThan", Shape::Number),
            (
                "And",
                Shape::Object(&[
                    ("Prefix", Shape::Text),
                    ("Tag", Shape::Named("Tags", &Shape::List(&TAG))),
                    ("ObjectSizeGreaterThan", Shape::Number),
                    ("ObjectSizeLessThan", Shape::Number),
                ]),
            ),
        ]),
    ),
    (
        "Expiration",
        Shape::Object(&[
            ("Date", Shape::Text),
            ("Days", Shape::Number),
            ("ExpiredObjectDeleteMarker", Shape::Boolean),
        ]),
    ),
    (
        "Transition",
        Shape::Named(
            "Transitions",
            &Shape::List(&Shape::Object(&[
                ("Date", Shape::Text),
                ("Days", Shape::Number),
                ("StorageClass", Shape::Text),
            ])),
        ),
    ),
    (
        "NoncurrentVersionTransition",
        Shape::Named(
            "NoncurrentVersionTransitions",
            &Shape::List(&Shape::Object(&[
                ("NoncurrentDays", Shape::Number),
                ("NewerNoncurrentVersions", Shape::Number),
                ("StorageClass", Shape::Text),
            ])),
        ),
    ),
    (
        "NoncurrentVersionExpiration",
        Shape::Object(&[
            ("NoncurrentDays", Shape::Number),
            ("NewerNoncurrentVersions", Shape::Number),
        ]),
    ),
    (
        "AbortIncompleteMultipartUpload",
        Shape::Object(&[("DaysAfterInitiation", Shape::Number)]),
    ),
]);
const TAG: Shape = Shape::Object(&[("Key", Shape::Text), ("Value", Shape::Text)]);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::Element;

    /// The names and types are those of botocore's service model: the argument of
    /// `aws s3api put-bucket-lifecycle-configuration`.
    #[test]
    fn json_is_that_of_the_aws_cli() {
        let xml = "<LifecycleConfiguration><Rule><ID>a</ID><Filter/><Status>Enabled</Status>\
            <Transition><Days>30</Days><StorageClass>STANDARD_IA</StorageClass></Transition>\
            <NoncurrentVersionTransition><NoncurrentDays>7</NoncurrentDays><StorageClass>GLACIER</StorageClass></NoncurrentVersionTransition>\
            <NoncurrentVersionExpiration><NoncurrentDays>9</NoncurrentDays><NewerNoncurrentVersions>2</NewerNoncurrentVersions></NoncurrentVersionExpiration>\
            <AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>\
            <Rule><Filter><And><Prefix>p/</Prefix><Tag><Key>k</Key><Value>v</Value></Tag><ObjectSizeLessThan>5</ObjectSizeLessThan></And></Filter>\
            <Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration></Rule></LifecycleConfiguration>";
        let document = Element::read("LifecycleConfiguration", xml.as_bytes()).unwrap();
        assert_eq!(
            document.json(&SHAPE),
            serde_json::json!({"Rules": [
                {
                    "ID": "a",
                    "Status": "Enabled",
                    "Filter": {},
                    "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}],
                    "NoncurrentVersionTransitions": [{"NoncurrentDays": 7, "StorageClass": "GLACIER"}],
                    "NoncurrentVersionExpiration": {"NoncurrentDays": 9, "NewerNoncurrentVersions": 2},
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                },
                {
                    "Filter": {"And": {
                        "Prefix": "p/",
                        "Tags": [{"Key": "k", "Value": "v"}],
                        "ObjectSizeLessThan": 5,
                    }},
                    "Expiration": {"ExpiredObjectDeleteMarker": true},
                },
            ]})
        );
    }
}
