//! Tests of the responses that a client receives when a fault affects its request.

mod support;

use std::time::{Duration, Instant};

use s3_sandbox::{Action, Fault, Options};
use support::Client;

fn fault(method: &str, action: Action) -> Fault {
    Fault {
        method: Some(method.to_owned()),
        path: Some("/b-1".to_owned()),
        subresource: None,
        skip: 0,
        times: 1,
        action,
    }
}

#[tokio::test]
async fn each_action_applies_to_one_request() {
    for secure in [true, false] {
        let mut client = Client::new(Options::default());
        client.secure = secure;
        let status = Action::error(503, "SlowDown", &[("retry-after", "1")]);
        client.sandbox.inject(fault("PUT", status));
        let reply = client
            .call("PUT", "/b-1", &[], "")
            .await
            .expect("the sandbox sends a response");
        assert_eq!(
            (reply.outcome().as_str(), reply.header("retry-after")),
            ("503 SlowDown", Some("1"))
        );

        client.sandbox.inject(fault("PUT", Action::Reset));
        assert!(client.call("PUT", "/b-1", &[], "").await.is_err());
        assert_eq!(
            client.outcome("HEAD", "/b-1", &[], "").await,
            "404",
            "not performed"
        );

        client.sandbox.inject(fault("PUT", Action::AfterReset));
        assert!(client.call("PUT", "/b-1", &[], "").await.is_err());
        assert_eq!(
            client.outcome("HEAD", "/b-1", &[], "").await,
            "200",
            "performed"
        );

        client.sandbox.inject(fault("GET", Action::Truncate));
        assert!(
            client
                .call("GET", "/b-1?list-type=2", &[], "")
                .await
                .is_err()
        );
        client.sandbox.inject(fault(
            "GET",
            Action::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi".to_vec()),
        ));
        assert_eq!(
            client
                .call("GET", "/b-1?list-type=2", &[], "")
                .await
                .expect("the sandbox sends a response")
                .body,
            "hi"
        );
        client.sandbox.inject(fault("GET", Action::EmptyBody));
        let reply = client
            .call("GET", "/b-1?list-type=2", &[], "")
            .await
            .expect("the sandbox sends a response");
        assert_eq!((reply.status, reply.body.as_str()), (200, ""));

        client
            .sandbox
            .inject(fault("GET", Action::Delay(Duration::from_millis(200))));
        let start = Instant::now();
        assert_eq!(
            client.outcome("GET", "/b-1?list-type=2", &[], "").await,
            "200"
        );
        assert!(start.elapsed() >= Duration::from_millis(200));
        let seen: Vec<u16> = client
            .sandbox
            .requests()
            .iter()
            .map(|seen| seen.status)
            .collect();
        assert_eq!(seen, [503, 0, 404, 200, 200, 200, 0, 200, 200]);
    }
}

#[tokio::test]
async fn faults_can_be_cleared() {
    let client = Client::new(Options {
        faults: vec![Fault {
            times: usize::MAX,
            ..fault("PUT", Action::Reset)
        }],
        ..Options::default()
    });
    assert!(client.call("PUT", "/b-1", &[], "").await.is_err());
    client.sandbox.clear_faults();
    client.sandbox.clear_requests();
    assert_eq!(client.outcome("PUT", "/b-1", &[], "").await, "200");
    assert_eq!(client.sandbox.requests().len(), 1);
}
