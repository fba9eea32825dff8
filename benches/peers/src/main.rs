//! Measures the time to presign a URL with this project and with other libraries. The command line
//! `peers NAME KEYS-FILE COUNT` prints nanoseconds per URL.
//!
//! Every library signs the same keys for the same bucket, region, credentials and expiry, in
//! memory, on one thread. The name `floor` measures the smallest possible work per URL: 8.05
//! SHA-256 compressions and one copy of the URL's bytes.

use aws_credential_types::Credentials as AwsCredentials;
use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
    UriPathNormalizationMode, sign,
};
use std::hint::black_box;
use std::time::{Duration, Instant, SystemTime};

const KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const BUCKET: &str = "examplebucket";
const REGION: &str = "eu-central-1";
const LIFE: Duration = Duration::from_secs(900);
const HOST: &str = "https://examplebucket.s3.eu-central-1.amazonaws.com";

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let text = std::fs::read_to_string(&args[1]).expect("cannot read the keys file");
    let count: usize = args[2].parse().expect("COUNT is a number");
    let keys: Vec<&str> = text.lines().take(count).collect();
    let measure: fn(&[&str]) = match args[0].as_str() {
        "floor" => floor,
        "ours" => ours,
        "rusty-s3" => rusty,
        "aws-sigv4" => sigv4,
        "reqsign" => reqsign,
        "aws-sdk-s3" => sdk,
        other => panic!("unknown peer: {other}"),
    };
    // The program prints the fastest of five runs, because other processes disturbed this run
    // least.
    let best = (0..5)
        .map(|_| {
            let begun = Instant::now();
            measure(&keys);
            begun.elapsed().as_nanos()
        })
        .min()
        .expect("there are five runs");
    println!("{}", best as f64 / keys.len() as f64);
}

fn floor(keys: &[&str]) {
    // A URL needs five compressions for the canonical request, two for the string to sign and one
    // for the HMAC. Every twentieth URL needs one additional compression. Each compression depends
    // on the result of the previous compression, as in a real signature.
    let blocks = [[7_u8; 64]; 5];
    let bytes = [b'x'; 361];
    let mut out = Vec::with_capacity(1 << 18);
    let mut state = [1_u32; 8];
    for index in 0..keys.len() {
        sha2::block_api::compress256(&mut state, &blocks);
        sha2::block_api::compress256(&mut state, &blocks[..2]);
        sha2::block_api::compress256(&mut state, &blocks[..1]);
        if index % 20 == 0 {
            sha2::block_api::compress256(&mut state, &blocks[..1]);
        }
        out.extend_from_slice(black_box(&bytes));
        if out.len() > 200_000 {
            out.clear();
        }
    }
    black_box(state);
}

fn ours(keys: &[&str]) {
    use s3_presign::{Credentials, Expiry, Method, ObjectKey, Presigner, Request, endpoint, timestamp};
    let region = endpoint::Region::parse(REGION).expect("the region is valid");
    let endpoint = endpoint::Config::aws(region).resolve(Some(BUCKET)).expect("the endpoint is valid");
    let presigner = Presigner::new(&Request {
        method: Method::Get,
        endpoint: &endpoint,
        credentials: &Credentials::new(KEY_ID, SECRET),
        at: timestamp::parse("20260115T000000Z").expect("the time is valid"),
        expires_in: Expiry::DEFAULT,
        headers: &[],
        query: &[],
    })
    .expect("the request can be presigned");
    let keys: Vec<ObjectKey> = keys.iter().map(|key| key.parse().expect("the key is valid")).collect();
    let mut batch = presigner.batch();
    let mut out = Vec::with_capacity(1 << 18);
    for key in &keys {
        batch.push_url(&mut out, key);
        if out.len() > 200_000 {
            black_box(&out);
            out.clear();
        }
    }
}

fn rusty(keys: &[&str]) {
    use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle};
    let host = "https://s3.eu-central-1.amazonaws.com".parse().expect("the URL is valid");
    let bucket = Bucket::new(host, UrlStyle::VirtualHost, BUCKET, REGION).expect("the bucket name is valid");
    let credentials = Credentials::new(KEY_ID, SECRET);
    for key in keys {
        black_box(bucket.get_object(Some(&credentials), key).sign(LIFE));
    }
}

fn sigv4(keys: &[&str]) {
    let identity = AwsCredentials::new(KEY_ID, SECRET, None, None, "bench").into();
    for key in keys {
        let mut settings = SigningSettings::default();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.expires_in = Some(LIFE);
        let params = aws_sigv4::sign::v4::SigningParams::builder()
            .identity(&identity)
            .region(REGION)
            .name("s3")
            .time(SystemTime::now())
            .settings(settings)
            .build()
            .expect("the parameters are complete")
            .into();
        let uri = format!("{HOST}/{}", s3_presign::encode::path(key.as_bytes()));
        let headers = std::iter::empty::<(&str, &str)>();
        let request = SignableRequest::new("GET", uri.as_str(), headers, SignableBody::UnsignedPayload).expect("the request is valid");
        let (instructions, _) = sign(request, &params).expect("the signer signs the request").into_parts();
        let mut signed = http::Request::get(uri.as_str()).body(()).expect("the request is valid");
        instructions.apply_to_request_http1x(&mut signed);
        black_box(signed.uri().to_string());
    }
}

fn reqsign(keys: &[&str]) {
    use reqsign_core::SignRequest;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("the runtime can be built");
    let context = reqsign_core::Context::new();
    let signer = reqsign_aws_v4::RequestSigner::new("s3", REGION);
    let credential = reqsign_aws_v4::Credential {
        access_key_id: KEY_ID.into(),
        secret_access_key: SECRET.into(),
        ..Default::default()
    };
    runtime.block_on(async {
        for key in keys {
            let uri = format!("{HOST}/{}", s3_presign::encode::path(key.as_bytes()));
            let (mut parts, ()) = http::Request::get(uri).body(()).expect("the request is valid").into_parts();
            signer
                .sign_request(&context, &mut parts, Some(&credential), Some(LIFE))
                .await
                .expect("the signer signs the request");
            black_box(parts.uri.to_string());
        }
    });
}

fn sdk(keys: &[&str]) {
    use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
    use aws_sdk_s3::presigning::PresigningConfig;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("the runtime can be built");
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(Credentials::new(KEY_ID, SECRET, None, None, "bench"))
        .region(Region::new(REGION))
        .build();
    let client = aws_sdk_s3::Client::from_conf(config);
    runtime.block_on(async {
        for key in keys {
            let life = PresigningConfig::expires_in(LIFE).expect("the expiry is valid");
            let signed = client.get_object().bucket(BUCKET).key(*key).presigned(life).await.expect("the URL is valid");
            black_box(signed.uri().to_owned());
        }
    });
}
