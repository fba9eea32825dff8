//! Whom the program trusts, and through whom it goes.

use crate::support::program::Program;
use crate::support::raw::RawServer;
use crate::support::world::{BUCKET, World};
use s3_sandbox::OWNER;
use std::io::Write;
use std::net::TcpStream;

fn bootstrap(endpoint: &str, more: &[&str]) -> Program {
    Program::bare(
        &[
            &[
                "bootstrap",
                BUCKET,
                "--endpoint",
                endpoint,
                "--max-attempts",
                "1",
            ],
            more,
        ]
        .concat(),
    )
    .env("AWS_ACCESS_KEY_ID", OWNER.access_key_id)
    .env("AWS_SECRET_ACCESS_KEY", OWNER.secret_access_key)
}

#[tokio::test(flavor = "multi_thread")]
async fn roots_come_from_the_flag_the_environment_or_the_system() {
    let (world, other) = (World::new(true).await, World::new(true).await);
    let https = world.sandbox.https();
    let (right, wrong) = (world.ca(), other.ca());
    for (what, program) in [
        (
            "--ca-bundle",
            bootstrap(&https, &["--ca-bundle", &right]).env("AWS_CA_BUNDLE", &wrong),
        ),
        (
            "AWS_CA_BUNDLE",
            bootstrap(&https, &[])
                .env("AWS_CA_BUNDLE", &right)
                .env("SSL_CERT_FILE", &wrong),
        ),
        (
            "SSL_CERT_FILE",
            bootstrap(&https, &[]).env("SSL_CERT_FILE", &right),
        ),
    ] {
        let output = program.run();
        assert_eq!(output.code, 0, "{what}: {output:?}");
    }
    // Whoever names roots trusts no others.
    let output = bootstrap(&https, &[])
        .env("SSL_CERT_FILE", "/no/such.pem")
        .run();
    assert_eq!(output.code, 2, "{output:?}");
    assert!(output.stderr.contains("SSL_CERT_FILE"), "{output:?}");
    for (what, program) in [
        ("another CA", bootstrap(&https, &["--ca-bundle", &wrong])),
        ("the system's, or Mozilla's", bootstrap(&https, &[])),
    ] {
        let output = program.run();
        assert_eq!(output.code, 1, "{what}: {output:?}");
        assert!(output.stderr.contains("certificate"), "{what}: {output:?}");
    }
}

/// A proxy that tunnels everything to the sandbox, whatever host it is asked for.
fn tunnel(world: &World) -> RawServer {
    let port = world.sandbox.https().rsplit(':').next().unwrap().to_owned();
    RawServer::start(move |request, client| {
        if !request.starts_with("CONNECT ") {
            return false;
        }
        let mut server = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
        client
            .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
            .unwrap();
        let (mut up, mut down) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        let back = std::thread::spawn(move || {
            let _ = std::io::copy(&mut down, &mut up);
            let _ = up.shutdown(std::net::Shutdown::Both);
        });
        let _ = std::io::copy(client, &mut server);
        let _ = server.shutdown(std::net::Shutdown::Both);
        back.join().unwrap();
        false
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_sees_host_names_and_nothing_else() {
    let world = World::new(true).await;
    let proxy = tunnel(&world);
    let through = proxy.url().replace("http://", "http://user:MARKERPASS@");
    let run = || {
        bootstrap("https://s3.example.com", &["-vv", "--addressing", "path"])
            .env("AWS_CA_BUNDLE", &world.ca())
            .env("HTTPS_PROXY", &through)
    };
    let output = run().run();
    assert_eq!(output.code, 0, "{output:?}");
    assert!(!output.stderr.contains("MARKERPASS"), "{output:?}");
    let heads = proxy.heads();
    // One connection, one tunnel.
    assert_eq!(heads.len(), 1, "{heads:?}");
    assert!(
        heads[0].starts_with("CONNECT s3.example.com:443 HTTP/1.1\r\n"),
        "{heads:?}"
    );
    assert!(
        !heads[0].contains(OWNER.access_key_id) && !heads[0].contains("AWS4"),
        "{heads:?}"
    );

    for excepted in ["example.com", ".example.com", "*"] {
        let output = run().env("NO_PROXY", excepted).run();
        assert_eq!(output.code, 1, "{excepted}: {output:?}");
        assert_eq!(proxy.heads().len(), 1, "{excepted}");
    }
}
