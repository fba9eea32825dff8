//! Keys in the wrong place or in typographic quotes: which of them the program refuses, and what it
//! prints.

use crate::support::program::{KEY_ID, Output, Program, SECRET};

const PRESIGN: [&str; 5] = [
    "presign",
    "get",
    "s3://drop-box/a",
    "--region",
    "eu-central-1",
];

/// `presign` with these values of the key ID, the secret and the session token.
fn presign(values: [&str; 3], more: &[&str]) -> Output {
    let names = [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
    ];
    let mut program = Program::bare(&[&PRESIGN[..], more].concat());
    for (name, value) in names.iter().zip(values) {
        program = program.env(name, value);
    }
    program.run()
}

fn token() -> String {
    format!("IQoJb3JpZ2luX2VjE{}==", "Ab1/+".repeat(40))
}

#[test]
fn a_value_in_the_place_of_another_one_is_refused_on_aws() {
    let token = token();
    let temporary = KEY_ID.replace("AKIA", "ASIA");
    for (values, says) in [
        (
            [&*temporary, &*token, SECRET],
            "the secret access key looks like a session token, and the session token looks like a secret access key",
        ),
        (
            [&*token, SECRET, &*temporary],
            "the access key ID looks like a session token, and the session token looks like an access key ID",
        ),
        (
            [&*temporary, &*temporary, &*token],
            "the secret access key looks like an access key ID",
        ),
        (
            [&*temporary, SECRET, SECRET],
            "the session token looks like a secret access key",
        ),
        (
            ["twice", "twice", ""],
            "the access key ID and the secret access key have the same value",
        ),
    ] {
        let refused = presign(values, &[]).exits(2);
        refused.assert_hides(&[SECRET, &token]);
        assert_eq!(
            refused.line("error: "),
            format!("error: environment: {says}")
        );
        let hint = "hint: the access key ID begins with AKIA or ASIA";
        assert!(refused.line("hint: ").starts_with(hint), "{refused:?}");
        // Other servers issue keys in other formats, so the program refuses none of them there.
        let elsewhere = presign(values, &["--endpoint", "https://127.0.0.1:9"]);
        assert_eq!(elsewhere.code, 0, "{elsewhere:?}");
    }
}

#[test]
fn an_unusual_key_id_is_a_warning_on_aws() {
    let warned = presign([&KEY_ID.replace("AKIA", "AROA"), SECRET, ""], &[]).exits(0);
    assert!(
        warned
            .line("warning: ")
            .starts_with("warning: environment: the access key ID begins with AROA, so it is"),
        "{warned:?}"
    );
}

/// A presigned URL must not contain a key ID that a header could not contain, because no server
/// accepts the URL. `credentials` without `--verify` signs nothing, and prints such a key ID with a warning.
#[test]
fn a_key_id_or_a_token_that_no_request_can_carry_is_refused_before_it_is_used() {
    let token = token();
    for (id, token, says) in [
        (
            format!("{KEY_ID}\u{201d}"),
            String::new(),
            "the access key ID contains a character that is not ASCII, such as a typographic quote",
        ),
        (
            KEY_ID.to_owned(),
            format!("{token}\u{2019}"),
            "the session token contains a character that is not ASCII, such as a typographic quote",
        ),
        (
            format!("{}\u{201d}{}", &KEY_ID[..9], &KEY_ID[9..]),
            String::new(),
            "the access key id contains white space, control characters or non-ASCII characters",
        ),
        (
            format!("{} {}", &KEY_ID[..9], &KEY_ID[9..]),
            String::new(),
            "the access key id contains white space, control characters or non-ASCII characters",
        ),
        (
            format!("{KEY_ID}\u{200b}"),
            token.clone(),
            "the access key id contains white space, control characters or non-ASCII characters",
        ),
    ] {
        let is_typographic = says.contains("typographic");
        for command in [
            &PRESIGN[..],
            &["credentials"],
            &["credentials", "-o", "process"],
            &["credentials", "--verify"],
            &["audit", "drop-box"],
        ] {
            let output = Program::bare(command)
                .env("AWS_REGION", "eu-central-1")
                .env("AWS_ACCESS_KEY_ID", &id)
                .env("AWS_SECRET_ACCESS_KEY", SECRET)
                .env("AWS_SESSION_TOKEN", &token)
                .run();
            let signs = command[0] != "credentials" || command.contains(&"--verify");
            if !signs && !is_typographic {
                let printed = output.exits(0);
                let warning = printed.line("warning: environment: ");
                assert!(
                    warning.contains("the access key ID"),
                    "{command:?}: {warning}"
                );
                continue;
            }
            let refused = output.exits(2);
            assert_eq!(refused.stdout, "", "{command:?}");
            let error = format!("error: environment: {says}");
            assert_eq!(refused.line("error: "), error, "{command:?}");
        }
    }
}

#[test]
fn typographic_quotes_are_never_sent() {
    let quoted = format!("\u{201c}{KEY_ID}\u{201d}");
    for endpoint in [&[][..], &["--endpoint", "https://127.0.0.1:9"]] {
        let refused = presign([&quoted, SECRET, ""], endpoint).exits(2);
        assert_eq!(
            refused.stderr,
            "warning: environment: the access key ID is in typographic quotes: remove the quotes\n\
             error: environment: the access key ID contains a character that is not ASCII, such as a typographic quote\n\
             hint: remove quotes around the value, and copy the value again from its source\n"
        );
    }
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".aws")).unwrap();
    let text = format!(
        "[default]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = \u{ab}{SECRET}\u{bb}\n"
    );
    std::fs::write(home.path().join(".aws/credentials"), text).unwrap();
    let refused = Program::bare(&PRESIGN)
        .env("HOME", home.path().to_str().unwrap())
        .run()
        .exits(2);
    refused.assert_hides(&[SECRET]);
    assert_eq!(
        refused.line("warning: "),
        "warning: profile `default`: keys: the secret access key is in typographic quotes: remove the quotes"
    );
}

/// The hint for a key in the wrong place.
const FORMS: &str = "hint: the access key ID begins with AKIA or ASIA, the secret access key has 40 characters, and the session token has some hundred; set each value where it belongs\n";

#[test]
fn keys_that_cannot_work_on_aws_are_refused_before_a_url_shows_them() {
    let refused = |id: &str, secret: &str| {
        let output = Program::bare(&PRESIGN)
            .env("AWS_ACCESS_KEY_ID", id)
            .env("AWS_SECRET_ACCESS_KEY", secret)
            .run()
            .exits(2);
        output.assert_hides(&[SECRET]);
        output.stderr
    };
    assert_eq!(
        refused(SECRET, KEY_ID),
        format!(
            "error: environment: the access key ID looks like a secret access key, and the secret access key looks like an access key ID\n{FORMS}"
        )
    );
    assert_eq!(
        refused("ASIAIOSFODNN7EXAMPLE", SECRET),
        "error: environment: the access key ID belongs to temporary credentials (ASIA…), but there is no session token\nhint: set AWS_SESSION_TOKEN (in a profile: aws_session_token) to the token that was issued with the key\n"
    );
    // Servers other than AWS may issue access keys in a different format.
    let elsewhere = Program::bare(&[&PRESIGN[..], &["--endpoint", "https://127.0.0.1:9"]].concat())
        .env("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
        .run();
    let warning = "warning: the access key ID belongs to temporary credentials (ASIA…), but there is no session token: AWS would refuse such a URL\n";
    assert_eq!((elsewhere.code, &*elsewhere.stderr), (0, warning));
    let quoted = Program::bare(&PRESIGN)
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", &format!("\"{KEY_ID}\""))
        .env("AWS_SECRET_ACCESS_KEY", &format!("'{SECRET}'"))
        .run()
        .exits(0);
    assert_eq!(
        quoted.stderr,
        "warning: environment: the access key ID is in quotes, and the program sends the quotes as part of the value: remove the quotes\nwarning: environment: the secret access key is in quotes, and the program sends the quotes as part of the value: remove the quotes\n"
    );
}
