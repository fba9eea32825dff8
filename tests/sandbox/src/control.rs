//! Answers the read requests of S3 Control at `ACCOUNT.s3-control.REGION.amazonaws.com`.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_AWS_S3_Control.html>

use http::{HeaderValue, Method, Response, StatusCode, header};
use s3s::Body;

use crate::access;
use crate::call::{Call, Claim};
use crate::state::{Store, lock};
use crate::users::{OWNER, User};

/// The configuration of the account of [`OWNER`] that S3 Control shows.
#[derive(Debug, Clone, Default)]
pub struct AccountState {
    /// Whether all four settings of Block Public Access are on, or `None` if nothing is configured.
    pub blocks_public_access: Option<bool>,
    pub access_points: Vec<AccessPoint>,
    pub multi_region_access_points: Vec<AccessPoint>,
}

/// An access point, or a multi-Region access point, of one bucket.
#[derive(Debug, Clone)]
pub struct AccessPoint {
    pub name: String,
    pub bucket: String,
    pub blocks_public_access: bool,
}

/// Returns whether a request is for S3 Control instead of S3.
pub fn is_meant(call: &Call) -> bool {
    call.header("host")
        .is_some_and(|host| host.contains(".s3-control.") || host.contains(".s3-control-fips."))
}

/// Answers a request. The sandbox does not verify the signatures of requests to S3 Control, but the
/// scope of the signature must name the service and the region of the host.
pub fn answer(store: &Store, call: &Call) -> Response<Body> {
    let (status, body) = match document(store, call) {
        Ok(body) => (StatusCode::OK, body),
        Err((status, code, message)) => (
            StatusCode::from_u16(status).unwrap_or_default(),
            format!(
                "<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error><RequestId>SANDBOX</RequestId></ErrorResponse>"
            ),
        ),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let xml_type = HeaderValue::from_static("application/xml");
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, xml_type);
    response
}

type Refusal = (u16, &'static str, String);

fn document(store: &Store, call: &Call) -> Result<String, Refusal> {
    let host = call.header("host").unwrap_or_default();
    let mut labels = host.split('.');
    let account = labels.next().unwrap_or_default();
    let region = labels.find(|label| label.contains('-') && !label.starts_with("s3"));
    let is_signed = |claim: &&Claim| {
        let service = claim.credential.get(3).map(String::as_str);
        service == Some("s3") && Some(claim.region()) == region
    };
    let user = call.claim.as_ref().filter(is_signed);
    let user = user.and_then(|claim| User::by_key(claim.access_key_id()));
    let denied = |why: String| (403, "AccessDenied", why);
    let user = user.ok_or_else(|| denied("Access Denied".to_owned()))?;
    let is_own = account == user.account_id && call.header("x-amz-account-id") == Some(account);
    if !is_own {
        return Err(denied("Access Denied".to_owned()));
    }
    let path = call.path.strip_prefix("/v20180820/").unwrap_or_default();
    let (action, name) = match path.split_once('/') {
        _ if call.method != Method::GET => ("s3:Unknown", ""),
        Some(("configuration", "publicAccessBlock")) => ("s3:GetAccountPublicAccessBlock", ""),
        Some(("mrap", "instances")) => ("s3:ListMultiRegionAccessPoints", ""),
        Some(("accesspoint", name)) => ("s3:GetAccessPoint", name),
        None if path == "accesspoint" => ("s3:ListAccessPoints", ""),
        _ => ("s3:Unknown", ""),
    };
    if !access::permits(store, user, action) {
        let who = user.arn("aws");
        return Err(denied(format!(
            "User: {who} is not authorized to perform: {action} because no identity-based policy allows the {action} action"
        )));
    }
    let state = if *user == OWNER {
        lock(&store.account).clone()
    } else {
        AccountState::default()
    };
    match action {
        "s3:GetAccountPublicAccessBlock" => match state.blocks_public_access {
            Some(blocks) => Ok(block("PublicAccessBlockConfiguration", blocks)),
            None => Err((
                404,
                "NoSuchPublicAccessBlockConfiguration",
                "The public access block configuration was not found".to_owned(),
            )),
        },
        "s3:ListAccessPoints" => Ok(list_page(&state.access_points, call)),
        "s3:GetAccessPoint" => {
            let found = state.access_points.iter().find(|point| point.name == name);
            let found = found.ok_or_else(|| {
                let message = "The specified accesspoint does not exist";
                (404, "NoSuchAccessPoint", message.to_owned())
            })?;
            let block = block("PublicAccessBlockConfiguration", found.blocks_public_access);
            let (name, bucket) = (&found.name, &found.bucket);
            Ok(format!(
                "<GetAccessPointResult><Name>{name}</Name><Bucket>{bucket}</Bucket>{block}</GetAccessPointResult>"
            ))
        }
        "s3:ListMultiRegionAccessPoints" if region == Some("us-west-2") => {
            let all = state.multi_region_access_points.iter().map(|point| {
                let block = block("PublicAccessBlock", point.blocks_public_access);
                let (name, bucket) = (&point.name, &point.bucket);
                format!(
                    "<AccessPoint><Name>{name}</Name>{block}<Regions><Region><Bucket>{bucket}</Bucket></Region></Regions></AccessPoint>"
                )
            });
            let all: String = all.collect();
            Ok(format!(
                "<ListMultiRegionAccessPointsResult><AccessPoints>{all}</AccessPoints></ListMultiRegionAccessPointsResult>"
            ))
        }
        _ => Err((
            501,
            "NotImplemented",
            "The sandbox has no such operation".to_owned(),
        )),
    }
}

/// Returns one page of the bucket's access points. A page has one access point, so that a client must
/// read all pages.
fn list_page(points: &[AccessPoint], call: &Call) -> String {
    let bucket = call.query("bucket").unwrap_or_default();
    let start = call.query("nextToken").and_then(|token| token.parse().ok());
    let start: usize = start.unwrap_or(0);
    let mut of_bucket = points.iter().filter(|point| point.bucket == bucket);
    let item = of_bucket.by_ref().nth(start).map(|point| {
        let name = &point.name;
        format!("<AccessPoint><Name>{name}</Name><Bucket>{bucket}</Bucket></AccessPoint>")
    });
    let more = of_bucket.next().map(|_| {
        let next = start + 1;
        format!("<NextToken>{next}</NextToken>")
    });
    format!(
        "<ListAccessPointsResult><AccessPointList>{}</AccessPointList>{}</ListAccessPointsResult>",
        item.unwrap_or_default(),
        more.unwrap_or_default()
    )
}

fn block(root: &str, is_on: bool) -> String {
    let settings = [
        "BlockPublicAcls",
        "IgnorePublicAcls",
        "BlockPublicPolicy",
        "RestrictPublicBuckets",
    ];
    let settings = settings.map(|name| {
        // One setting decides, so that a client must read all four.
        let is_on = is_on || name != "BlockPublicPolicy";
        format!("<{name}>{is_on}</{name}>")
    });
    format!("<{root}>{}</{root}>", settings.concat())
}
