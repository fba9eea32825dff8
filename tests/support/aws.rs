//! An imitation of AWS: the program connects to AWS's host names, and a proxy tunnels every
//! connection to the sandbox.

use super::program::{Output, Program};
use super::raw::RawServer;
use super::world::World;
use s3_sandbox::User;

/// A sandbox that imitates S3 and STS in all regions, for two accounts.
pub struct Aws {
    pub world: World,
    tunnel: RawServer,
}

impl Aws {
    pub async fn new() -> Self {
        let world = World::new(true).await;
        let tunnel = world.tunnel();
        Aws { world, tunnel }
    }

    /// Prepares a run of the program with a user's keys and without an endpoint, so that the
    /// program uses AWS's host names.
    pub fn program(&self, user: &User, args: &[&str]) -> Program {
        Program::bare(args)
            .env("AWS_ACCESS_KEY_ID", user.access_key_id)
            .env("AWS_SECRET_ACCESS_KEY", user.secret_access_key)
            .env("HTTPS_PROXY", &self.tunnel.url())
            .env("AWS_CA_BUNDLE", &self.world.ca())
    }

    pub fn run_as(&self, user: &User, args: &[&str]) -> Output {
        self.program(user, args).run()
    }

    /// Returns every request since the last call of `log`: `METHOD ?subresource` for a request to
    /// S3 and `STS` for a request to STS, each with the account ID that the request names as the
    /// expected owner of the bucket.
    pub fn log(&self) -> Vec<(String, Option<String>)> {
        let seen = self.world.sandbox.requests();
        self.world.sandbox.clear_requests();
        seen.iter().map(described).collect()
    }
}

fn described(seen: &s3_sandbox::Seen) -> (String, Option<String>) {
    let header = |name: &str| {
        let found = seen.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
    };
    let is_sts = header("host").is_some_and(|host| host.starts_with("sts."));
    let what = match (is_sts, seen.query.as_str()) {
        (true, _) => "STS".to_owned(),
        (false, "") => seen.method.clone(),
        (false, query) => format!("{} ?{query}", seen.method),
    };
    (what, header("x-amz-expected-bucket-owner"))
}
