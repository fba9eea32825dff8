//! Hints for a link that could not be published.

use crate::exchange::request::Error;
use crate::hints;
use crate::s3::customer::{FormProblem, PageProblem};
use crate::values::{RUN, quote};

const OTHER_WAYS: &str =
    "give your customer a link for one file with `presign put`, or use another server";

pub(crate) fn published(error: &Error) -> Option<String> {
    let text = match error {
        Error::Bucket(error) => return hints::bucket(error).map(Into::into),
        Error::Provider(_) | Error::FormProblem(FormProblem::Unsupported(_)) => OTHER_WAYS,
        Error::FormProblem(FormProblem::NotEnforced(_)) => {
            "use another server, because on this server everyone who has the link could upload anything"
        }
        Error::FormProblem(FormProblem::Refused(_)) | Error::Denied(_) => {
            "check the bucket policy for a Deny on s3:PutObject, and grant s3:PutObject on the prefix to these credentials"
        }
        Error::FormProblem(FormProblem::NoAnswer(error)) | Error::Fetch(error) => {
            return hints::http(error).map(Into::into);
        }
        Error::CredentialsExpired => "fetch new credentials",
        Error::PolicyAge(_) => "raise the limit with `bootstrap --max-presign-age`",
        Error::Public(_) => "make the bucket private with `bootstrap`, or use another bucket",
        Error::Demanded(_) => "use `presign put` with that header, or change the bucket policy",
        Error::Form(_) => "write the smaller size first: --size-range MIN..MAX",
        Error::Presign(error) => hints::request(error),
        Error::Key(_) => "use a shorter prefix or a shorter --key",
        Error::Upload(error) | Error::Begin(error) => {
            return hints::s3(error).map(Into::into);
        }
        Error::CephBlocksUploads(_) => {
            "create a bucket for files with `bootstrap --skip public-access-block`, or switch Block Public Access off; otherwise check that these credentials may upload"
        }
        Error::Page(PageProblem::Refused(_)) => {
            "check the bucket policy: a customer without credentials must be able to use a presigned URL"
        }
        Error::Page(_) => "use another server, or send the page as a file: `presign post -o html`",
        Error::Interrupted | Error::NotPrinted(_) => {
            "run the command again; this run left nothing in the bucket"
        }
        Error::FileLeftBehind { key, .. } => {
            return Some(format!(
                "remove the object {key} with another tool, and use another server for uploads"
            ));
        }
        Error::LeftBehind { page_key, .. } => {
            return Some(format!(
                "remove the object {page_key} with another tool: until then, its link may work"
            ));
        }
        Error::UploadLeftBehind {
            bucket, key, id, ..
        } => {
            let object = quote(&format!("s3://{bucket}/{key}"));
            let query = quote(&format!("uploadId={id}"));
            return Some(format!(
                "abort the upload with `presign delete {object} --query {query} -o curl | {RUN}`"
            ));
        }
    };
    Some(text.to_owned())
}
