//! The keys of deliveries: `PREFIX/LINK-ID/TIME-RANDOM/NAME`.

use super::link::{ID_LENGTH, LinkId, is_id};
use s3_presign::timestamp;
use time::OffsetDateTime;

/// The name of the receipt in the folder of a delivery.
pub const RECEIPT: &[u8] = b"receipt.json";

/// The length of a time such as `20130524T000000Z`.
const TIME_LENGTH: usize = 16;

/// The parts of a key that belongs to a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryKey<'a> {
    /// The folder of the delivery, up to and including its last `/`: `PREFIX/LINK-ID/TIME-RANDOM/`.
    pub folder: &'a [u8],
    /// The link with which the delivery was uploaded.
    pub link: LinkId,
    /// The time in the folder's name, by the clock of the uploader.
    pub started_at: OffsetDateTime,
    /// The part of the key after the folder. Not empty.
    pub name: &'a [u8],
}

impl<'a> DeliveryKey<'a> {
    /// The parts of `key`, or `None` if the key does not belong to a delivery. If a key has several folders
    /// with the form of a delivery, the outermost one counts, because a link can upload only below its own
    /// folder.
    #[must_use]
    pub fn parse(key: &'a [u8]) -> Option<Self> {
        let mut begin = 0;
        let mut link = None;
        for segment in key.split(|&byte| byte == b'/') {
            let end = begin + segment.len();
            if let Some(link) = link.take()
                && let Some(started_at) = start(segment)
            {
                let (folder, name) = key.split_at_checked(end + 1)?;
                return (!name.is_empty()).then_some(DeliveryKey {
                    folder,
                    link,
                    started_at,
                    name,
                });
            }
            link = LinkId::parse(segment);
            begin = end + 1;
        }
        None
    }

    /// Whether this is the key of the delivery's receipt.
    #[must_use]
    pub fn is_receipt(&self) -> bool {
        self.name == RECEIPT
    }
}

/// The time in the name of a delivery's folder, `TIME-RANDOM`. `None` for any other name.
fn start(segment: &[u8]) -> Option<OffsetDateTime> {
    if segment.len() != TIME_LENGTH + 1 + ID_LENGTH {
        return None;
    }
    let (time, rest) = segment.split_at(TIME_LENGTH);
    let random = rest.strip_prefix(b"-")?;
    let time = std::str::from_utf8(time).ok()?;
    // The check of the length excludes RFC 3339 times, which the parser would accept too.
    timestamp::parse(time).ok().filter(|_| is_id(random))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "mzxw6ytboiydcmrtgq2tmnzyhe";
    const RANDOM: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaa";

    #[test]
    fn a_key_is_split_into_folder_and_name() {
        let folder = format!("in/{LINK}/20261127T001500Z-{RANDOM}/");
        let key = format!("{folder}a/b.pdf");
        let parsed = DeliveryKey::parse(key.as_bytes()).unwrap();
        assert_eq!(parsed.folder, folder.as_bytes());
        assert_eq!(parsed.link.as_str(), LINK);
        assert_eq!(
            timestamp::rfc3339(parsed.started_at),
            "2026-11-27T00:15:00Z"
        );
        assert_eq!(parsed.name, b"a/b.pdf");
        assert!(!parsed.is_receipt());
        let receipt = format!("{folder}receipt.json");
        assert!(DeliveryKey::parse(receipt.as_bytes()).unwrap().is_receipt());
        let deeper = format!("{folder}x/receipt.json");
        assert!(!DeliveryKey::parse(deeper.as_bytes()).unwrap().is_receipt());
    }

    #[test]
    fn the_outermost_of_several_deliveries_counts() {
        let folder = format!("{LINK}/20261127T001500Z-{RANDOM}/");
        let key = [folder.as_bytes(), folder.as_bytes(), b"\xff"].concat();
        let parsed = DeliveryKey::parse(&key).unwrap();
        assert_eq!(parsed.folder, folder.as_bytes());
        assert_eq!(parsed.name, [folder.as_bytes(), b"\xff"].concat());
        // The outer folder is no delivery here, because a folder with an unrelated name follows the
        // link's ID.
        let key = format!("{LINK}/other/{folder}x");
        let parsed = DeliveryKey::parse(key.as_bytes()).unwrap();
        assert_eq!(parsed.folder, format!("{LINK}/other/{folder}").as_bytes());
    }

    #[test]
    fn other_keys_belong_to_no_delivery() {
        for key in [
            String::new(),
            "in/report.pdf".to_owned(),
            format!("in/{LINK}/report.pdf"),
            format!("in/{LINK}/20261127T001500Z-{RANDOM}"),
            format!("in/{LINK}/20261127T001500Z-{RANDOM}/"),
            format!("in/20261127T001500Z-{RANDOM}/x"),
            format!("in/{LINK}/20261327T001500Z-{RANDOM}/x"),
            format!("in/{LINK}/20261127T001500Z_{RANDOM}/x"),
            format!("in/{LINK}/20261127T001500Z-{}/x", RANDOM.to_uppercase()),
            format!("in/{LINK}//20261127T001500Z-{RANDOM}/x"),
        ] {
            assert_eq!(DeliveryKey::parse(key.as_bytes()), None, "{key}");
        }
    }
}
