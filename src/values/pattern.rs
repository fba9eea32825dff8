//! Compares wildcard patterns of IAM, in which `*` matches any text, and `?` matches one character.

/// Whether the wildcard pattern `pattern` matches every text that the pattern `wanted` matches. Only a
/// `*` in `pattern` can match a `*` in `wanted`.
pub(crate) fn covers(pattern: &str, wanted: &str) -> bool {
    let (pattern, wanted) = (pattern.as_bytes(), wanted.as_bytes());
    let (mut p, mut w) = (0, 0);
    // The position of the last star in `pattern`, and the end of the text in `wanted` that this
    // star matches.
    let mut star: Option<(usize, usize)> = None;
    while w < wanted.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, w));
                p += 1;
            }
            Some(&byte) if byte == wanted[w] || (byte == b'?' && wanted[w] != b'*') => {
                p += 1;
                w += 1;
            }
            _ => match star {
                Some((at, reached)) => {
                    star = Some((at, reached + 1));
                    p = at + 1;
                    w = reached + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_covers_another_pattern_if_it_matches_all_its_texts() {
        for (pattern, wanted, does) in [
            ("*", "s3:*", true),
            ("s3:*", "s3:*", true),
            ("s3:Get*", "s3:*", false),
            ("s3:?", "s3:*", false),
            ("arn:aws:s3:::b*", "arn:aws:s3:::b/*", true),
            ("arn:aws:s3:::b*", "arn:aws:s3:::b", true),
            ("arn:aws:s3:::b/?*", "arn:aws:s3:::b/*", false),
            ("arn:*:b/*", "arn:aws:s3:::b/*", true),
            ("arn:aws:s3:::b/*", "arn:aws:s3:::b", false),
            ("**", "", true),
            ("", "", true),
            ("", "x", false),
        ] {
            assert_eq!(covers(pattern, wanted), does, "{pattern} {wanted}");
        }
    }
}
