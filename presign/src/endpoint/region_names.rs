//! Guesses the AWS region that a user meant with a mistyped name.

/// The AWS regions. Each region has the places that AWS's list of regions names for it, in lower
/// case and without spaces.
///
/// <https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html>
const REGIONS: [(&str, &[&str]); 38] = [
    ("us-east-1", &["virginia"]),
    ("us-east-2", &["ohio"]),
    ("us-west-1", &["northerncalifornia", "ncalifornia"]),
    ("us-west-2", &["oregon"]),
    ("af-south-1", &["capetown"]),
    ("ap-east-1", &["hongkong"]),
    ("ap-east-2", &["taipei"]),
    ("ap-northeast-1", &["tokyo"]),
    ("ap-northeast-2", &["seoul"]),
    ("ap-northeast-3", &["osaka"]),
    ("ap-south-1", &["mumbai"]),
    ("ap-south-2", &["hyderabad"]),
    ("ap-southeast-1", &["singapore"]),
    ("ap-southeast-2", &["sydney"]),
    ("ap-southeast-3", &["jakarta"]),
    ("ap-southeast-4", &["melbourne"]),
    ("ap-southeast-5", &["malaysia"]),
    ("ap-southeast-6", &["newzealand", "auckland"]),
    ("ap-southeast-7", &["thailand", "bangkok"]),
    ("ca-central-1", &["montreal", "canadacentral"]),
    ("ca-west-1", &["calgary"]),
    ("eu-central-1", &["frankfurt"]),
    ("eu-central-2", &["zurich"]),
    ("eu-north-1", &["stockholm"]),
    ("eu-south-1", &["milan"]),
    ("eu-south-2", &["spain"]),
    ("eu-west-1", &["ireland", "dublin"]),
    ("eu-west-2", &["london"]),
    ("eu-west-3", &["paris"]),
    ("il-central-1", &["telaviv"]),
    ("me-central-1", &["uae"]),
    ("me-south-1", &["bahrain"]),
    ("mx-central-1", &["mexico", "queretaro"]),
    ("sa-east-1", &["saopaulo"]),
    ("cn-north-1", &["beijing"]),
    ("cn-northwest-1", &["ningxia"]),
    ("us-gov-east-1", &[]),
    ("us-gov-west-1", &[]),
];

/// The names of the regions that this version knows, for completion. AWS may have more.
pub fn known_regions() -> impl Iterator<Item = &'static str> {
    REGIONS.iter().map(|(name, _)| *name)
}

/// Returns the region that `text` probably means, for a hint. The text may be a region name in
/// upper case or with wrong separators (`eu_central1`), a region name without its number, an
/// availability zone (`eu-central-1a`), a part of a host name (`s3-us-west-2`), or a place
/// (`Frankfurt`). Returns `None` if no region is similar.
#[must_use]
pub fn likely_region(text: &str) -> Option<&'static str> {
    let typed: String = (text.chars())
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let zone = typed.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let means = |region: &str| {
        let name = region.replace('-', "");
        name == typed || name == zone || name.strip_suffix('1') == Some(&typed)
    };
    // `s3-us-west-2` is the label of a host, and `us-west-2-lax-1a` a local zone.
    let contains = |region: &str| typed.contains(&region.replace('-', ""));
    let of_partition = match text {
        "aws-cn-global" => Some("cn-north-1"),
        "aws-us-gov-global" => Some("us-gov-west-1"),
        "s3-external-1" => Some("us-east-1"),
        _ => None,
    };
    let is_at = |places: &[&str]| places.iter().any(|place| typed.contains(place));
    REGIONS
        .iter()
        .find(|(region, _)| means(region) || of_partition == Some(region))
        .or_else(|| REGIONS.iter().find(|(region, _)| contains(region)))
        .or_else(|| REGIONS.iter().find(|(_, places)| is_at(places)))
        .map(|(region, _)| *region)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_region_that_a_typo_or_a_place_means() {
        for (text, region) in [
            ("eu-central1", Some("eu-central-1")),
            ("eu-central-1a", Some("eu-central-1")),
            ("EU-Central-1", Some("eu-central-1")),
            ("us_east_2", Some("us-east-2")),
            ("useast1", Some("us-east-1")),
            ("us-gov-west1", Some("us-gov-west-1")),
            ("ap-southeast", Some("ap-southeast-1")),
            ("frankfurt", Some("eu-central-1")),
            ("EU (Frankfurt)", Some("eu-central-1")),
            ("N. Virginia", Some("us-east-1")),
            ("Hong Kong", Some("ap-east-1")),
            ("s3-us-west-2", Some("us-west-2")),
            ("s3.us-west-2.amazonaws.com", Some("us-west-2")),
            ("us-west-2-lax-1a", Some("us-west-2")),
            ("accesspoint-us-east-1", Some("us-east-1")),
            ("s3-external-1", Some("us-east-1")),
            ("aws-cn-global", Some("cn-north-1")),
            ("auto", None),
            ("", None),
            ("1", None),
            ("ü", None),
        ] {
            assert_eq!(likely_region(text), region, "{text}");
        }
    }
}
