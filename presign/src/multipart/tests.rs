//! Tests of multipart plans and of the URLs of their parts.

use super::*;
use crate::credentials::Credentials;
use crate::endpoint::{Config, Endpoint, EndpointUrl};
use crate::timestamp;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

#[test]
fn a_file_is_divided_into_parts_of_equal_size_and_a_rest() {
    let plan = Plan::new(12 * MIB, Some(5 * MIB)).unwrap();
    let parts: Vec<_> = plan
        .parts()
        .map(|part| (part.number, part.offset, part.size))
        .collect();
    assert_eq!(
        parts,
        [
            (1, 0, 5 * MIB),
            (2, 5 * MIB, 5 * MIB),
            (3, 10 * MIB, 2 * MIB)
        ]
    );
    assert_eq!(Plan::new(1, None).unwrap().count(), 1);
    assert_eq!(Plan::new(10 * MIB, Some(5 * MIB)).unwrap().count(), 2);
}

#[test]
fn parts_are_as_large_as_ten_thousand_of_them_need() {
    for (size, part_size, count) in [
        (1, 64 * MIB, 1),
        (64 * MIB * MOST_PARTS, 64 * MIB, 10_000),
        (64 * MIB * MOST_PARTS + 1, 65 * MIB, 9847),
        (5000 * GIB, 512 * MIB, 10_000),
        (LARGEST_SIZE, LARGEST_PART, 10_000),
    ] {
        let plan = Plan::new(size, None).unwrap();
        assert_eq!(
            (plan.part_size(), plan.count()),
            (part_size, count),
            "{size}"
        );
        assert_eq!(plan.parts().map(|part| part.size).sum::<u64>(), size);
    }
}

#[test]
fn sizes_out_of_range_are_rejected() {
    for (size, part_size, error) in [
        (0, None, InvalidPlan::Empty),
        (
            LARGEST_SIZE + 1,
            None,
            InvalidPlan::TooLarge(LARGEST_SIZE + 1),
        ),
        (u64::MAX, None, InvalidPlan::TooLarge(u64::MAX)),
        (GIB, Some(0), InvalidPlan::PartSize(0)),
        (GIB, Some(4 * MIB), InvalidPlan::PartSize(4 * MIB)),
        (GIB, Some(5 * MIB + 1), InvalidPlan::PartSize(5 * MIB + 1)),
        (
            GIB,
            Some(5 * GIB + MIB),
            InvalidPlan::PartSize(5 * GIB + MIB),
        ),
        (
            100 * GIB,
            Some(5 * MIB),
            InvalidPlan::TooManyParts {
                part_size: 5 * MIB,
                least: 11 * MIB,
            },
        ),
    ] {
        assert_eq!(
            Plan::new(size, part_size),
            Err(error),
            "{size} {part_size:?}"
        );
    }
}

fn endpoints() -> [Endpoint; 2] {
    let aws = Config::aws("eu-west-1".parse().unwrap());
    let mut own = aws.clone();
    own.endpoint = Some(EndpointUrl::parse("https://s3.example.com/base").unwrap());
    [aws, own].map(|config| config.resolve(Some("my-drop-box")).unwrap())
}

/// If the size of the file is not known, the signatures cover no size, and each part may have any size.
#[test]
fn urls_of_any_size_sign_no_size() {
    let key = ObjectKey::parse("in/a b+é.bin").unwrap();
    let plan = Plan::new(7 * GIB, None).unwrap();
    let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", "secret");
    let [_, endpoint] = endpoints();
    let now = timestamp::parse("20130524T000000Z").unwrap();
    let request = Request::put(&endpoint, &credentials, now);
    let upload = Upload::of_any_size(&request, &key, "id", plan).unwrap();
    let url = |method, query: &[(&str, &str)]| {
        let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        let query: Vec<_> = query.iter().map(owned).collect();
        let request = Request {
            method,
            query: &query,
            ..request
        };
        Presigner::new(&request).unwrap().url(&key)
    };
    let mut urls = upload.part_urls();
    for number in [1, 2, plan.count()] {
        let mut found = Vec::new();
        urls.push(&mut found, number);
        let text = number.to_string();
        let expected = url(Method::Put, &[("uploadId", "id"), ("partNumber", &text)]);
        assert_eq!(String::from_utf8(found).unwrap(), expected);
    }
    assert_eq!(
        upload.complete_url(),
        url(Method::Post, &[("uploadId", "id")])
    );
    let content_type = ("Content-Type".to_owned(), "application/xml".to_owned());
    assert_eq!(upload.complete_headers(), [content_type]);
    assert_eq!(format!("{upload:?}").matches("X-Amz").count(), 0);
}

#[test]
fn part_urls_equal_those_of_the_presigner() {
    let key = ObjectKey::parse("in/a b+é.bin").unwrap();
    let plan = Plan::new(2500 * 5 * MIB + 7, Some(5 * MIB)).unwrap();
    for credentials in [
        Credentials::new("AKIAIOSFODNN7EXAMPLE", "secret"),
        Credentials::new("ASIAIOSFODNN7EXAMPLE", "secret").with_token("to/ken+=="),
    ] {
        for endpoint in endpoints() {
            let now = timestamp::parse("20130524T000000Z").unwrap();
            let request = Request::put(&endpoint, &credentials, now);
            let id = "2~a/b+c&partNumber=9";
            let upload = Upload::new(&request, &key, id, plan, true).unwrap();
            let mut urls = upload.part_urls();
            for part in plan
                .parts()
                .filter(|part| part.number % 499 == 1 || part.number > 2499)
            {
                let expected = Presigner::new(&Request {
                    headers: &[headers::size(part.size)],
                    query: &[
                        ("uploadId".to_owned(), id.to_owned()),
                        ("partNumber".to_owned(), part.number.to_string()),
                    ],
                    ..request
                })
                .unwrap()
                .url(&key);
                let mut url = Vec::new();
                urls.push(&mut url, part.number);
                assert_eq!(String::from_utf8(url).unwrap(), expected);
            }
            assert_eq!(upload.list_urls().len(), 3);
            assert!(upload.list_urls()[2].contains("&part-number-marker=2000&"));
        }
    }
}
