//! Compares the JSON names of the controls with AWS's service model. Only tests use this file.

use super::{access_logging, cors, encryption, lifecycle, ownership_controls, public_access_block};
use super::{tags, versioning};
use crate::xml::Shape;

/// Appends a line for each member of `shape` that is a value or an empty object. The line has the
/// columns of the table: the path in JSON, the type in JSON and the path in XML.
fn members(shape: &Shape, json: &str, xml: &str, lines: &mut Vec<String>) {
    let kind = match shape {
        Shape::Text | Shape::Attribute => "string",
        Shape::Boolean => "boolean",
        Shape::Number => "number",
        Shape::Object([]) => "object",
        Shape::Named(_, shape) => return members(shape, json, xml, lines),
        Shape::List(item) => return members(item, &format!("{json}[]"), xml, lines),
        Shape::Items(name, item) => {
            return members(item, &format!("{json}[]"), &format!("{xml}/{name}"), lines);
        }
        Shape::Object(all) => {
            for (element, shape) in *all {
                let (name, attribute) = match shape {
                    Shape::Named(name, Shape::Attribute) => (name, "@"),
                    Shape::Named(name, _) => (name, ""),
                    _ => (element, ""),
                };
                let json = [json, name].join(".");
                let xml = format!("{xml}/{attribute}{element}");
                members(shape, &json, &xml, lines);
            }
            return;
        }
        Shape::Any => "any",
    };
    let path = json.trim_start_matches('.');
    lines.push(format!("{path} {kind} {}", xml.trim_start_matches('/')));
}

/// The JSON of `found` and `wanted` is a document that `aws s3api` accepts, because its names and types
/// are those of botocore's model.
#[test]
fn json_has_the_names_and_types_of_the_aws_cli() {
    let table = include_str!("../../tests/data/s3-documents.txt");
    let mut expected: Vec<&str> = table.lines().filter(|it| !it.starts_with('#')).collect();
    let mut found = Vec::new();
    for (operation, shape) in [
        ("PutPublicAccessBlock", public_access_block::SHAPE),
        ("PutBucketEncryption", encryption::SHAPE),
        ("PutBucketOwnershipControls", ownership_controls::SHAPE),
        ("PutBucketVersioning", versioning::SHAPE),
        ("PutBucketLifecycleConfiguration", lifecycle::SHAPE),
        ("PutBucketLogging", access_logging::SHAPE),
        ("PutBucketTagging", tags::SHAPE),
        ("PutBucketCors", cors::SHAPE),
    ] {
        let mut lines = Vec::new();
        members(&shape, "", "", &mut lines);
        found.extend(lines.iter().map(|line| format!("{operation} {line}")));
    }
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

/// The table has each document that a control writes, except for the bucket policy and the selectors of a trail, which are
/// JSON.
#[test]
fn the_table_of_documents_has_every_control() {
    let table = include_str!("../../tests/data/s3-documents.txt");
    for control in super::ALL {
        let put = control.info().subresource.put;
        let listed = table.contains(&format!("\n{put} "));
        let is_json = ["PutBucketPolicy", "PutEventSelectors"].contains(&put);
        assert_eq!(listed, !is_json, "{put}");
    }
}
