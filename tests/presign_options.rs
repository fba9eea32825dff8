//! Tests of the options of `presign get|put|head|delete`: the arguments that the program refuses or
//! warns about, and the host and region of a URL.

use crate::support::presign::{policy, presign, refuses};
use crate::support::program::{Program, parameter};

#[test]
fn sizes_have_units() {
    let put = ["put", "s3://bucket/k", "-o", "json", "--size"];
    for (size, bytes) in [
        ("48213", "48213"),
        ("10MB", "10000000"),
        ("5GiB", "5368709120"),
    ] {
        let json = presign(&[&put[..], &[size]].concat()).exits(0).json();
        assert_eq!(json["headers"]["Content-Length"], bytes);
    }
    refuses(
        &["put", "s3://bucket/k", "--size", "10M"],
        "invalid value '10M' for '--size <SIZE>': `10M` can mean a power of 1000 or a power of 1024",
        "write 10MB (10000000 bytes) or 10MiB (10485760 bytes)",
    );
    refuses(
        &["put", "s3://bucket/k", "--size", "1.5GB"],
        "invalid value '1.5GB' for '--size <SIZE>': `1.5GB` is not a size; write bytes (48213) or a whole number with a unit (10MB, 10MiB)",
        "see s3-secure-bucket presign put --help",
    );
    let range = policy(&["s3://bucket/k", "--size-range", "1KB..5MiB"]);
    assert!(
        range.contains(r#"["content-length-range",1000,5242880]"#),
        "{range}"
    );
    refuses(
        &["post", "s3://bucket/k", "--size-range", "..5T"],
        "invalid value '..5T' for '--size-range <MIN..MAX>': `5T` can mean a power of 1000 or a power of 1024",
        "write 5TB (5000000000000 bytes) or 5TiB (5497558138880 bytes)",
    );
    refuses(
        &["post", "s3://bucket/k", "--size-range", "1..6GB"],
        "invalid value '1..6GB' for '--size-range <MIN..MAX>': the largest size of one form upload is 5 GiB (5368709120 bytes)",
        "for one larger file, use presign multipart",
    );
}

#[test]
fn a_put_of_more_than_5_gib_is_refused_on_aws() {
    for size in ["10000000000", "5368709121", "6GB"] {
        let output = presign(&["put", "s3://bucket/k", "--size", size]);
        assert_eq!((output.code, &*output.stdout), (2, ""), "{output:?}");
        let hint =
            "hint: use presign multipart, because one PUT has at most 5 GiB (5368709120 bytes)\n";
        assert!(output.stderr.ends_with(hint), "{output:?}");
    }
    let header = ["--header", "Content-Length: 5368709121"];
    presign(&[&["put", "s3://bucket/k"], &header[..]].concat()).exits(2);
    let elsewhere = ["--endpoint", "https://s3.example.com"];
    let put = ["put", "s3://bucket/k", "--size", "10000000000"];
    presign(&[&put[..], &elsewhere].concat()).exits(0);
}

#[test]
fn env_prints_a_variable_for_each_method() {
    for (method, variable) in [
        ("get", "GET_URL"),
        ("put", "PUT_URL"),
        ("head", "HEAD_URL"),
        ("delete", "DELETE_URL"),
    ] {
        let args = [method, "s3://bucket/it's", "--at", "20260101T000000Z"];
        let url = presign(&args).exits(0).stdout;
        let env = presign(&[&args[..], &["-o", "env"]].concat()).exits(0);
        assert_eq!(env.stdout, format!("{variable}='{}'\n", url.trim_end()));
    }
    let many = ["get", "s3://bucket/", "--keys-from", "-", "-o", "env"];
    refuses(
        &many,
        "-o env has one variable for one URL, and --keys-from creates many URLs",
        "use -o text or -o json",
    );
    presign(&["post", "s3://bucket/k", "-o", "env"]).exits(2);
}

#[test]
fn a_url_for_the_bucket_itself_needs_a_subresource() {
    for method in ["put", "delete"] {
        for more in [&[][..], &["--query", "x-id=1"], &["--query", "unknown"]] {
            refuses(
                &[&[method, "s3://bucket/"], more].concat(),
                "the URI names no object: such a URL would create or delete the bucket itself",
                "write s3://BUCKET/KEY, or name a configuration of the bucket, such as --query lifecycle",
            );
        }
        presign(&[method, "s3://bucket/", "--query", "lifecycle"]).exits(0);
        let many = ["presign", method, "s3://bucket", "--keys-from", "-"];
        let urls = Program::new(&many).stdin(b"k\n").run().exits(0).stdout;
        assert!(urls.contains("amazonaws.com/k?"), "{urls}");
    }
    presign(&["get", "s3://bucket/"]).exits(0);
}

#[test]
fn a_parameter_that_is_given_twice_is_refused() {
    refuses(
        &[
            "get",
            "s3://b-1/k",
            "--version-id",
            "A",
            "--query",
            "versionId=B",
        ],
        "query parameter `versionId` is given twice",
        "set the parameter once, with its option or with --query",
    );
    let names = [
        "--download-as",
        "a",
        "--query",
        "response-content-disposition=x",
    ];
    presign(&[&["get", "s3://b-1/k"], &names[..]].concat()).exits(2);
    presign(&["get", "s3://b-1/k", "--query", "a=1", "--query", "a=2"]).exits(2);
    presign(&["get", "s3://b-1/k", "--query", "a=1", "--query", "A=2"]).exits(0);
}

#[test]
fn a_header_in_the_query_of_an_upload_is_refused() {
    refuses(
        &[
            "put",
            "s3://b-1/k",
            "--query",
            "x-amz-server-side-encryption=aws:kms",
        ],
        "S3 ignores `x-amz-server-side-encryption` in the query of an upload",
        "sign the parameter as a header, which the client must send: --header 'x-amz-server-side-encryption: aws:kms'",
    );
    for name in [
        "x-amz-checksum-crc32=AAAAAA==",
        "Content-Type=a/b",
        "x-amz-tagging=a",
    ] {
        presign(&["put", "s3://b-1/k", "--query", name]).exits(2);
    }
    presign(&["put", "s3://b-1/k", "--query", "tagging"]).exits(0);
    presign(&["get", "s3://b-1/k", "--query", "response-content-type=a/b"]).exits(0);
}

#[test]
fn a_header_that_is_not_ascii_is_refused() {
    refuses(
        &["put", "s3://b-1/k", "--header", "x-amz-meta-n: Prüfung"],
        "the value of header `x-amz-meta-n` is not ASCII: S3 would refuse the signature",
        "encode the value, as RFC 2047 describes or with percent-encoding",
    );
    presign(&["put", "s3://b-1/k", "--content-type", "text/plain; name=é"]).exits(2);
    // The program percent-encodes tags and download names, so tags and download names may contain
    // non-ASCII characters.
    presign(&["put", "s3://b-1/k", "--tag", "n=Prüfung"]).exits(0);
}

#[test]
fn hints_name_the_option_that_changes_the_host() {
    refuses(
        &["put", "s3://b-1/k", "--header", "Host: x"],
        "header `host` cannot be signed: clients and proxies set or change it",
        "to put another host into the URL, use --public-endpoint https://HOST",
    );
    refuses(
        &["get", "s3://dotted.name/k", "--addressing", "virtual"],
        "bucket `dotted.name` cannot be part of the endpoint's host name; use path addressing",
        "use --addressing path, or omit --addressing; to put another host into a URL, use --public-endpoint",
    );
}

#[test]
fn a_query_in_the_uri_is_reported() {
    let output = presign(&["get", "s3://b-1/k?versionId=A"]).exits(0);
    assert_eq!(
        output.stderr,
        "warning: `?versionId=` is part of the key, because an s3:// URI has no query; to name a version, use --version-id\n"
    );
    let put = presign(&["put", "s3://b-1/k?versionId=A"]).exits(0);
    assert_eq!(
        put.stderr,
        "warning: `?versionId=` is part of the key, because an s3:// URI has no query\n"
    );
    assert_eq!(presign(&["get", "s3://b-1/k?version=A"]).stderr, "");
}

#[test]
fn takes_the_region_from_a_host_name_of_aws() {
    let frankfurt = "https://s3.eu-central-1.amazonaws.com";
    let run = |more: &[&str], region: Option<&str>| {
        let program = Program::new(&[&["presign", "get", "s3://b-1/k"], more].concat());
        match region {
            Some(region) => program.env("AWS_REGION", region).run().exits(0),
            None => program.run().exits(0),
        }
    };
    for flag in ["--endpoint", "--public-endpoint"] {
        let alone = run(&[flag, frankfurt], None);
        let credential = parameter(&alone.stdout, "X-Amz-Credential");
        assert!(
            credential.contains("%2Feu-central-1%2Fs3%2F"),
            "{credential}"
        );
        assert_eq!(alone.stderr, "");
        let configured = run(&[flag, frankfurt], Some("us-west-2"));
        assert!(
            configured.stdout.contains("%2Feu-central-1%2F"),
            "{configured:?}"
        );
        assert_eq!(
            configured.stderr,
            "warning: the endpoint s3.eu-central-1.amazonaws.com belongs to eu-central-1, so the region us-west-2 (from AWS_REGION) is not used\n"
        );
        let region = ["--region", "us-west-2"];
        refuses(
            &[&["get", "s3://b-1/k", flag, frankfurt], &region[..]].concat(),
            "the endpoint s3.eu-central-1.amazonaws.com is in region eu-central-1, and --region names us-west-2",
            "omit --region, or set --endpoint to the endpoint of that region",
        );
    }
    let wasabi = ["--endpoint", "https://s3.eu-central-2.wasabisys.com"];
    assert_eq!(
        run(&wasabi, None).stderr,
        "warning: no region is configured, so the region is us-east-1; the endpoint \
         s3.eu-central-2.wasabisys.com seems to be in region eu-central-2; if it is, add --region \
         eu-central-2\n"
    );
    assert_eq!(run(&wasabi, Some("eu-central-2")).stderr, "");
}

#[test]
fn accepts_endpoints_as_providers_print_them() {
    for (endpoint, start) in [
        (
            "https://drop.fra1.digitaloceanspaces.com",
            "https://drop.fra1.digitaloceanspaces.com/k?",
        ),
        (
            "https://x.supabase.co/storage/v1/s3",
            "https://x.supabase.co/storage/v1/s3/drop/k?",
        ),
        (
            "https://s3.example.com/drop",
            "https://s3.example.com/drop/k?",
        ),
        ("https://minio:9000", "https://minio:9000/drop/k?"),
    ] {
        let args = [
            "get",
            "s3://drop/k",
            "--region",
            "r",
            "--endpoint",
            endpoint,
        ];
        let url = presign(&args).exits(0).stdout;
        assert!(url.starts_with(start), "{url}");
    }
    refuses(
        &[
            "get",
            "s3://drop/k",
            "--endpoint",
            "https://other.s3.us-east-1.amazonaws.com",
        ],
        "the endpoint https://other.s3.us-east-1.amazonaws.com names the bucket `other`, but the request is for `drop`",
        "omit the bucket from --endpoint, or name the same bucket in both",
    );
    refuses(
        &[
            "get",
            "s3://drop/k",
            "--endpoint",
            "https://drop.s3-website.eu-west-1.amazonaws.com",
        ],
        "the endpoint drop.s3-website.eu-west-1.amazonaws.com serves static websites and accepts \
         no signed requests",
        "use the endpoint of the region, such as https://s3.eu-central-1.amazonaws.com",
    );
}

#[test]
fn a_ca_bundle_is_only_in_curl_commands_for_other_servers() {
    let curl = |more: &[&str]| {
        let args = [&["presign", "get", "s3://b-1/k", "-o", "curl"], more].concat();
        let program = Program::new(&args).env("AWS_CA_BUNDLE", "/etc/ours.pem");
        program.run().exits(0).stdout
    };
    assert!(!curl(&[]).contains("--cacert"));
    assert!(!curl(&["--endpoint", "https://s3.eu-west-1.amazonaws.com"]).contains("--cacert"));
    let other = curl(&["--endpoint", "https://s3.example.com"]);
    assert!(other.contains("--cacert /etc/ours.pem"), "{other}");
}

#[test]
fn temporary_credentials_need_their_token() {
    let run = |more: &[&str]| {
        Program::bare(&[&["presign", "get", "s3://b-1/k"], more].concat())
            .env("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
    };
    let refused = run(&[]).run();
    assert_eq!((refused.code, &*refused.stdout), (2, ""));
    let elsewhere = run(&["--endpoint", "https://s3.example.com"])
        .run()
        .exits(0);
    assert_eq!(
        elsewhere.stderr,
        "warning: the access key ID belongs to temporary credentials (ASIA…), but there is no session token: AWS would refuse such a URL\n"
    );
    let complete = run(&[]).env("AWS_SESSION_TOKEN", "t").run().exits(0);
    assert!(!complete.stderr.contains("ASIA"), "{complete:?}");
}

#[test]
fn a_url_that_mail_would_break_is_reported() {
    let key = format!("s3://b-1/{}", "k".repeat(1000));
    let output = presign(&["get", &key]).exits(0);
    let length = output.stdout.trim_end().len();
    assert_eq!(
        output.stderr,
        format!(
            "warning: the URL has {length} characters; in a plain-text mail, lines of more than 998 characters are broken: send the URL as a link, as an attachment or in a chat\n"
        )
    );
    let short = format!("s3://b-1/{}", "k".repeat(500));
    assert_eq!(presign(&["get", &short]).stderr, "");
    let token = "t".repeat(1000);
    let many = ["presign", "get", "s3://b-1/", "--keys-from", "-"];
    let program = Program::new(&many).env("AWS_SESSION_TOKEN", &token);
    let many = program.stdin(b"a\nb\n").run().exits(0);
    assert_eq!(many.stderr.matches("warning: the URL has").count(), 1);
}

#[test]
fn warns_once_about_a_key_list_with_another_encoding() {
    let run = |keys: &[u8]| {
        let args = ["presign", "get", "s3://b-1/", "--keys-from", "-"];
        let program = Program::new(&args).env("AWS_REGION", "us-east-1");
        let output = program.stdin(keys).run().exits(0);
        (output.stdout.lines().count(), output.stderr)
    };
    let (urls, stderr) = run(b"a\r\nb\r\nc\r\n");
    assert_eq!(
        (urls, &*stderr),
        (
            3,
            "warning: the lines of the list end with CR LF, and the CR becomes part of each key: convert the line ends, for example with tr -d '\\r'\n"
        )
    );
    for keys in [&b"\xef\xbb\xbfa\nb\n"[..], b"\xff\xfea\0\n\0b\0\n\0"] {
        assert_eq!(run(keys).1.matches("warning: ").count(), 1);
    }
    assert_eq!(run(b"a\nb\r\n"), (2, String::new()));
}
