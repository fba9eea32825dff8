//! Options of other programs, and the options of this program that do the same.

/// The kind of argument that a command needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// An object, as `s3://BUCKET/KEY`.
    Object,
    /// One or more buckets.
    Bucket,
    /// A command and the bucket to which the command applies.
    Policy,
    /// Anything else.
    Other,
}

impl Place {
    pub(super) fn of(command: &str) -> Self {
        match command {
            "bootstrap" | "audit" | "verify" => Place::Bucket,
            "iam-policy" => Place::Policy,
            command if command.starts_with("presign") => Place::Object,
            _ => Place::Other,
        }
    }
}

/// Returns the remedy for an option that the command does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Write these words instead. Braces stand for the value of the unknown option.
    Write(&'static str),
    /// Create a form instead of a URL, with these words.
    Form(&'static str),
    Advice(&'static str),
}

const CERTIFICATES: &str = "omit the option: the program always checks certificates; to trust a private CA, use --ca-bundle FILE";
const SIGNED: &str =
    "omit the option: the program signs every request; `credentials` shows with which key";
const KEYS: &str = "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, because other users of the machine can read arguments";
const ENCRYPTED: &str = "omit the option: bootstrap always sets default encryption; to encrypt with your own key, use --kms-key ARN";
pub(super) const SENDS_NO_FILE: &str = "name only the object: presign put creates a URL and sends no file; -o curl prints a command that uploads a file";

/// The remedy for an option that this command does not have.
#[allow(clippy::too_many_lines)] // a table
pub(super) fn remedy(name: &str, command: &str) -> Option<Remedy> {
    use Remedy::{Advice, Form, Write};
    let place = Place::of(command);
    let is_presign = place == Place::Object;
    let is_url = is_presign && !["presign post", "presign multipart"].contains(&command);
    Some(match name.trim_start_matches('-') {
        "no-verify-ssl"
        | "no-verify"
        | "insecure"
        | "no-check-certificate"
        | "skip-tls-verify"
        | "no-ssl" => Advice(CERTIFICATES),
        "no-sign-request" | "anonymous" | "unsigned" => Advice(SIGNED),
        "access-key" | "access-key-id" | "secret-key" | "secret-access-key" | "secret"
        | "session-token" | "token" => Advice(KEYS),
        "yes" | "y" | "force" | "f" | "non-interactive" => {
            Advice("omit the option: the program asks no questions")
        }
        "acl" | "public" | "private" if place == Place::Bucket => {
            Advice("omit the option: bootstrap disables the ACLs of a bucket")
        }
        "sse" | "encryption" | "encrypt" if command == "bootstrap" => Advice(ENCRYPTED),
        "debug" | "trace" => Write("-v"),
        "vvv" => Write("-vv"),
        "json" => Write("-o json"),
        "text" => Write("-o text"),
        "curl" if is_presign => Write("-o curl"),
        "html" if command == "presign post" || command == "audit" => Write("-o html"),
        "format" | "output-format" | "out" => Write("-o {FORMAT}"),
        "endpoint_url" | "host" | "url" | "s3-endpoint" | "server" => Write("--endpoint {URL}"),
        "p" => Write("--profile {PROFILE}"),
        "r" | "location" | "location-constraint" => Write("--region {REGION}"),
        "path-style" | "force-path-style" => Write("--addressing path"),
        "virtual-hosted" | "virtual-host" => Write("--addressing virtual"),
        "max-retries" | "retries" => {
            Advice("write --max-attempts N, which counts the first attempt too")
        }
        "no-color" | "no-colour" => Write("--color never"),
        "silent" | "s" => Write("-q"),
        "filename" | "file-name" | "save-as" | "attachment" | "download-name"
            if ["presign get", "presign head", "presign post"].contains(&command) =>
        {
            Write("--download-as {NAME}")
        }
        "e" | "expires" | "expiry" | "expire" | "expiration" | "ttl" | "expires_in"
        | "valid-for" | "lifetime"
            if is_presign || command == "bootstrap" =>
        {
            Write("--expires-in {DURATION}")
        }
        "method" | "X" | "client-method" | "http-method" if is_presign => Advice(
            "name the method after presign, such as s3-secure-bucket presign put s3://BUCKET/KEY",
        ),
        "mime" | "mime-type" | "type" | "contenttype" | "content_type" if is_presign => {
            Write("--content-type {TYPE}")
        }
        "length" | "content-length" | "file-size" | "bytes" if command == "presign put" => {
            Write("--size {SIZE}")
        }
        "max-size" if command == "presign post" => Write("--size-range ..{MAX}"),
        "min-size" if command == "presign post" => Write("--size-range {MIN}.."),
        "size" if command == "presign post" => Advice("write --size-range MIN..MAX"),
        "max-size" if command == "presign put" => Form("--size-range ..{MAX}"),
        "min-size" if command == "presign put" => Form("--size-range {MIN}.."),
        "prefix" if command == "presign post" => Write("--key-prefix {PREFIX}"),
        "sha256" | "checksum" if ["presign put", "presign post"].contains(&command) => {
            Write("--checksum-sha256 {BASE64}")
        }
        "if-none-match" if command == "presign put" => Advice("write --no-overwrite"),
        "version-id" if command == "presign put" => {
            Advice("omit the option: S3 chooses the version ID of an upload")
        }
        "file" | "input" | "body" | "upload-file" | "T" if command == "presign put" => {
            Advice(SENDS_NO_FILE)
        }
        "file" | "input" | "body" | "upload-file" | "T" if command == "presign multipart" => {
            Advice("omit the option: -o sh prints a script that uploads a file")
        }
        "metadata" | "meta" if is_url => Advice("write --header 'x-amz-meta-NAME: VALUE'"),
        "metadata" | "meta" if command == "presign post" => {
            Advice("write --field x-amz-meta-NAME=VALUE")
        }
        "storage-class" if command == "presign put" => {
            Advice("write --header 'x-amz-storage-class: CLASS'")
        }
        "sse" | "server-side-encryption" if command == "presign put" => Advice(
            "omit the option: S3 encrypts the object as the bucket does; for your own key, use --kms-key ARN",
        ),
        "md5" | "content-md5" if command == "presign put" => {
            Advice("write --checksum-sha256 BASE64, or --header 'Content-MD5: BASE64'")
        }
        "redirect" | "success-url" if command == "presign post" => {
            Write("--success-redirect {URL}")
        }
        "fix" | "apply" | "repair" | "remediate" if command == "audit" => Advice(
            "omit the option: audit changes nothing; bootstrap applies the baseline to a bucket",
        ),
        "error" if command == "inspect" => Advice("write --server-error FILE"),
        "recursive" if command == "list" => {
            Advice("omit the option: list shows every object below the prefix")
        }
        "output-file" | "outfile" | "O" => Advice("redirect the output to the file: >FILE"),
        "H" if is_url => Write("--header {HEADER}"),
        "keys" | "from" | "file" | "input" | "batch" if is_url => Write("--keys-from {FILE}"),
        "from-file" | "file" | "list" if ["bootstrap", "audit"].contains(&command) => {
            Write("--from {FILE}")
        }
        "dryrun" | "dry" | "n" | "plan" | "what-if" | "check" if command == "bootstrap" => {
            Write("--dry-run")
        }
        "all-buckets" | "A" if command == "audit" => Write("--all"),
        "kms-key-id" | "sse-kms-key-id" | "ssekms-key-id" | "kms"
            if place == Place::Bucket || is_presign =>
        {
            Write("--kms-key {ARN}")
        }
        "version" if ["presign get", "presign head", "presign delete"].contains(&command) => {
            Write("--version-id {ID}")
        }
        "account" | "account-id" | "owner" if ["bootstrap", "audit"].contains(&command) => {
            Write("--expected-owner {ACCOUNT}")
        }
        "tags" if is_presign || place == Place::Bucket => Write("--tag {KEY=VALUE}"),
        "ip" | "cidr" | "allow-ip" if place == Place::Bucket => Write("--source-ip {CIDR}"),
        "vpc-endpoint" | "vpce-id" if place == Place::Bucket => Write("--vpce {ID}"),
        _ => return None,
    })
}
