//! The sizes of the options of `presign`: parsing, hints, and AWS's limit.

use crate::failure::Failure;
use s3_presign::ByteSize;
use s3_presign::headers::Pair;
use s3_presign::size::{InvalidSize, LARGEST_UPLOAD};

/// A size in bytes, as `--size` takes it. The hint of an ambiguous size names both readings.
pub(super) fn bytes(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(ByteSize(bytes)) => Ok(bytes),
        Err(error) => Err(with_hint(&error)),
    }
}

/// A smallest and a largest size in bytes of a form upload, as `presign post --size-range` takes them.
pub(super) fn range(text: &str) -> Result<(u64, u64), String> {
    let (min, max) = range_of_any_size(text)?;
    if max > LARGEST_UPLOAD {
        return Err(format!(
            "the largest size of one form upload is 5 GiB ({LARGEST_UPLOAD} bytes)\ntip: for one larger file, use presign multipart"
        ));
    }
    Ok((min, max))
}

/// A smallest and a largest size in bytes. Without a largest size, the limit of a form is the largest size.
pub(in crate::cli) fn range_of_any_size(text: &str) -> Result<(u64, u64), String> {
    let form = "write the range as MIN..MAX, such as 1..10MB";
    let (min, max) = text.split_once("..").ok_or(form)?;
    let bound = |text: &str, default| match text {
        "" => Ok(default),
        text => bytes(text),
    };
    Ok((bound(min, 0)?, bound(max, LARGEST_UPLOAD)?))
}

/// The command line's parser makes the line after `tip: ` the hint of its error.
fn with_hint(error: &InvalidSize) -> String {
    match error {
        InvalidSize::Ambiguous {
            decimal: (decimal, ByteSize(less)),
            binary: (binary, ByteSize(more)),
            ..
        } => {
            format!("{error}\ntip: write {decimal} ({less} bytes) or {binary} ({more} bytes)")
        }
        other => other.to_string(),
    }
}

/// Refuses an upload whose signed size is larger than AWS accepts in one PUT.
pub(super) fn check_on_aws(headers: &[Pair]) -> Result<(), Failure> {
    let is_length = |(name, _): &&Pair| name.eq_ignore_ascii_case("content-length");
    let signed = headers.iter().find(is_length);
    match signed.and_then(|(_, length)| length.parse::<u64>().ok()) {
        Some(length) if length > LARGEST_UPLOAD => Err(Failure::usage(
            format!("a file of {length} bytes is too large for one PUT on AWS"),
            format!(
                "use presign multipart, because one PUT has at most 5 GiB ({LARGEST_UPLOAD} bytes)"
            ),
        )),
        _ => Ok(()),
    }
}
