//! Publishes an upload page in the bucket, and checks that its link works for a person without credentials.
//!
//! The run first verifies the owner of the bucket and reads the bucket's configuration. Then the
//! run sends one form that the server must refuse because the file is too small, and one part of an
//! upload that does not exist, which the server refuses with 403 if the credentials may not upload.
//! Then the run stores the page, and downloads the page without credentials. If anything fails after
//! the page was sent, the page is removed.

mod error;
mod interrupt;
mod large;
mod lifetime;
mod page;
mod survey;
mod trial;

pub use error::Error;
pub use large::{LargeFile, LargeUpload};
pub use lifetime::{End, Lifetime};
pub use survey::{Gap, Rules};

use super::link::LinkId;
use crate::controls::Settings;
use crate::ownership::{self, OpenError, Opened};
use crate::s3::customer::{self, PageProblem};
use crate::s3::{Bucket, Client};
use page::Page;
use s3_presign::endpoint::BucketName;
use s3_presign::post::{self, FILENAME, Form};
use s3_presign::{Expiry, Method, ObjectKey, Presigner};
use std::io;
use std::pin::{Pin, pin};
use survey::Survey;
use time::OffsetDateTime;

/// The page to publish.
#[derive(Debug, Clone)]
pub struct Request {
    /// The bucket, its partition, and the controls that it should have.
    pub settings: Settings,
    /// The prefix of all deliveries. Ends with `/`.
    pub prefix: String,
    /// The ID of the new link.
    pub link_id: LinkId,
    /// The smallest and the largest size of a file, in bytes.
    pub size_range: (u64, u64),
    /// The only expected file, if it may be larger than a form allows. The page then sends the file in parts.
    pub large: Option<LargeFile>,
    /// The content types that a file can have. Without one, S3 stores each file as [`UNKNOWN_TYPE`].
    pub content_types: Vec<ContentType>,
    /// How long the link should work.
    pub expires_in: Expiry,
}

/// The content type of files if the caller names none. A browser does not show an object with this type, so an
/// uploaded HTML file runs no script. S3 stores the files of a form without a content type with this type. The
/// form names the type, because some servers accept fields that the policy of a form does not name.
pub const UNKNOWN_TYPE: &str = "binary/octet-stream";

/// The content type of the files of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContentType {
    /// Exactly this type.
    Exact(String),
    /// Any type that begins with this text.
    Beginning(String),
}

/// The signed forms that the caller puts into the page.
#[derive(Debug)]
pub struct Forms {
    /// The forms for files: one for each content type of the request, in the same order. There is at least one,
    /// except on a page that sends its file in parts: such a page accepts no other file.
    pub files: Vec<Form>,
    /// The form for receipts.
    pub receipts: Form,
    /// The upload of the only expected file, if the page sends the file in parts.
    pub large: Option<LargeUpload>,
    /// The folder of the link, which ends with `/`. Each key of an upload begins with it.
    pub folder: String,
    /// The end of the link and of both forms.
    pub expires_at: OffsetDateTime,
}

/// A link that works.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    /// The presigned URL of the page. Secret: everyone who has it can upload.
    pub url: String,
    /// The key of the page.
    pub page_key: String,
    /// The folder of the link, which ends with `/`.
    pub folder: String,
    /// The end of the link.
    pub expires_at: OffsetDateTime,
}

/// A message of [`run`], for the person who publishes the page.
#[derive(Debug)]
pub enum Event {
    /// When the link ends, and why. The first message.
    Ends(Lifetime),
    /// The program cannot verify who owns the bucket, for this reason.
    UnknownOwner(String),
    /// The bucket lacks this control of the baseline.
    Missing(Gap),
    /// The bucket policy allows only requests from these networks.
    Networks(Vec<String>),
    /// The days after which lifecycle rules expire deliveries and the page. `None` if the rules could not be read.
    Expiry(Option<Rules>),
    /// S3 does not enforce the size of the expected file. A lifecycle rule of the bucket aborts the upload at
    /// this time, if the server names a time.
    Large(Option<OffsetDateTime>),
    /// The page with this key was published, and the link to it works.
    Published(String),
}

/// The value of `success_action_status`: S3 answers a form with 201 and a document.
const SUCCESS_STATUS: &str = "201";

/// Publishes the page that `render` makes of the forms, and passes the link to `print`. Once `stop` is ready,
/// or if `print` fails, the run ends and the page is removed.
///
/// # Errors
/// See [`Error`]. No page is left behind, except with [`Error::LeftBehind`].
pub async fn run(
    client: &Client,
    request: &Request,
    render: &(dyn Fn(&Forms) -> Vec<u8> + Sync),
    stop: impl Future<Output = ()>,
    on_event: &mut (dyn FnMut(Event) + Send),
    print: &mut (dyn FnMut(&Link) -> io::Result<()> + Send),
) -> Result<(), Error> {
    let name = request.settings.bucket.clone();
    let mut stop = pin!(stop);
    let preparing = async {
        refuse_without_forms(client, &name)?;
        let opened = ownership::open(client, name).await;
        let mut opened = opened.map_err(Error::Bucket)?;
        let prepared = prepare(client, &mut opened, request, on_event).await?;
        Ok::<_, Error>((opened.bucket, prepared))
    };
    let (mut bucket, mut prepared) = tokio::select! {
        biased;
        () = &mut stop => return Err(Error::Interrupted),
        prepared = preparing => prepared?,
    };
    if let Some(file) = &request.large {
        let begun = prepared
            .begin(client, &mut bucket, file, stop.as_mut())
            .await?;
        on_event(Event::Large(begun.abort_at));
        prepared.forms.large = Some(begun);
    }
    let body = render(&prepared.forms);
    let mut page = Page::new(request.link_id.page_key(), body);
    let published = publish(client, &mut bucket, &prepared, &mut page, stop).await;
    let printed = published.and_then(|link| {
        on_event(Event::Published(link.page_key.clone()));
        print(&link).map_err(Error::NotPrinted)
    });
    let Err(error) = printed else {
        return Ok(());
    };
    let error = match &prepared.forms.large {
        Some(upload) => upload.after(&mut bucket, error).await,
        None => error,
    };
    match page.remove(&mut bucket).await {
        Ok(()) => Err(error),
        Err(failure) => Err(Error::LeftBehind {
            page_key: page.key,
            failure,
            error: Box::new(error),
        }),
    }
}

/// Refuses a provider that has no upload forms, before anything is sent.
fn refuse_without_forms(client: &Client, name: &BucketName) -> Result<(), Error> {
    let endpoint = client.config.resolve(Some(name.as_str()));
    let endpoint = endpoint.map_err(|error| Error::Bucket(OpenError::Endpoint(error)))?;
    match endpoint.provider() {
        Some(provider) if !provider.accepts_forms => Err(Error::Provider(provider.name)),
        _ => Ok(()),
    }
}

/// The data that every step of a run needs.
struct Prepared {
    forms: Forms,
    expires_in: Expiry,
    at: OffsetDateTime,
    /// The headers that the bucket policy demands of an upload.
    demanded: Vec<(String, String)>,
    blocks_public_access: bool,
}

impl Prepared {
    /// Begins the upload of the only expected file.
    async fn begin(
        &self,
        client: &Client,
        bucket: &mut Bucket<'_>,
        file: &LargeFile,
        stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<LargeUpload, Error> {
        let request = large::Start {
            client,
            file,
            folder: &self.forms.folder,
            at: self.at,
            expires_in: self.expires_in,
            demanded: &self.demanded,
        };
        request.begin(bucket, stop).await
    }
}

async fn prepare(
    client: &Client,
    Opened { bucket, unproven }: &mut Opened<'_>,
    request: &Request,
    on_event: &mut (dyn FnMut(Event) + Send),
) -> Result<Prepared, Error> {
    let settings = ownership::located(client, bucket, &request.settings);
    let folder = request.link_id.folder(&request.prefix);
    let mut survey = Survey::read(bucket, &settings).await?;
    let page_key = request.link_id.page_key();
    let lifetime = Lifetime::new(
        client,
        request.expires_in,
        survey.signature_age_limit(&settings, &page_key, &folder),
    )?;
    on_event(Event::Ends(lifetime));
    if let Some(why) = unproven.take() {
        on_event(Event::UnknownOwner(why));
    }
    survey.refuse_public(bucket).await?;
    let demanded = survey.demanded_headers()?;
    let (blocks_public_access, networks) = (
        survey.blocks_public_access,
        survey.networks(&settings, &page_key, &folder),
    );
    let rules = survey.rules(&folder, &page_key);
    survey
        .gaps
        .into_iter()
        .map(Event::Missing)
        .for_each(&mut *on_event);
    if !networks.is_empty() {
        on_event(Event::Networks(networks));
    }
    on_event(Event::Expiry(rules));
    let at = client.now();
    let sign = |exact: &[(&str, &str)], starts_with: &[(String, String)], size_range| {
        let own = exact
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let exact: Vec<(String, String)> = own.chain(demanded.iter().cloned()).collect();
        Form::new(&post::Request {
            endpoint: bucket.endpoint(),
            bucket: bucket.name().as_str(),
            key: &format!("{folder}{FILENAME}"),
            credentials: &client.credentials,
            at,
            expires_in: lifetime.expires_in,
            size_range: Some(size_range),
            exact: &exact,
            starts_with,
        })
        .map_err(Error::Form)
    };
    let status = ("success_action_status", SUCCESS_STATUS);
    let for_files = |kind: &ContentType| match kind {
        ContentType::Exact(kind) => {
            sign(&[status, ("Content-Type", kind)], &[], request.size_range)
        }
        ContentType::Beginning(kind) => {
            let kind = ("Content-Type".to_owned(), kind.clone());
            sign(&[status], &[kind], request.size_range)
        }
    };
    let unknown = [ContentType::Exact(UNKNOWN_TYPE.to_owned())];
    let kinds = match &*request.content_types {
        _ if request.large.is_some() => &[],
        [] => &unknown[..],
        kinds => kinds,
    };
    let forms = Forms {
        files: kinds.iter().map(for_files).collect::<Result<_, _>>()?,
        receipts: sign(
            &[status, ("Content-Type", "application/json")],
            &[],
            (1, super::receipt::SIZE_LIMIT as u64),
        )?,
        large: None,
        folder: folder.clone(),
        expires_at: at + lifetime.expires_in.duration(),
    };
    trial::run(client, bucket, &forms, &demanded, blocks_public_access).await?;
    Ok(Prepared {
        forms,
        expires_in: lifetime.expires_in,
        at,
        demanded,
        blocks_public_access,
    })
}

/// Stores the page and fetches it with its link.
async fn publish(
    client: &Client,
    bucket: &mut Bucket<'_>,
    prepared: &Prepared,
    page: &mut Page,
    mut stop: Pin<&mut impl Future<Output = ()>>,
) -> Result<Link, Error> {
    let stored = page.store(bucket, &prepared.demanded, stop.as_mut()).await;
    if let Err(failure) = stored? {
        return Err(Error::of_page(
            failure,
            bucket,
            prepared.blocks_public_access,
        ));
    }
    let url = Presigner::new(&s3_presign::Request {
        method: Method::Get,
        endpoint: bucket.endpoint(),
        credentials: &client.credentials,
        at: prepared.at,
        expires_in: prepared.expires_in,
        headers: &[],
        query: &[],
    })
    .map_err(Error::Presign)?
    .url(&ObjectKey::parse(page.key.as_str()).expect("the key of a page is a valid key"));
    let answer = tokio::select! {
        biased;
        () = stop => return Err(Error::Interrupted),
        answer = customer::fetch(client, &url) => answer.map_err(Error::Fetch)?,
    };
    if let Some(problem) = PageProblem::of(&answer, &page.body) {
        return Err(Error::Page(problem));
    }
    Ok(Link {
        url,
        page_key: page.key.clone(),
        folder: prepared.forms.folder.clone(),
        expires_at: prepared.forms.expires_at,
    })
}

impl std::fmt::Debug for Link {
    /// Does not print the URL, which is a credential.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link")
            .field("page_key", &self.page_key)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}
