//! `verify BUCKET`

use super::Format;
use super::buckets::bare;
use super::interrupt::wait_for_shutdown;
use super::session::{Session, block_on};
use crate::failure::{Exit, Failure};
use crate::output::{Printer, stdout, verify as show};
use crate::verify::{self, Outcome, Request};
use clap::Args;
use s3_presign::AccountId;
use s3_presign::endpoint::{EndpointUrl, Scheme};

const FORMATS: [Format; 2] = [Format::Text, Format::Json];

#[derive(Debug, Args)]
#[command(mut_args(super::only(&FORMATS)), after_help = "\
Examples:
  s3-secure-bucket verify my-drop-box
  s3-secure-bucket verify my-drop-box --probe-policy -o json
  s3-secure-bucket verify drop --endpoint https://ceph.example.com \\
      --http-endpoint http://ceph.example.com:8080

Exit codes:
  0  no probe failed
  1  the bucket could not be tested
  2  wrong usage; nothing was sent
  3  a probe failed")]
pub(super) struct Verify {
    /// Name of the bucket
    bucket: String,
    /// Also try a public policy; if the bucket accepts it, the old policy is restored at once
    #[arg(long)]
    probe_policy: bool,
    /// URL where the same server answers plain HTTP [default: port 80 if HTTPS is on port 443]
    #[arg(long, value_name = "URL")]
    http_endpoint: Option<String>,
    /// ID of the account that must own the bucket
    #[arg(long, value_name = "ACCOUNT")]
    expected_owner: Option<AccountId>,
}

impl Verify {
    pub(super) fn run(&self, session: &Session<'_>, printer: &Printer) -> Result<Exit, Failure> {
        let format = session.global.format(&FORMATS)?;
        session.refuse_plain_http()?;
        let http_endpoint = self.http_endpoint.as_deref().map(EndpointUrl::parse);
        let http_endpoint = http_endpoint
            .transpose()
            .map_err(|error| Failure::usage(&error, "write --http-endpoint as http://HOST:PORT"))?;
        if http_endpoint
            .as_ref()
            .is_some_and(|url| url.scheme != Scheme::Http)
        {
            return Err(Failure::usage(
                "--http-endpoint is not plain HTTP",
                "write --http-endpoint as http://HOST:PORT: a probe checks that this address refuses plain HTTP",
            ));
        }
        let request = Request {
            bucket: session.existing_bucket(bare(&self.bucket))?,
            http_endpoint,
            probe_policy: self.probe_policy,
        };
        let client = session.client(self.expected_owner.clone())?;
        let is_text = format != Format::Json;
        let mut broken = Ok(());
        let mut on_probe = |probe: &verify::Probe| {
            if is_text && broken.is_ok() {
                broken = stdout::data(&show::line(probe, printer.on_stdout()));
            }
        };
        let stop = wait_for_shutdown(
            &session.context,
            printer,
            "removing the objects that the probes created; press Ctrl-C to leave the objects in the bucket",
        );
        let report = block_on(verify::run(&client, &request, stop, &mut on_probe))??;
        broken?;
        if let Some(why) = &report.unproven {
            printer.unproven_owner(&report.bucket, why);
        }
        if is_text {
            printer.info(&show::totals(&report));
        } else {
            stdout::data(&show::json(&report))?;
        }
        let left = report.left_behind.join(", ");
        let situation = match (report.interrupted, left.is_empty()) {
            (false, true) => None,
            (true, true) => {
                Some("interrupted; everything that the probes created was removed".to_owned())
            }
            (false, false) => Some(format!("the probes left behind: {left}")),
            (true, false) => Some(format!("interrupted; the probes left behind: {left}")),
        };
        if let Some(situation) = situation {
            let hint = (!left.is_empty())
                .then(|| "remove what the probes left behind with another tool".to_owned());
            // The report is already on stdout, so the failure adds no second document there.
            printer.failure(&Failure::new(situation, hint));
            return Ok(Exit::Failed);
        }
        let failed = |probe: &verify::Probe| probe.outcome == Outcome::Fail;
        Ok(if report.probes.iter().any(failed) {
            Exit::NotCompliant
        } else {
            Exit::Done
        })
    }
}
