//! The signals of Unix that request a shutdown.

use crate::context::Context;
use std::path::Path;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that request a shutdown. A signal is `None` if the process was started with it ignored, as by
/// `nohup` or by a script's `&`; such a signal stays ignored.
pub(super) struct Signals {
    interrupt: Option<Signal>,
    terminate: Option<Signal>,
    /// The terminal or the connection to it was closed.
    hangup: Option<Signal>,
}

impl Signals {
    pub(super) fn of(context: &Context) -> Self {
        let ignored = ignored(context);
        let unless_ignored = |kind: SignalKind| {
            let bit = 1_u64 << (kind.as_raw_value() - 1);
            (ignored & bit == 0).then(|| signal(kind).ok()).flatten()
        };
        Signals {
            interrupt: unless_ignored(SignalKind::interrupt()),
            terminate: unless_ignored(SignalKind::terminate()),
            hangup: unless_ignored(SignalKind::hangup()),
        }
    }

    /// Waits for the first of the signals.
    pub(super) async fn any(&mut self) {
        tokio::select! {
            () = next(&mut self.interrupt) => {}
            () = next(&mut self.terminate) => {}
            () = next(&mut self.hangup) => {}
        }
    }

    /// Waits for SIGINT, which Ctrl-C sends.
    pub(super) async fn interrupt(&mut self) {
        next(&mut self.interrupt).await;
    }
}

async fn next(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

/// The ignored signals as a bit set, from `SigIgn` in Linux's `/proc/self/status`. 0 on other systems.
fn ignored(context: &Context) -> u64 {
    let status = context.read(Path::new("/proc/self/status"), 1 << 16);
    let status = status.ok().flatten().unwrap_or_default();
    let status = String::from_utf8_lossy(&status);
    let mut lines = status.lines();
    let set = lines.find_map(|line| line.strip_prefix("SigIgn:"));
    set.and_then(|set| u64::from_str_radix(set.trim(), 16).ok())
        .unwrap_or_default()
}
