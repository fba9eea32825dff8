//! Parses the host names of known providers of S3-compatible storage into bucket and region.

/// A provider of S3-compatible storage whose host names this crate can parse.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Provider {
    /// The provider's name for messages.
    pub name: &'static str,
    /// Whether the provider accepts form uploads (POST Object).
    pub accepts_forms: bool,
    /// The common suffix of the provider's host names, without a leading dot.
    suffix: &'static str,
    /// The format of the labels before the suffix.
    form: Form,
}

/// The format of the labels before the provider's suffix in a host name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `[BUCKET.]s3[.REGION]`
    S3Region,
    /// `[BUCKET.]REGION`. The servers accept signatures for any region, so clients may sign for
    /// us-east-1.
    Region,
    /// `[BUCKET.]ACCOUNT[.JURISDICTION]`. The account has 32 hexadecimal digits.
    Account,
}

const fn provider(name: &'static str, suffix: &'static str, form: Form) -> Provider {
    Provider {
        name,
        accepts_forms: true,
        suffix,
        form,
    }
}

static PROVIDERS: [Provider; 8] = [
    // Cloudflare R2 and Backblaze B2 answer POST Object with the status 501:
    // https://developers.cloudflare.com/r2/api/s3/presigned-urls/
    // https://www.backblaze.com/docs/cloud-storage-s3-compatible-api
    Provider {
        accepts_forms: false,
        ..provider("Cloudflare R2", "r2.cloudflarestorage.com", Form::Account)
    },
    Provider {
        accepts_forms: false,
        ..provider("Backblaze B2", "backblazeb2.com", Form::S3Region)
    },
    provider("Wasabi", "wasabisys.com", Form::S3Region),
    provider("Scaleway", "scw.cloud", Form::S3Region),
    provider("OVHcloud", "io.cloud.ovh.net", Form::S3Region),
    provider("DigitalOcean", "digitaloceanspaces.com", Form::Region),
    provider("Akamai (Linode)", "linodeobjects.com", Form::Region),
    provider("Hetzner", "your-objectstorage.com", Form::Region),
];

/// The parts of a provider's host name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProviderHost<'a> {
    /// The provider.
    pub provider: &'static Provider,
    /// The region in the host name, if requests must be signed for this region. `None` if the
    /// provider accepts signatures for any region.
    pub region: Option<&'a str>,
    /// The bucket in the host name, or `None` if the host name contains no bucket.
    pub bucket: Option<&'a str>,
}

impl<'a> ProviderHost<'a> {
    /// Parses a lower-case host name without a port. Returns `None` if the host belongs to no known
    /// provider.
    #[must_use]
    pub fn parse(host: &'a str) -> Option<Self> {
        let host = host.trim_end_matches('.');
        let (provider, labels) = PROVIDERS.iter().find_map(|provider| {
            let labels = host.strip_suffix(provider.suffix)?.strip_suffix('.')?;
            Some((provider, labels))
        })?;
        let (bucket, region) = match provider.form {
            Form::S3Region => match split(labels, |label| label == "s3") {
                Some((bucket, after)) => (bucket, after),
                None => (None, None),
            },
            Form::Region => match labels.rsplit_once('.') {
                Some((bucket, _region)) => (Some(bucket), None),
                None => (None, None),
            },
            Form::Account => match split(labels, is_account) {
                Some((bucket, _jurisdiction)) => (bucket, None),
                None => (None, None),
            },
        };
        Some(ProviderHost {
            provider,
            region,
            bucket,
        })
    }
}

fn is_account(label: &str) -> bool {
    label.len() == 32 && label.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Splits `labels` at the last label that `is_service` accepts, and returns the labels before and
/// after that label.
fn split(labels: &str, is_service: impl Fn(&str) -> bool) -> Option<(Option<&str>, Option<&str>)> {
    let mut starts = std::iter::once(0).chain(labels.match_indices('.').map(|(dot, _)| dot + 1));
    let label_at = |start: usize| labels[start..].split('.').next().unwrap_or_default();
    let start = starts.rfind(|start| is_service(label_at(*start)))?;
    let after = labels[start + label_at(start).len()..].strip_prefix('.');
    Some((labels[..start].strip_suffix('.'), after))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each row has a host, its provider, its region and its bucket; `-` means `None`.
    #[test]
    fn reads_region_and_bucket_from_hosts_of_providers() {
        for row in [
            "s3.eu-central-1.wasabisys.com|Wasabi|eu-central-1|-",
            "drop.s3.wasabisys.com|Wasabi|-|drop",
            "my.s3.drop.s3.eu-central-1.wasabisys.com|Wasabi|eu-central-1|my.s3.drop",
            "s3.us-west-004.backblazeb2.com.|Backblaze B2|us-west-004|-",
            "fra1.digitaloceanspaces.com|DigitalOcean|-|-",
            "drop.fra1.digitaloceanspaces.com|DigitalOcean|-|drop",
            "drop.fsn1.your-objectstorage.com|Hetzner|-|drop",
            "0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com|Cloudflare R2|-|-",
            "drop.0123456789abcdef0123456789abcdef.eu.r2.cloudflarestorage.com|Cloudflare R2|-|drop",
        ] {
            let host = ProviderHost::parse(row.split('|').next().unwrap()).unwrap();
            let shown = format!(
                "{}|{}|{}",
                host.provider.name,
                host.region.unwrap_or("-"),
                host.bucket.unwrap_or("-")
            );
            assert_eq!(Some(shown.as_str()), row.split_once('|').map(|it| it.1));
        }
        for host in ["wasabisys.com", "s3.example.com", "notwasabisys.com", ""] {
            assert_eq!(ProviderHost::parse(host), None, "{host}");
        }
    }
}
