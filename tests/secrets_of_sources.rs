//! Tests that the program prints no secret that the source of the credentials, STS or a proxy repeats.

use crate::support::program::{KEY_ID, Output, Program, SECRET};
use crate::support::world::World;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use s3_sandbox::{Action, Fault};
use sha1::{Digest, Sha1};
use wiremock::matchers::{any, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// A session token, which is also a valid name of an XML element.
const TOKEN: &str = "MARKERTOKENMARKERTOKENMARKERTOKEN";

/// Starts a server that answers every request with this status and body.
async fn server(status: u16, body: String) -> MockServer {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(status).set_body_string(body);
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

/// Runs `credentials` with the example keys and a session token, for text and JSON.
fn verify(sts: &str) -> [Output; 2] {
    ["text", "json"].map(|format| {
        Program::new(&["credentials", "--verify", "-vv", "-o", format])
            .env("AWS_SESSION_TOKEN", TOKEN)
            .env("AWS_ENDPOINT_URL_STS", sts)
            .run()
    })
}

/// An answer with a success status may contain credentials, so the program removes secrets from the
/// texts that it takes from the answer.
#[tokio::test(flavor = "multi_thread")]
async fn sts_may_repeat_a_secret_with_any_status() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(
        file("config"),
        format!(
            "[profile r]\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = s\n[profile s]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\naws_session_token = {TOKEN}\n"
        ),
    )
    .unwrap();
    std::fs::write(file("token"), TOKEN).unwrap();
    let error = format!(
        "<ErrorResponse><Error><Code>{TOKEN}</Code><Message>{SECRET}</Message></Error></ErrorResponse>"
    );
    let identity = format!(
        "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/{TOKEN}</Arn><UserId>{SECRET}</UserId><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
    );
    for (status, body) in [
        (403, error.clone()),
        (201, error.clone()),
        (206, error),
        (200, format!("<{TOKEN}/>")),
        (200, identity),
    ] {
        let sts = server(status, body).await;
        for output in verify(&sts.uri()) {
            output.assert_hides(&[TOKEN, SECRET]);
        }
        for format in ["text", "json"] {
            let run = || {
                Program::bare(&["audit", "drop-box", "-vv", "-o", format])
                    .env("AWS_ENDPOINT_URL_STS", &sts.uri())
            };
            let role = run()
                .env("AWS_CONFIG_FILE", &file("config"))
                .env("AWS_PROFILE", "r");
            role.run().exits(1).assert_hides(&[TOKEN, SECRET]);
            let web = run()
                .env("AWS_WEB_IDENTITY_TOKEN_FILE", &file("token"))
                .env("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/r");
            // The run does not know the secret access key, which is not a part of a web identity.
            web.run().exits(1).assert_hides(&[TOKEN]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_of_an_instance_role_is_no_secret() {
    let metadata = MockServer::start().await;
    let token = ResponseTemplate::new(200).set_body_string(TOKEN);
    Mock::given(any())
        .respond_with(token)
        .mount(&metadata)
        .await;
    let output = Program::bare(&["credentials", "-vv"])
        .env("AWS_EC2_METADATA_DISABLED", "false")
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &metadata.uri())
        .run()
        .exits(1);
    output.assert_hides(&[TOKEN]);
    let error = "instance metadata: the answer contains no role name";
    assert!(output.stderr.contains(error), "{output:?}");
}

/// The trace of `-v` shows the request ID, in which a server may repeat a token.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_id_is_no_secret() {
    let service = MockServer::start().await;
    let echo = ResponseTemplate::new(403).insert_header("x-amz-request-id", TOKEN);
    Mock::given(method("GET"))
        .and(path("/creds"))
        .respond_with(echo.clone())
        .mount(&service)
        .await;
    Mock::given(method("POST"))
        .and(path("/token"))
        .respond_with(echo)
        .mount(&service)
        .await;
    let agent = Program::bare(&["credentials", "-vv"])
        .env(
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            &format!("{}/creds", service.uri()),
        )
        .env(
            "AWS_CONTAINER_AUTHORIZATION_TOKEN",
            &format!("{TOKEN} Signature=else"),
        );
    agent.run().exits(1).assert_hides(&[TOKEN]);

    let home = tempfile::tempdir().unwrap();
    let cache = home.path().join(".aws/sso/cache");
    std::fs::create_dir_all(&cache).unwrap();
    let name: String = Sha1::digest("s")
        .iter()
        .map(|it| format!("{it:02x}"))
        .collect();
    let of_session = serde_json::json!({
        "accessToken": TOKEN,
        "expiresAt": "2020-01-01T00:00:00Z",
        "clientId": "client",
        "clientSecret": "client-secret",
        "refreshToken": "refresh-token",
        "registrationExpiresAt": "2099-01-01T00:00:00Z",
    });
    std::fs::write(cache.join(format!("{name}.json")), of_session.to_string()).unwrap();
    std::fs::write(
        home.path().join(".aws/config"),
        "[default]\nsso_session = s\nsso_account_id = 111122223333\nsso_role_name = r\n[sso-session s]\nsso_region = us-east-1\nsso_start_url = https://example.com\n",
    )
    .unwrap();
    let session = Program::bare(&["credentials", "-vv"])
        .env("HOME", home.path().to_str().unwrap())
        .env("AWS_ENDPOINT_URL_SSO_OIDC", &service.uri());
    session.run().exits(1).assert_hides(&[TOKEN]);
    let requests = service.received_requests().await.unwrap();
    let methods: Vec<_> = requests.iter().map(|it| it.method.as_str()).collect();
    assert_eq!(methods, ["GET", "POST"]);
}

/// A proxy that decrypts TLS sees the answers, and may repeat its own password in an answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_may_repeat_its_password() {
    const PASSWORD: &str = "MARKER/PASSWORD";
    let world = World::new(true).await;
    let basic = BASE64.encode(format!("user:{PASSWORD}"));
    let body = format!(
        "<Error><Code>AccessDenied</Code><Message>Proxy-Authorization: Basic {basic} is {PASSWORD}</Message></Error>"
    );
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    let action = Action::Raw(answer.into_bytes());
    world.sandbox.inject(Fault::any(0, usize::MAX, action));
    let proxy = world.tunnel();
    let through = proxy
        .url()
        .replace("http://", "http://user:MARKER%2FPASSWORD@");
    for format in ["text", "json"] {
        let output = Program::new(&["audit", "drop-box", "-vv", "-o", format])
            .env("AWS_REGION", "us-east-1")
            .env("AWS_CA_BUNDLE", &world.ca())
            .env("HTTPS_PROXY", &through)
            .run()
            .exits(1);
        output.assert_hides(&[PASSWORD, &basic]);
        let shown = format!("{}{}", output.stdout, output.stderr);
        assert!(shown.contains("Basic (hidden) is (hidden)"), "{output:?}");
    }
}
